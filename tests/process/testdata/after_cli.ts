// deno-lint-ignore-file no-console -- its output is what the test looks at
import "../../../cli.ts";

try {
  Deno.readFileSync("keys/.env");
  console.log("read");
} catch (error) {
  console.log((error as Error).name);
}
