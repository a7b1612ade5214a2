import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  assertFailed,
  healthyEmulator,
  healthyFiles,
  named,
  runIn,
  type World,
} from "../../testing/fake_io.ts";
import { pkcs8Pem } from "../../testing/keys.ts";

const SCRIPT = { before: ["deno", "run"], script: "cli.ts" };
const URL_OF_PAGE = "http://127.0.0.1:4711";

type Ask = (
  method: string,
  path: string,
  more?: RequestInit & { host?: string },
) => Promise<Response>;

/** Runs serve, calls `during` while it serves, then interrupts it. */
async function serve(
  args: string[],
  world: Partial<World> = {},
  during?: (ask: Ask) => Promise<void>,
) {
  let interrupt = (_: 130 | 143) => {};
  const ports: number[] = [];
  let failure: unknown;
  const outcome = await runIn({
    args: ["serve", ...args],
    interrupt: (callback) => interrupt = callback,
    serve(handler, port, _signal) {
      ports.push(port);
      const ask: Ask = (method, path, { host = URL_OF_PAGE, ...more } = {}) =>
        handler(new Request(host + path, { method, ...more }));
      // With --emulator the first server is Coze.
      const isPage = !args.includes("--emulator") || ports.length === 2;
      // An error in here would only end the command.
      const finished = isPage
        ? during?.(ask).catch((error) => failure = error).then(() => interrupt(130))
        : undefined;
      return Promise.resolve({
        port: !isPage ? 4712 : port === 80 ? 80 : 4711,
        finished: finished ?? Promise.resolve(),
      });
    },
    ...world,
  });
  if (failure) throw failure;
  return { ...outcome, ports };
}

const JSON_TYPE = { "content-type": "application/json", "origin": URL_OF_PAGE };

async function tokenOf(ask: Ask, cookie?: string, origin = URL_OF_PAGE): Promise<[number, string]> {
  const headers = { ...JSON_TYPE, origin, ...(cookie && { cookie }) };
  const response = await ask("POST", "/token", { headers, body: "{}" });
  const { token, error } = await response.json();
  return [response.status, token ?? error.code];
}

const cookieOf = (response: Response) => response.headers.get("set-cookie")!.split(";")[0]!;

