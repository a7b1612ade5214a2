import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createCertificate } from "../testing/certificate.ts";
import { testWith } from "../testing/needs.ts";
import { folder, run, served, start, whileRunning } from "../testing/process.ts";
import { freePort, serve } from "../testing/servers.ts";

/** Runs `token` against a base URL under the sandbox. */
async function token(
  baseUrl: string,
  more: { env?: Record<string, string>; flags?: string[]; args?: string[] } = {},
) {
  await using place = await folder();
  const flags = [`--allow-net=${new URL(baseUrl).host}`, "--allow-read=keys", ...more.flags ?? []];
  // A deadline must not keep a process alive that has nothing left to do: this test would hang.
  const args = ["token", "--base-url", baseUrl, ...more.args ?? ["--timeout", "1h"]];
  return await run({ ...place, flags, args, env: more.env ?? {} });
}

function assertFailure(
  ended: { code: number; stdout: string; stderr: string },
  exit: number,
  code: string,
) {
  assertStringIncludes(ended.stderr, `error[${code}]`);
  assertEquals([ended.code, ended.stdout], [exit, ""]);
  assert(!/^\s+at /m.test(ended.stderr), ended.stderr);
}

Deno.test("token says connection-refused when nothing listens", async () => {
  assertFailure(await token(`http://127.0.0.1:${freePort()}`), 8, "connection-refused");
});

Deno.test("token says dns-failure for a name that cannot be one", async () => {
  assertFailure(await token(`https://${"a".repeat(64)}.invalid`), 8, "dns-failure");
});

testWith(["a machine without network"], "token says dns-failure without a network", async () => {
  await using place = await folder();
  const flags = ["--allow-net=api.coze.cn", "--allow-read=keys"];
  const wrapper = ["unshare", "--net", "--map-root-user"];
  assertFailure(await run({ ...place, flags, args: ["token"], wrapper }), 8, "dns-failure");
});

Deno.test("token says timeout for a server that hangs", async () => {
  const hang = Promise.withResolvers<Response>();
  await using server = serve(() => hang.promise);
  const ended = await token(`http://${server.host}`, { args: ["--timeout", "1s"] });
  hang.resolve(new Response());
  assertFailure(ended, 8, "timeout");
  assertStringIncludes(ended.stderr, "within 1000 ms");
});

Deno.test("token says tls-untrusted for a self-signed certificate, and accepts it with --cert", async () => {
  const { cert, key } = createCertificate();
  await using place = await folder({ "tls.crt": cert });
  await using plain = served();
  await using server = serve(plain.emulator, { cert, key });
  assertFailure(await token(`https://${server.host}`), 8, "tls-untrusted");
  const trusted = await token(`https://${server.host}`, { flags: [`--cert=${place.cwd}/tls.crt`] });
  assertEquals(trusted.code, 0, trusted.stderr);
});

const PROXIES: [what: string, env: Record<string, string>, code: string, title: string][] = [
  ["is not running", { HTTPS_PROXY: "http://127.0.0.1:1" }, "connection-refused", "HTTPS_PROXY"],
  ["needs SOCKS", { ALL_PROXY: "socks5://u:hush@127.0.0.1:1" }, "connection-refused", "ALL_PROXY"],
  ["has no address", { https_proxy: "http://nosuch.invalid:8080" }, "dns-failure", "https_proxy"],
];
for (const [what, env, code, variable] of PROXIES) {
  Deno.test(`token names the variable of a proxy that ${what}, where it may read it`, async () => {
    for (const flags of [["--allow-net=127.0.0.1:1", "--allow-env"], ["--allow-net=127.0.0.1:1"]]) {
      const { code: exit, stderr } = await token("https://api.coze.cn", { env, flags });
      assertEquals(exit, 8);
      const [title] = stderr.split("\n");
      assertStringIncludes(title!, `error[${code}]`);
      const value = env[variable]!.replace("u:hush@", "…@");
      assertEquals(title!.includes(`${variable}=${value}`), flags.length > 1, stderr);
      assertEquals(title!.includes("api.coze.cn, or "), flags.length === 1, stderr);
      assertMatch(
        stderr,
        flags.length > 1 ? /NO_PROXY=api\.coze\.cn\b/ : /HTTPS_PROXY, HTTP_PROXY/,
      );
    }
  });
}

