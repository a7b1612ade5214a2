import { assert, assertMatch, assertRejects } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { exchangeJwt } from "../../lib/exchange.ts";
import type { Fetch } from "../../lib/http.ts";
import { pkcs8Pem } from "../testing/keys.ts";
import { TOKEN } from "../testing/token_server.ts";

const refuse = (body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { status: 401, headers });

/** Ways in which a server or the network can hand the assertion back. */
const ECHOES: Record<string, (authorization: string) => Response> = {
  "the server's message": (jwt) => refuse({ error_code: "x", error_message: `bad: ${jwt}` }),
  "the server's code": (jwt) => refuse({ error: jwt.slice(7) }),
  "the API's envelope": (jwt) => refuse({ code: 1, msg: jwt, detail: { logid: jwt } }),
  "the log id": (jwt) => refuse({ error: "x" }, { "x-tt-logid": jwt }),
  "a page": (jwt) => new Response(`<p>${jwt}</p>`, { headers: { "content-type": jwt } }),
  "a redirect": (jwt) =>
    new Response("", { status: 302, headers: { location: `https://evil.example/?${jwt}` } }),
  "an answer without expires_in": (jwt) =>
    Response.json({ access_token: TOKEN, jwt }, { headers: { "x-tt-logid": jwt } }),
  "a header value that is refused": (jwt) => {
    throw new TypeError(`Invalid header value: "${jwt}"`);
  },
  "the cause of a network error": (jwt) => {
    throw new TypeError("fetch failed", { cause: new Error(`sent ${jwt}`) });
  },
};

for (const [what, echo] of Object.entries(ECHOES)) {
  Deno.test(`exchangeJwt() shows no secret that comes back in ${what} (security 12)`, async () => {
    const secrets: string[] = [TOKEN.slice(10), ...pkcs8Pem().split("\n").slice(1, -2)];
    const fetch: Fetch = (request) => {
      const authorization = request.headers.get("authorization")!;
      secrets.push(...authorization.slice(7).split("."));
      return Promise.resolve(echo(authorization));
    };
    const app = { clientId: "1", keyId: "k", privateKey: pkcs8Pem() };
    const run = () => exchangeJwt(app, {}, { fetch, sleep: () => Promise.resolve() });
    const error = await assertRejects(run, CozeError);
    const shown = [
      error.message,
      error.stack,
      String(error.cause),
      JSON.stringify(error),
      Deno.inspect(error, { depth: 9, showHidden: true, strAbbreviateSize: 1e6 }),
    ].join("\n");
    assertMatch(shown, /CozeError/);
    assert(secrets.length > 20, "the assertion was sent");
    for (const secret of secrets) assert(!shown.includes(secret), shown);
  });
}
