import { assertEquals, assertStringIncludes } from "@std/assert";
import { child, PACKAGE_FLAGS } from "../../scripts/measure/bench/desk.ts";
import { ROOT } from "../../scripts/child.ts";

Deno.test("soak.ts refuses arguments it does not know, before it starts anything", async () => {
  const flags = PACKAGE_FLAGS.map((flag) => flag.replace("npm/deno.lock", "npm/dev.lock"));
  const program = [
    Deno.execPath(),
    "run",
    "-A",
    ...flags,
    `${ROOT}scripts/measure/soak.ts`,
  ] as const;
  for (
    const args of [["--minutes", "x"], ["--minutes=0"], ["--minutes=-1"], ["--hours=1"], ["7"]]
  ) {
    const { code, stdout, stderr } = await child({ cwd: ROOT }, [...program, ...args], {
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decoder = new TextDecoder();
    assertEquals([code, decoder.decode(stdout)], [2, ""], args.join(" "));
    assertStringIncludes(decoder.decode(stderr), "Usage: deno task soak [--minutes N]");
  }
});
