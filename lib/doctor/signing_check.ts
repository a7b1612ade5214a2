import { createAssertion } from "../assertion.ts";
import { CozeError } from "../error.ts";
import { checkRequest, type CozeApp, type TokenRequest } from "../token_request.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** The app of a configuration; a missing id is empty. */
export function appOf({ clientId, keyId, baseUrl }: Facts): Omit<Required<CozeApp>, "privateKey"> {
  return { clientId: clientId?.text ?? "", keyId: keyId?.text ?? "", baseUrl: baseUrl.text };
}

/**
 * Signs once for the proof that it works; what only a missing value prevents is a rule's matter.
 *
 * @param app Who asks; values may be missing.
 * @param request What is asked for.
 * @param now The clock, in milliseconds since the epoch.
 * @returns What makes a request impossible.
 */
export async function findProblem(
  app: { clientId: string; keyId: string; baseUrl: string; privateKey?: CryptoKey | undefined },
  request: TokenRequest,
  now: () => number,
): Promise<Finding | undefined> {
  const { privateKey } = app;
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
