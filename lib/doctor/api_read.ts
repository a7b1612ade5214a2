import { apiRequest, ENDPOINTS, MAX_API_BYTES } from "../api/api.ts";
import { judgeApiResponse } from "../api/api_errors.ts";
import { CozeError, type ErrorCode, type ServerAnswer } from "../error.ts";
import { type RequestOptions, send, startCall } from "../http.ts";
import { parseBaseUrl } from "../token_request.ts";

/** The result of one request to the API with the new token. */
export interface ApiRead {
  ok: boolean;
  /** Absent for a success. */
  code?: ErrorCode;
  server: ServerAnswer;
  host: string;
  permission: string;
  ms: number;
}

/** Lists the workspaces once, to see whether the API accepts the token. */
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
  return { ok: code === undefined, code, server, host: base.host, permission, ms };
}
