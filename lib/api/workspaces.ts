import type { Api, CallOptions } from "./api.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { readId, readText } from "./members.ts";
import { pageReader, pages } from "./pages.ts";

/** A workspace 工作空间. */
export interface Workspace {
  /** Its id: 19 digits, as they stand in its address in the console. */
  id: string;
  /** Its name. */
  name: string;
  /** What the user is in it: `owner`, `admin` or `member`. */
  role: string;
  /** `personal` or `team`. */
  type: string;
}

/** The page allows 50 at most. */
const PAGE_SIZE = 50;

const readPage = pageReader("workspaces", "total_count", (item): Workspace => ({
  id: readId(item, "id"),
  name: readText(item, "name", ""),
  role: readText(item, "role_type", ""),
  type: readText(item, "workspace_type", ""),
}));

/** Lists the workspaces. Source: Coze's page list_workspace. */
export function listWorkspaces(
  api: Api,
  options: CallOptions,
): AsyncIterableIterator<Workspace> {
  return pages((number) => {
    const query = { "page_num": number, "page_size": PAGE_SIZE };
    return api.ask(ENDPOINTS.listWorkspaces, { query }, api.start(options), readPage);
  });
}
