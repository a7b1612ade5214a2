/**
 * What this library adds to the platform's own calls, in a process that has been running a while.
 *
 * @module
 */

import { type CozeApp, createAssertion, exchangeJwt, importPrivateKey } from "../../../mod.ts";
import type { Desk } from "./desk.ts";
import { medians } from "./rounds.ts";
import { ratioRow, type Row } from "./table.ts";

/** Calls that are measured at once, one after the other; few, so that both sides share each lull. */
const BATCH = 5;
/** Batches for each round of the desk: they are short. */
const FINER = 8;
/** Batches until V8 has compiled what it will and has grown its heap: then times stay the same. */
const WARM_UP = { assertions: 100, exchanges: 300 };
/** Of these, the batches that are the first of a process. */
const FIRST = 50;

/**
 * Measures `createAssertion` against a bare signature over as many bytes.
 *
 * @param desk Where.
 * @returns One row.
 */
export async function measureAssertions(desk: Desk): Promise<Row[]> {
  const app = await appOf(desk);
  const { sign } = bare(await createAssertion(app), app);
  const ms = await medians(FINER * desk.rounds, {
    ours: batch(() => createAssertion(app)),
    bare: batch(sign),
  }, WARM_UP.assertions);
  const what = "`createAssertion` with an imported key / `crypto.subtle.sign` alone";
  return [ratioRow(what, [1000 / ms.ours, 1000 / ms.bare], "per second", ["≥", 0.95])];
}

/**
 * Measures `exchangeJwt` over loopback against a bare signature and a bare `fetch`.
 *
 * @param desk Where.
 * @returns A row for calls that V8 has warmed up for, and one for the first of a process.
 */
export async function measureExchanges(desk: Desk): Promise<Row[]> {
  const app = await appOf(desk);
  const { sign, ask } = bare(await createAssertion(app), app);
  const contestants = {
    ours: batch(() => exchangeJwt(app)),
    bare: batch(async () => {
      await sign();
      await ask();
    }),
  };
  const first = await medians(FIRST, contestants, 0);
  const warm = await medians(FINER * desk.rounds, contestants, WARM_UP.exchanges - FIRST);
  const what = "`exchangeJwt` over loopback / sign and `fetch` alone";
  return [
    ratioRow(`${what}, warm`, [warm.ours, warm.bare], "ms", ["≤", 1.2]),
    ratioRow(`${what}, the first ${FIRST * BATCH}`, [first.ours, first.bare], "ms"),
  ];
}

async function appOf({ cwd, baseUrl }: Desk): Promise<CozeApp & { privateKey: CryptoKey }> {
  const privateKey = await importPrivateKey(await Deno.readFile(`${cwd}/keys/private_key.pem`));
  return {
    clientId: "1127900106117",
    keyId: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4",
    privateKey,
    baseUrl,
  };
}

/** The same work with nothing around it: bytes, headers and body are made once. */
function bare(jwt: string, { privateKey, baseUrl }: CozeApp & { privateKey: CryptoKey }) {
  const bytes = new TextEncoder().encode(jwt.slice(0, jwt.lastIndexOf(".")));
  const url = `${baseUrl}/api/permission/oauth2/token`;
  const headers = { "Content-Type": "application/json", "Authorization": `Bearer ${jwt}` };
  const body = JSON.stringify({
    "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "duration_seconds": 900,
  });
  return {
    sign: () => crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, bytes),
    ask: async () => await (await fetch(url, { method: "POST", headers, body })).json(),
  };
}

/** Milliseconds of one call, over some that wait for each other. */
function batch(call: () => Promise<unknown>): () => Promise<number> {
  return async () => {
    const begin = performance.now();
    for (let i = 0; i < BATCH; i++) await call();
    return (performance.now() - begin) / BATCH;
  };
}
