import { assert } from "@std/assert";
import { importPrivateKey } from "../../lib/private_key.ts";
import * as fc from "../testing/fast_check.ts";
import { shortPkcs8Pem } from "../testing/keys.ts";
import { createProviderWorld } from "../testing/provider_world.ts";

const HOUR_MS = 3_600_000;

/** Spread evenly, which `fc.double` is not. */
const share = (most: number) => fc.integer({ min: 0, max: 1e6 }).map((n) => n * most / 1e6);

/** What may happen to a machine between two calls, with a share of the token's life. */
const step = fc.record({
  what: fc.constantFrom("pass", "pass", "pass", "sleep", "set" as const),
  share: share(1.5),
  setMs: fc.integer({ min: -48 * HOUR_MS, max: 48 * HOUR_MS }),
});

const world = fc.record({
  skewMs: fc.integer({ min: -48 * HOUR_MS, max: 48 * HOUR_MS }),
  lifeSeconds: fc.oneof(fc.integer({ min: 5, max: 120 }), fc.integer({ min: 5, max: 86_399 })),
  startMs: fc.integer({ min: 0, max: 999 }),
  /** Shares of a quarter of the life, of at most 5 s, that each way takes. */
  there: share(1),
  back: share(1),
  dated: fc.boolean(),
  dateLagMs: fc.constantFrom(0, 1_000),
  /** A sleep shows on the wall clock alone: then it is not set back. */
  sleeps: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
});

Deno.test("getToken() gives valid tokens by few exchanges, whatever the clocks do", async () => {
  const privateKey = await importPrivateKey(shortPkcs8Pem());
  await fc.assert(
    fc.asyncProperty(world, async (w) => {
      const lifeMs = w.lifeSeconds * 1000;
      const wayMs = Math.min(5_000, lifeMs / 8);
      const { machine, coze, providerOf, joined } = createProviderWorld({
        ...w,
        delaysMs: () => [w.there * wayMs, w.back * wayMs],
      });
      machine.pass(w.startMs);
      const request = { durationSeconds: w.lifeSeconds };
      const provider = providerOf({}, request, { privateKey });
      const start = machine.truth();
      let jumps = 0;
      for (const { what, share, setMs } of [...w.steps, ...w.steps]) {
        if (what === "set") {
          const ms = w.sleeps ? Math.abs(setMs) : setMs;
          machine.set(ms);
          jumps += Number(ms > 0);
        } else if (what === "sleep" && w.sleeps) machine.sleep(share * lifeMs);
        else machine.pass(share * lifeMs);
        assert(coze.accepts(await provider.getToken()), "the token has ended");
        const { lifeMs: leftMs } = await provider.getAccessToken();
        assert(leftMs >= 0 && leftMs <= lifeMs, `${leftMs} ms are left`);
        // Now a refresh may be running. It ends before the clocks change.
        if (leftMs < lifeMs / 10) await joined(provider);
      }
      // The end is known to three seconds: the body and the `Date` header are cut to whole ones.
      const life = (lifeMs - 3000) * 0.9;
      const most = (machine.truth() - start) / life + 2 + jumps;
      assert(coze.count <= most, `${coze.count} exchanges, ${most} at most`);
    }),
    { numRuns: 100, seed: 7 },
  );
});
