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
    assert(secrets.length > 20);
    for (const secret of secrets) assert(!shown.includes(secret), shown);
  });
}

// 1024 bits keep this near one second; nothing that is counted here depends on the key's size.
Deno.test("exchangeJwt() uses each of 10,000 assertions once, for 600 s (security 3)", async () => {
  const ids = new Set<unknown>();
  const assertions = new Set<string>();
  let requests = 0;
  const record: Fetch = (request) => {
    requests++;
    const jwt = request.headers.get("authorization")!.slice(7);
    const { claims } = partsOf(jwt);
    ids.add(claims.jti);
    assertions.add(jwt);
    const lifetime = Number(claims.exp) - Number(claims.iat);
    assert(lifetime > 0 && lifetime <= 600);
    assertMatch(String(claims.jti), /^[0-9a-f]{64}$/);
    return Promise.resolve(Response.json({ access_token: TOKEN, expires_in: TOKEN_ENDS }));
  };
  const recordAndFail: Fetch = async (request) => {
    await record(request);
    return new Response("", { status: 503 });
  };
  const app = { clientId: "1", keyId: "k", privateKey: await importPrivateKey(shortPkcs8Pem()) };
  const exchange = (i: number) => {
    // Every tenth has to try again.
    const answers = i % 10 === 0 ? [recordAndFail, record] : [record];
    const fetch: Fetch = (request) => answers.shift()!(request);
    return exchangeJwt(app, {}, { fetch, sleep: () => Promise.resolve() });
  };
  for (let i = 0; i < 10_000; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, j) => exchange(i + j)));
  }
  assertEquals([requests, ids.size, assertions.size], [11_000, 11_000, 11_000]);
});
