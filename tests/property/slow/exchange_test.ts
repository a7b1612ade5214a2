import { assertEquals } from "@std/assert";
import { exchangeJwt } from "../../../lib/exchange.ts";
import { importPrivateKey } from "../../../lib/private_key.ts";
import type { Fetch } from "../../../lib/http.ts";
import { shortPkcs8Pem } from "../../testing/keys.ts";
import { partsOf, TOKEN, TOKEN_ENDS } from "../../testing/token_server.ts";

Deno.test("exchangeJwt() uses each of 10,000 assertions once, for 600 s (security 3)", async () => {
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
  await Promise.all(Array.from({ length: 10_000 }, (_, number) => exchange(number)));
  assertEquals([requests, ids.size, assertions.size], [11_000, 11_000, 11_000]);
});
