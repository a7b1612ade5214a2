import { assert } from "@std/assert";
import { importPrivateKey } from "../../lib/key/private_key.ts";
import { createTokenProvider } from "../../lib/provider/token_provider.ts";
import * as fc from "../testing/fast_check.ts";
import { shortPkcs8Pem } from "../testing/keys.ts";
import { createEndpoint, createMachine } from "../testing/machine.ts";

const HOUR = 3_600_000;

/** Spread evenly, which `fc.double` is not. */
const share = (most: number) => fc.integer({ min: 0, max: 1e6 }).map((n) => n * most / 1e6);

/** What may happen to a machine between two calls, with a share of the token's life. */
const step = fc.record({
  what: fc.constantFrom("pass", "pass", "pass", "sleep", "set" as const),
  share: share(1.5),
  setMs: fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
});

const world = fc.record({
  skewMs: fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
  lifeSeconds: fc.oneof(fc.integer({ min: 3, max: 120 }), fc.integer({ min: 3, max: 86_399 })),
  startMs: fc.integer({ min: 0, max: 999 }),
  /** Shares of a quarter of the life, of at most 5 s, that each way takes. */
  there: share(1),
  back: share(1),
  dated: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
});

Deno.test("getToken() gives valid tokens by few exchanges, whatever the clocks do", async () => {
  const privateKey = await importPrivateKey(shortPkcs8Pem());
  await fc.assert(
    fc.asyncProperty(world, async (w) => {
      const lifeMs = w.lifeSeconds * 1000;
      const wayMs = Math.min(5_000, lifeMs / 8);
      const machine = createMachine(w.skewMs);
      machine.pass(w.startMs);
      const endpoint = createEndpoint(machine, {
        lifeSeconds: w.lifeSeconds,
        delaysMs: () => [w.there * wayMs, w.back * wayMs],
        dated: w.dated,
      });
      let exchanges = 0;
      const provider = createTokenProvider(
        { clientId: "1", keyId: "k", privateKey },
        { durationSeconds: w.lifeSeconds },
        {
          now: machine.now,
          monotonic: machine.monotonic,
          fetch: endpoint.fetch,
          onEvent: ({ type }) => exchanges += Number(type === "exchange"),
        },
      );
      const start = machine.truth();
      let jumps = 0;
      for (const { what, share, setMs } of [...w.steps, ...w.steps]) {
        if (what === "set") {
          machine.set(setMs);
          jumps += Number(setMs > 0);
        } else machine[what](share * lifeMs);
        assert(endpoint.accepts(await provider.getToken()), "the token has ended");
        // A refresh that this call began has an effect on the next ones.
        while (exchanges < endpoint.count) await new Promise((resolve) => setTimeout(resolve));
      }
      // By a `Date` in whole seconds, a second of a token's life cannot be told.
      const life = lifeMs - 1000;
      const most = (machine.truth() - start) / (life - Math.min(60_000, life * 0.1)) + 1 + jumps;
      assert(endpoint.count <= most, `${endpoint.count} exchanges, ${most} at most`);
    }),
    { numRuns: 100, seed: 7 },
  );
});
