import { diagnose } from "../../lib/doctor/mod.ts";
import { importPrivateKey } from "../../lib/private_key.ts";
import type { TokenRequest } from "../../lib/token_request.ts";
import { anyText } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold, holdClean, mayRefuse } from "./holds.ts";
import { CANARY, fetchOf, NOW, reply } from "./replies.ts";
import { TOY_PKCS8_PEM } from "./toy_key.ts";

let key: Promise<CryptoKey> | undefined;

/** Diagnoses servers that answer anything. */
export const DOCTOR_TARGETS: readonly Target[] = [
  target({
    name: "doctor",
    claim: "diagnose() sends at most 8 probes and shows no token, whatever a server answers",
    arbitrary: fc.record({
      clientId: fc.oneof(fc.constant("1127900106117"), anyText),
      keyId: fc.oneof(fc.constant("A".repeat(43)), anyText),
      request: fc.constantFrom<TokenRequest[]>(
        {},
        { accountId: "7" },
        { durationSeconds: 60, scope: { permissions: ["x"] } },
      ),
      otherRegion: fc.boolean(),
      replies: fc.array(reply, { minLength: 1, maxLength: 9 }),
    }),
    async check({ clientId, keyId, request, otherRegion, replies }) {
      const privateKey = await (key ??= importPrivateKey(TOY_PKCS8_PEM));
      const seen: string[] = [];
      const options = { request, otherRegion, fetch: fetchOf(replies, seen), now: () => NOW };
      const diagnosis = await mayRefuse(
        /^interrupted$/,
        () => diagnose({ clientId, keyId, privateKey }, options),
      );
      if (!diagnosis) return;
      const { findings, probes, ok, exitCode } = diagnosis;
      const asked = probes.filter(({ name }) => name !== "workspaces");
      hold(asked.length <= 8, "the token endpoint gets at most 8 requests");
      hold(probes.length - asked.length <= 1, "the API gets at most one request");
      hold(seen.length === probes.length, "every request is reported");
      hold(ok === (exitCode === 0), "an error has an exit code");
      for (const { title, fix, evidence, command = "" } of findings) {
        for (const text of [title, fix, command, ...evidence]) {
          holdClean(text.replace(/\n/g, ""), "what a finding says");
          hold(!text.includes(CANARY), "no finding shows a token");
          hold(!/\{\w+\}/.test(text), "no placeholder is left");
        }
      }
    },
    runs: 200,
  }),
];