Deno.test("serve gives the page, and its user a token (security 25)", async () => {
  const emulator = healthyEmulator();
  const world = { files: healthyFiles(), fetch: emulator, start: SCRIPT };
  const { exitCode, stdout, stderr, dropped, ports } = await serve(
    ["--bot", "75"],
    world,
    async (ask) => {
      const page = await ask("GET", "/");
      const html = await page.text();
      assertEquals([page.status, page.headers.get("content-type")], [
        200,
        "text/html; charset=utf-8",
      ]);
      assertMatch(
        page.headers.get("set-cookie")!,
        /^coze_jwt_user=[\da-f-]{36}; HttpOnly; SameSite=Strict; Path=\/$/,
      );
      const policy = page.headers.get("content-security-policy")!;
      const [, nonce = ""] = /'nonce-([\da-f]{32})'/.exec(policy) ?? [];
      assertEquals(
        policy.replaceAll(nonce, "N"),
        [
          "default-src 'none'",
          "script-src 'nonce-N'",
          "style-src 'nonce-N'",
          `connect-src ${URL_OF_PAGE} https://api.coze.cn`,
          "img-src data:",
          "form-action 'self'",
          "base-uri 'none'",
          "frame-ancestors 'none'",
        ].join("; "),
      );
      // Nothing is loaded from elsewhere, and no place was left unfilled.
      assertEquals(html.match(/(?:src|href)="[^"?][^"]*"/g), ['href="data:,"']);
      assertEquals(
        html.match(/<(?:script|style)[^>]*>/g)?.every((tag) => tag.includes(nonce)),
        true,
      );
      assert(!/\[\[|PRIVATE/.test(html));
      assert(html.includes('value="75"'));

      const cookie = cookieOf(page);
      assertEquals(cookieOf(await ask("GET", "/", { headers: { cookie } })), cookie);
      const [status, token] = await tokenOf(ask, cookie);
      assertEquals(status, 200);
      assertEquals(await tokenOf(ask, cookie), [200, token]);
      const other = cookieOf(await ask("GET", "/"));
      assert((await tokenOf(ask, other))[1] !== token);
      assertEquals((await tokenOf(ask, "coze_jwt_user=alice"))[0], 401);
      assertEquals((await tokenOf(ask))[0], 401);
    },
  );
  assertEquals([exitCode, stdout, dropped, ports], [0, `${URL_OF_PAGE}\n`, true, [8787]]);
  assertStringIncludes(stderr, `Open ${URL_OF_PAGE} in a browser`);
  const names = emulator.journal.map(({ claims }) =>
    (claims as Record<string, string>)["session_name"]
  );
  assertEquals(names.map((name) => name?.length), [undefined, 36, 36]);
});

Deno.test("serve answers its own host and origin alone (security 25)", async () => {
  await serve(["--emulator"], {}, async (ask) => {
    const cookie = cookieOf(await ask("GET", "/"));
    for (
      const host of ["http://localhost:4711", "http://127.0.0.1:4712", "http://evil.example:4711"]
    ) {
      for (const path of ["/", "/token", "/user"]) {
        const response = await ask("POST", path, {
          host,
          headers: { ...JSON_TYPE, cookie },
          body: "{}",
        });
        assertEquals(
          [response.status, response.headers.get("set-cookie")],
          [421, null],
          host + path,
        );
      }
    }
    for (
      const origin of [
        "http://127.0.0.1:4712",
        "http://localhost:4711",
        "null",
        "https://evil.example",
      ]
    ) {
      assertEquals(await tokenOf(ask, cookie, origin), [403, "origin-not-allowed"]);
      const response = await ask("POST", "/user", { headers: { origin } });
      assertEquals([response.status, response.headers.get("set-cookie")], [403, null]);
    }
    for (
      const [method, path] of [["GET", "/user"], ["POST", "/"], ["GET", "/keys/.env"], [
        "GET",
        "/favicon.ico",
      ]]
    ) {
      assertEquals((await ask(method!, path!)).status, 404, path);
    }
    assertEquals((await ask("GET", "/token")).status, 405);
  });
});

Deno.test("serve answers at port 80, which browsers leave out", async () => {
  const host = "http://127.0.0.1";
  const { stdout } = await serve(["--emulator", "--port", "80"], {}, async (ask) => {
    const cookie = cookieOf(await ask("GET", "/", { host }));
    const headers = { ...JSON_TYPE, origin: host, cookie };
    assertEquals((await ask("POST", "/token", { host, headers, body: "{}" })).status, 200);
  });
  assertEquals(stdout, `${host}\n`);
});

Deno.test("serve logs in another user, and keeps the language", async () => {
  await serve(["--emulator"], {}, async (ask) => {
    const page = await ask("GET", "/?lang=zh");
    const cookie = cookieOf(page);
    assert((await page.text()).includes('action="user?lang=zh"'));
    const again = await ask("POST", "/user?lang=zh", { headers: { origin: URL_OF_PAGE, cookie } });
    assertEquals([again.status, again.headers.get("location")], [303, "/?lang=zh"]);
    assert(cookieOf(again) !== cookie);
  });
});

Deno.test("serve speaks the language of the link, of --lang, or of the browser", async () => {
  const languageOf = async (ask: Ask, path: string, accepted?: string) => {
    const headers = accepted ? { "accept-language": accepted } : undefined;
    const html = await (await ask("GET", path, { headers })).text();
    return /<html lang="(\w+)">/.exec(html)![1];
  };
  await serve(["--emulator"], {}, async (ask) => {
    assertEquals(await languageOf(ask, "/"), "en");
    assertEquals(await languageOf(ask, "/", "zh-CN,zh;q=0.9,en;q=0.8"), "zh");
    assertEquals(await languageOf(ask, "/", "de,en;q=0.8,zh;q=0.5"), "en");
    assertEquals(await languageOf(ask, "/?lang=en", "zh-CN"), "en");
    assertEquals(await languageOf(ask, '/?lang="><script>', "zh-CN"), "en");
  });
  await serve(["--emulator", "--lang", "zh"], {}, async (ask) => {
    assertEquals(await languageOf(ask, "/", "en-US"), "zh");
  });
});

Deno.test("serve --emulator needs no file, no key and no network", async () => {
  const files = { "keys/.env": new Error("not to be read") };
  const { exitCode, stdout, stderr, touched, dropped, ports } = await serve(
    ["--emulator", "--port", "0", "--json", "--duration", "5m"],
    { files },
    async (ask) => {
      const html = await (await ask("GET", "/")).text();
      assert(html.includes('value="7500000000000000001"'));
      const headers = { ...JSON_TYPE, cookie: cookieOf(await ask("GET", "/")) };
      const answer = await (await ask("POST", "/token", { headers, body: "{}" })).json();
      assertEquals(answer.baseUrl, "http://127.0.0.1:4712");
      assert(answer.expiresIn <= 300);
    },
  );
  assertEquals([exitCode, stderr, touched, dropped, ports], [0, "", [], true, [0, 0]]);
  assertEquals(JSON.parse(stdout), {
    url: URL_OF_PAGE,
    baseUrl: "http://127.0.0.1:4712",
    botId: "7500000000000000001",
  });
});

Deno.test("serve --emulator takes nothing that names a real app", async () => {
  const flags = [
    "--client-id=1",
    "--key-id=k",
    "--key-file=f",
    "--region=cn",
    "--base-url=https://api.coze.cn",
  ];
  for (const flag of [...flags, "--account-id=a", "--enterprise-id=e", "--keys=demo", "--bot=75"]) {
    assertFailed(await serve(["--emulator", flag]), 2, "usage", flag.split("=")[0]!, "--emulator");
  }
  assertFailed(await serve(["--session-name=alice"]), 2, "usage", "--session-name");
});

Deno.test("serve explains what is wrong before it serves", async () => {
  for (const args of [["--emulator"], []]) {
    const long = await serve([...args, "--duration=25h"], { files: healthyFiles() });
    assertFailed(long, 2, "duration-out-of-range", "--duration");
    assertEquals(long.ports, []);
  }
  const none = await serve([]);
  assertFailed(none, 3, "config-missing");
  assertEquals(none.ports, []);
  const emulator = healthyEmulator();
  emulator.apps[0]!.state = "disabled";
  const world = { files: healthyFiles(), fetch: emulator };
  const refused = await serve([], world);
  assertFailed(refused, 5, "app-disabled", "doctor");
  assertEquals(refused.ports, []);
  assertFailed(await serve(["--bot", "x"], world), 2, "usage", "--bot");
  for (const port of ["x", "-1", "65536"]) {
    assertFailed(await serve([`--port=${port}`]), 2, "usage");
  }
});

Deno.test("serve says which permission is missing, and that a port is taken", async () => {
  const failing = (name: string): Partial<World> => ({
    files: healthyFiles(),
    fetch: healthyEmulator(),
    start: SCRIPT,
    serve: () => Promise.reject(named(name)),
  });
  const taken = await serve(["--bot", "75"], failing("AddrInUse"));
  const command =
    "$ deno run --allow-net=api.coze.cn,127.0.0.1 --allow-read=keys cli.ts serve --port 0 --bot 75\n";
  assertFailed(taken, 2, "usage", "Port 8787 is already in use", command);
  assertFailed(
    await serve([], failing("NotCapable")),
    9,
    "sandbox-net",
    "--allow-net=api.coze.cn,127.0.0.1",
  );
});

Deno.test("serve tells why the page got no token, without secrets (security 12)", async () => {
  const emulator = healthyEmulator();
  const files = healthyFiles();
  const { stderr } = await serve(["--trace"], { files, fetch: emulator }, async (ask) => {
    const cookie = cookieOf(await ask("GET", "/"));
    emulator.apps[0]!.state = "disabled";
    assertEquals(await tokenOf(ask, cookie), [502, "token-unavailable"]);
    await new Promise((resolve) => setTimeout(resolve, 0));
  });
  assertMatch(
    stderr,
    /\nThe page got no token: app-disabled, logid \d{14}\w+\n {2}\$ coze-jwt doctor\n/,
  );
  assertStringIncludes(stderr, "trace: /token 502 token-unavailable app-disabled\n");
  assert(!/czs_emulator|eyJ[\w-]{20}/.test(stderr) && !stderr.includes(pkcs8Pem().split("\n")[4]!));
});

Deno.test("serve says that Deno is too old for its page", async () => {
  // Up to 2.7 Deno cannot import a text.
  const { exitCode, stdout, stderr } = await serve(["--emulator"], { denoVersion: "2.7.14" });
  assertEquals([exitCode, stdout], [1, ""]);
  assertStringIncludes(stderr, "2.8.0 or newer; this is 2.7.14");
});
