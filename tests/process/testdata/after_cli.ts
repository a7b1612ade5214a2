// deno-lint-ignore-file no-console -- its output is what the test looks at

addEventListener("unload", () => {
  try {
    Deno.readFileSync("keys/.env");
    console.log("read");
  } catch (error) {
    console.log((error as Error).name);
  }
});
// It ends the process.
await import("../../../cli.ts");
