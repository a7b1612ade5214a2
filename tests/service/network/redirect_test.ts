import { assert, assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../../lib/error.ts";
import { exchangeJwt } from "../../../lib/exchange.ts";
import { createTokenServer, json, TOKEN, TOKEN_ENDS } from "../../testing/token_server.ts";
import { appAt, serve, sleep } from "../../testing/servers.ts";

const grant = { access_token: TOKEN, expires_in: TOKEN_ENDS };

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`exchangeJwt() does not follow ${status} to another origin (security 7)`, async () => {
    const elsewhere = createTokenServer();
    await using second = serve(elsewhere);
    const location = `${second.url}/api/permission/oauth2/token`;
    // The body says yes: it must not help.
    const redirecting = createTokenServer(json(grant, status, { location }));
    await using first = serve(redirecting);
    const app = await appAt(first.url);
    const { code, details } = await assertRejects(() => exchangeJwt(app, {}, { sleep }), CozeError);
    assertEquals([code, details.status, details.location], ["redirected", status, location]);
    assertEquals([redirecting.received.length, elsewhere.received.length], [1, 0]);
  });

  Deno.test(`exchangeJwt() does not follow ${status} on its own origin (security 7)`, async () => {
    const server = createTokenServer(json(grant, status, { location: "/login" }));
    await using running = serve(server);
    const app = await appAt(running.url);
    const error = await assertRejects(() => exchangeJwt(app, {}, { sleep }), CozeError);
    assertEquals([error.code, error.details.location], ["redirected", "/login"]);
    assertEquals(server.received.length, 1);
    assert(server.received[0]!.url.endsWith("/token"));
  });
}

for (const status of [300, 302, 304]) {
  Deno.test(`exchangeJwt() reports ${status} without Location as redirected (security 7)`, async () => {
    const server = createTokenServer(() => new Response(null, { status }));
    await using running = serve(server);
    const app = await appAt(running.url);
    const error = await assertRejects(() => exchangeJwt(app, {}, { sleep }), CozeError);
    assertEquals([error.code, error.details.location], ["redirected", undefined]);
    assertEquals(server.received.length, 1);
  });
}