Deno.test("token names a SOCKS proxy that needs a permission of its own, and the command has it", async () => {
  for (const name of ["ALL_PROXY", "HTTPS_PROXY", "https_proxy"]) {
    const ended = await token("https://api.coze.cn", { env: { [name]: "socks5://127.0.0.1:1" } });
    assertFailure(ended, 9, "sandbox-net");
    assertMatch(ended.stderr, /127\.0\.0\.1:1\b/);
    assertMatch(ended.stderr, /NO_PROXY/);
    assertMatch(ended.stderr, /^ {2}\$ .*--allow-net=api\.coze\.cn,127\.0\.0\.1:1 /m);
  }
});

Deno.test("token says proxy-refused for a proxy that wants a password", async () => {
  await using proxy = serve(() => new Response("", { status: 407 }));
  const env = { HTTPS_PROXY: `http://${proxy.host}`, HTTP_PROXY: `http://${proxy.host}` };
  for (const host of ["api.coze.cn", "127.0.0.1:4711"]) {
    const ended = await token(`http${host.startsWith("a") ? "s" : ""}://${host}`, { env });
    assertFailure(ended, 8, "proxy-refused");
    assertMatch(ended.stderr, /\(407\).* user name and password/);
    // Deno ignores a name with a port.
    assertMatch(ended.stderr, /NO_PROXY=(?:api\.coze\.cn|127\.0\.0\.1),/);
  }
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`token ends with ${code} on ${signal} in the middle of a request`, async () => {
    await using place = await folder();
    const arrived = Promise.withResolvers<void>();
    const hang = Promise.withResolvers<Response>();
    await using server = serve(() => {
      arrived.resolve();
      return hang.promise;
    });
    const flags = [`--allow-net=${server.host}`, "--allow-read=keys"];
    const child = start({
      ...place,
      flags,
      args: ["token", "--base-url", `http://${server.host}`],
    });
    await whileRunning(child, arrived.promise);
    child.kill(signal);
    const { code: exit, stdout, stderr } = await child.output();
    hang.resolve(new Response());
    assertEquals([exit, stdout.length], [code, 0]);
    assertStringIncludes(new TextDecoder().decode(stderr), "error[interrupted]");
  });
}

const ANSWERS: [name: string, answer: () => Response, exit: number, code: string][] = [
  [
    "HTML",
    () =>
      new Response("<!doctype html><title>扣子</title>", {
        headers: { "content-type": "text/html" },
      }),
    8,
    "answer-invalid",
  ],
  ["a redirect", () => Response.redirect("https://www.coze.cn/sign", 302), 5, "redirected"],
  ["an endless answer", () => new Response(ReadableStream.from(endless())), 8, "answer-invalid"],
  [
    "hostile JSON",
    () => new Response('{"__proto__":{"access_token":"x"},"expires_in":"1e999"}'),
    8,
    "answer-invalid",
  ],
  [
    "429 with a date",
    () =>
      new Response("", {
        status: 429,
        headers: { "retry-after": new Date(Date.now() + 9e6).toUTCString() },
      }),
    7,
    "rate-limited",
  ],
  [
    "503",
    () => new Response("busy", { status: 503, headers: { "retry-after": "3600" } }),
    8,
    "server-fault",
  ],
];
function* endless() {
  for (;;) yield new Uint8Array(4096);
}
for (const [name, answer, exit, code] of ANSWERS) {
  Deno.test(`token says ${code} for ${name}`, async () => {
    await using server = serve(answer);
    assertFailure(await token(`http://${server.host}`), exit, code);
  });
}
