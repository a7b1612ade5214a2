import { createAssertion } from "../assertion.ts";
import { CozeError } from "../error.ts";
import { checkRequest, type CozeApp } from "../token_request.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { findOffline, subjectOf } from "./rules/rules.ts";

/** The app of a configuration; a missing id is empty. */
export function appOf({ clientId, keyId, baseUrl }: Facts): Omit<Required<CozeApp>, "privateKey"> {
  return { clientId: clientId?.text ?? "", keyId: keyId?.text ?? "", baseUrl: baseUrl.text };
}

/** Applies the rules, and makes the request without sending it, to see whether that works. */
export async function diagnoseOffline(
  facts: Facts,
  privateKey: CryptoKey | undefined,
  now: () => number = Date.now,
): Promise<{ findings: Finding[]; isRequestPossible: boolean }> {
  const findings = findOffline(facts);
  const problem = await findProblem(facts, privateKey, now);
  const isKnown = findings.some(({ code }) =>
    code === "config-wrong-client-type" || subjectOf(code) === subjectOf(problem?.code ?? "")
  );
  return {
    findings: problem && !isKnown ? [problem, ...findings] : findings,
    isRequestPossible: problem === undefined,
  };
}

async function findProblem(
  facts: Facts,
  privateKey: CryptoKey | undefined,
  now: () => number,
): Promise<Finding | undefined> {
  const { request = {} } = facts;
  const app = appOf(facts);
  // A rule reports missing ids.
  const complete = { ...app, clientId: app.clientId || "0", keyId: app.keyId || "0" };
  try {
    if (privateKey) await createAssertion({ ...complete, privateKey }, request, { now });
    else checkRequest(complete, request);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    const { code, details } = error;
    return { code, details, severity: "error", certainty: "proven" };
  }
  return undefined;
}
