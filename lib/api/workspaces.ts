import { parseBaseUrl } from "../token_request.ts";

/** The permission that the list of workspaces needs. Source: Coze's page list_workspace. */
export const LIST_WORKSPACE = "listWorkspace";

/**
 * Builds the request for the first workspace: a read that costs little and shows whether a token is
 * good. Source: Coze's page list_workspace.
 *
 * @param baseUrl Where the API is; the token goes to the host that issued it, and to no other.
 * @param accessToken The token.
 * @returns The request, not sent yet.
 */
export function createWorkspacesRequest(baseUrl: string, accessToken: string): Request {
  const url = parseBaseUrl(baseUrl);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/workspaces`;
  url.search = "?page_num=1&page_size=1";
  return new Request(url, {
    headers: { "Authorization": `Bearer ${accessToken}` },
    redirect: "manual",
  });
}
