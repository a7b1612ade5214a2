import { apiRequest, ENDPOINTS, MAX_API_BYTES } from "../api/api.ts";
import { judgeApiResponse } from "../api/api_errors.ts";
import { CozeError, type ErrorCode, type ServerAnswer } from "../error.ts";
import { type RequestOptions, send, startCall } from "../http.ts";
import { parseBaseUrl } from "../token_request.ts";

/** How the API answered a read. */
export interface ApiRead {
  ok: boolean;
  /** The cause of a refusal. */
  code?: ErrorCode;
  server: ServerAnswer;
  host: string;
  permission: string;
  ms: number;
}

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
): Promise<ApiRead> {
  const base = parseBaseUrl(baseUrl);
  const call = startCall(options);
  const startedAt = call.now();
  let verdict: { code?: ErrorCode; server: ServerAnswer };
  try {
    const query = { "page_num": 1, "page_size": 1 };
    const request = apiRequest(base, ENDPOINTS.listWorkspaces, { query }, accessToken);
    verdict = judgeApiResponse(await send(request, call, MAX_API_BYTES));
  } catch (error) {
    if (!(error instanceof CozeError) || error.code === "interrupted") throw error;
    verdict = { code: error.code, server: { status: 0 } };
  }
  const { code, server } = verdict;
  const { permission } = ENDPOINTS.listWorkspaces;
  const ms = call.now() - startedAt;
  return { ok: code === undefined, ...(code && { code }), server, host: base.host, permission, ms };
}
