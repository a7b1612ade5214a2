import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { exchangeJwt } from "../../lib/exchange.ts";
import { importPrivateKey } from "../../lib/key/private_key.ts";
import type { Fetch } from "../../lib/transport.ts";
import { pkcs8Pem, shortPkcs8Pem } from "../testing/keys.ts";
import { partsOf, TOKEN, TOKEN_ENDS } from "../testing/token_server.ts";

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

Deno.test("exchangeJwt() uses each of 500 assertions once, for 600 s (security 3)", async () => {
  const ids = new Set<unknown>();
  const assertions = new Set<string>();
  const record = (request: Request) => {
    const jwt = request.headers.get("authorization")!.slice(7);
    const { claims } = partsOf(jwt);
    ids.add(claims.jti);
    assertions.add(jwt);
    assertEquals(Number(claims.exp) - Number(claims.iat), 600);
  };
  const app = { clientId: "1", keyId: "k", privateKey: await importPrivateKey(shortPkcs8Pem()) };
  let requests = 0;
  async function exchange(number: number): Promise<void> {
    // Every tenth call has to try again.
    let failures = number % 10 === 0 ? 1 : 0;
    const fetch: Fetch = (request) => {
      requests++;
      record(request);
      if (failures-- > 0) return Promise.resolve(new Response("", { status: 503 }));
      return Promise.resolve(Response.json({ access_token: TOKEN, expires_in: TOKEN_ENDS }));
    };
    await exchangeJwt(app, {}, { fetch, sleep: () => Promise.resolve() });
  }
  await Promise.all(Array.from({ length: 500 }, (_, number) => exchange(number)));
  assertEquals([requests, ids.size, assertions.size], [550, 550, 550]);
});
