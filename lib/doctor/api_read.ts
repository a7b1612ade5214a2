import { createRequest, MAX_API_BYTES } from "../api/api.ts";
import { ENDPOINTS } from "../api/endpoints.ts";
import { type ApiVerdict, judgeApiAnswer } from "../api/verdict.ts";
import { CozeError } from "../error.ts";
import { mask } from "../redact.ts";
import { parseBaseUrl } from "../token_request.ts";
import { type RequestOptions, send, startCall } from "../transport.ts";
import type { Facts } from "./facts.ts";

/**
 * Reads the list of workspaces once, at the host that gave the token: that costs little and shows
 * whether the token is good.
 *
 * @param baseUrl Where the API is.
 * @param accessToken The token.
 * @param options How it is sent.
 * @returns What the answer says of the token.
 * @throws {CozeError} `interrupted`; all else is in the result.
 */
export async function readOnce(
  baseUrl: string,
  accessToken: string,
  options: RequestOptions,
): Promise<NonNullable<Facts["apiRead"]>> {
  const base = parseBaseUrl(baseUrl);
  const call = startCall(options);
  const startedAt = call.now();
  let verdict: ApiVerdict;
  try {
    const query = { "page_num": 1, "page_size": 1 };
    const request = createRequest(base, ENDPOINTS.listWorkspaces, { query }, accessToken);
    verdict = judgeApiAnswer(await send(request, call, MAX_API_BYTES));
  } catch (error) {
    if (!(error instanceof CozeError) || error.code === "interrupted") throw error;
    verdict = { ok: false, code: error.code, server: { status: 0 } };
  }
  // A server may repeat the token, whatever that looks like.
  const message = verdict.server.message?.replaceAll(accessToken, () => mask(accessToken));
  const server = { ...verdict.server, ...(message !== undefined && { message }) };
  const { permission } = ENDPOINTS.listWorkspaces;
  return { ...verdict, server, host: base.host, permission, ms: call.now() - startedAt };
}
