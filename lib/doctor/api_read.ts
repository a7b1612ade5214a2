import { apiRequest, ENDPOINTS, MAX_API_BYTES } from "../api/api.ts";
import { judgeApiResponse } from "../api/api_errors.ts";
import { CozeError, type ErrorCode, type ErrorDetails, type ServerAnswer } from "../error.ts";
import { type RequestOptions, send, startCall } from "../http.ts";
import { refusal } from "../server_answer.ts";
import { parseBaseUrl } from "../token_request.ts";

/** The result of one request to the API with the new token. */
export interface ApiRead {
  ok: boolean;
  /** Absent for a success. */
  code?: ErrorCode;
  details: ErrorDetails;
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
  let server: ServerAnswer = { status: 0 };
  let problem: CozeError | undefined;
  try {
    const query = { "page_num": 1, "page_size": 1 };
    const request = apiRequest(base, ENDPOINTS.listWorkspaces, { query }, accessToken);
    const response = await send(request, call, MAX_API_BYTES);
    const verdict = judgeApiResponse(response);
    server = verdict.server;
    if (verdict.code) problem = refusal(verdict.code, response, server);
  } catch (error) {
    if (!(error instanceof CozeError) || error.code === "interrupted") throw error;
    problem = error;
  }
  const { code, details = {} } = problem ?? {};
  const { permission } = ENDPOINTS.listWorkspaces;
  const ms = call.now() - startedAt;
  return { ok: !problem, code, details, server, host: base.host, permission, ms };
}
