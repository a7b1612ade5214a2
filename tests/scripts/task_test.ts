import { assertEquals, assertStringIncludes } from "@std/assert";
import { childEnvironment, ROOT } from "../../scripts/child.ts";

async function task(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/task.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("task.ts refuses a task it does not know, without asking for packages", async () => {
  for (const args of [[], ["tset"], ["toString"], ["check", "x"]]) {
    const { code, stdout, stderr } = await task(...args);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "Usage: deno task demo|");
  }
});

Deno.test("childEnvironment() takes the proxies from the tests alone", () => {
  Deno.env.set("HTTPS_PROXY", "http://127.0.0.1:9");
  Deno.env.set("all_proxy", "http://127.0.0.1:9");
  try {
    const tests = childEnvironment({ proxies: false });
    assertEquals([tests["HTTPS_PROXY"], tests["all_proxy"]], [undefined, undefined]);
    assertEquals(tests["NO_COLOR"], "1");
    assertEquals(childEnvironment({ proxies: true })["all_proxy"], "http://127.0.0.1:9");
  } finally {
    Deno.env.delete("HTTPS_PROXY");
    Deno.env.delete("all_proxy");
  }
});
