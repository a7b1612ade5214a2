// Says how much memory a broker holds after 11,000 users, and after 11,000 others.

import { createTokenBroker } from "../../../lib/broker/mod.ts";
import { createTokenProvider } from "../../../lib/token_provider.ts";
import { createBrokerRequest, ORIGIN, userOf } from "../../testing/broker_world.ts";
import { app } from "../../testing/provider_world.ts";

/** More than a broker counts calls of. */
const USERS = 11_000;
const AT_ONCE = 50;
/** Each exchange holds its timer for so long. */
const TIMEOUT_MS = 1_000;

let count = 0;
const provider = createTokenProvider(app(), {}, {
  timeoutMs: TIMEOUT_MS,
  fetch() {
    const body = { access_token: `czs_${count++}`, expires_in: Date.now() / 1000 + 900 };
    return Promise.resolve(Response.json(body));
  },
});
const broker = createTokenBroker(provider, { origins: [ORIGIN], user: userOf });

async function heapAfter(name: string): Promise<number> {
  for (let i = 0; i < USERS; i += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, async (_, j) => {
      const response = await broker(
        createBrokerRequest({ as: `${name} ${i + j}`.padEnd(128, "x") }),
      );
      if (response.status !== 200) throw new Error(await response.text());
      await response.body!.cancel();
    }));
  }
  await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS * 1.5));
  (globalThis as unknown as { gc: () => void }).gc();
  return Deno.memoryUsage().heapUsed;
}

// deno-lint-ignore no-console -- the test reads it.
console.log(JSON.stringify([await heapAfter("first"), await heapAfter("second"), count]));
