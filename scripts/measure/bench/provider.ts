/**
 * What the token provider saves: the time of a token that is at hand, and exchanges.
 *
 * @module
 */

import { type CozeApp, createTokenProvider, importPrivateKey } from "../../../mod.ts";
import type { Desk } from "./desk.ts";
import { medians } from "./rounds.ts";
import { countRow, type Row } from "./table.ts";

/** Calls that are measured at once, one after the other. */
const BATCH = 100_000;
/** Batches until V8 has compiled what it will. */
const WARM_UP = 5;
/** Callers that come at once while there is no token. */
const CALLERS = 10_000;

/**
 * Measures `getToken` of a provider that has a token, and counts what one that has none exchanges.
 *
 * @param desk Where.
 * @returns A row for each.
 */
export async function measureProvider({ cwd, baseUrl, rounds }: Desk): Promise<Row[]> {
  const privateKey = await importPrivateKey(await Deno.readFile(`${cwd}/keys/private_key.pem`));
  const app = {
    clientId: "1127900106117",
    keyId: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4",
    privateKey,
    baseUrl,
  };
  const exchanges = await coldExchanges(app);
  const { cached } = await medians(rounds, { cached: await cachedCalls(app) }, WARM_UP);
  return [
    countRow("`getToken` with a token at hand", cached / 1e6, "million per second", ["≥", 1]),
    countRow(`exchanges for ${CALLERS} callers of \`getToken\` at once`, exchanges, "exchanges", [
      "=",
      1,
    ]),
  ];
}

/** Calls per second, in a loop of awaits. */
async function cachedCalls(app: CozeApp): Promise<() => Promise<number>> {
  const provider = createTokenProvider(app);
  await provider.getToken();
  return async () => {
    const begin = performance.now();
    for (let i = 0; i < BATCH; i++) await provider.getToken();
    return BATCH * 1000 / (performance.now() - begin);
  };
}

/** Requests that are sent when all callers come before there is a token. */
async function coldExchanges(app: CozeApp): Promise<number> {
  let sent = 0;
  const provider = createTokenProvider(app, {}, {
    fetch: (request) => {
      sent++;
      return fetch(request);
    },
  });
  await Promise.all(Array.from({ length: CALLERS }, () => provider.getToken()));
  return sent;
}
