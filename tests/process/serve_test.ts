import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseArguments } from "../../lib/cli/parse.ts";
import { permissionsFor } from "../../lib/cli/permissions.ts";
import { CLIENT_ID, KEY_ID } from "../testing/keys.ts";
import { auditedPermissions, firstLine, folder, served, start } from "../testing/process.ts";

/** Asks for the page and for a token, as a browser does. */
async function visit(url: string): Promise<string> {
  const page = await fetch(url);
  const [cookie = ""] = page.headers.get("set-cookie")!.split(";");
  await page.body!.cancel();
  const headers = { "content-type": "application/json", "origin": url, cookie };
  const response = await fetch(`${url}/token`, { method: "POST", headers, body: "{}" });
  return (await response.json()).token;
}

async function statusOf(url: string, host: string): Promise<string> {
  const raw = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  await raw.write(
    new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
  );
  return (await new Response(raw.readable).text()).slice(0, 12);
}

for (const isEmulated of [false, true]) {
  const name = isEmulated ? "serve --emulator" : "serve";
  Deno.test(`${name} runs under its documented permissions and asks for nothing else (security 18, 25)`, async () => {
    await using coze = served();
    await using place = await folder({
      "keys/.env":
        `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\nCOZE_BASE_URL=${coze.url}\n`,
    });
    const audit = `${place.cwd}/audit`;
    const args = ["serve", ...isEmulated ? ["--emulator"] : [], "--port", "0", "--json"];
    const flags = permissionsFor(parseArguments(args), { baseUrl: coze.url });
    assertEquals(flags.includes("--allow-read=keys"), !isEmulated);
    const child = start({ ...place, flags, args, env: { DENO_AUDIT_PERMISSIONS: audit } });
    const { url } = JSON.parse(await firstLine(child));
    assertMatch(await visit(url), /^czs_emulator_/);
    assertEquals(await statusOf(url, new URL(url).host), "HTTP/1.1 200");
    const foreign = ["evil.example", "localhost", `localhost:${new URL(url).port}`];
    for (const host of [...foreign, "a b", "\x9b2J<", "127.0.0.1:99999", ""]) {
      assertEquals(await statusOf(url, host), "HTTP/1.1 421", host);
    }
    child.kill("SIGINT");
    const { code, stderr } = await child.output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    const expected = isEmulated
      ? /^net 127\.0\.0\.1/
      : /^(?:net (?:https?:\/\/)?127\.0\.0\.1|read keys(?:\/|$))/;
    const asked = await auditedPermissions(audit);
    assertEquals(asked.filter((entry) => !expected.test(entry)), []);
    assert(asked.length > 0);
  });
}

Deno.test("serve ends with a clear error where the port is taken", async () => {
  await using coze = served();
  await using place = await folder();
  const { port } = coze;
  const args = ["serve", "--emulator", "--port", String(port)];
  const child = start({ ...place, flags: ["--allow-net=127.0.0.1"], args });
  const { code, stdout, stderr } = await child.output();
  assertEquals([code, new TextDecoder().decode(stdout)], [2, ""]);
  assertStringIncludes(new TextDecoder().decode(stderr), `Port ${port} is already in use`);
  assertStringIncludes(new TextDecoder().decode(stderr), "serve --port 0 --emulator\n");
});
