import { cutPage } from "./page.ts";
import { numeral, type Shape, text } from "./parameters.ts";
import type { Refusal } from "./refusals.ts";
import { type Call, type EmulatorWorkspace, OWNER_ID, type Reply, type World } from "./world.ts";

/** What is there when no other workspaces are asked for. */
export const DEFAULT_WORKSPACES: readonly EmulatorWorkspace[] = [{ id: "7400000000000000001" }];

/** The query of `GET /v1/workspaces`. Source: Coze's page list_workspace. */
export const WORKSPACES_QUERY: Shape = {
  page_num: numeral(1),
  page_size: numeral(1, 50),
  enterprise_id: text(),
  user_id: text(),
  coze_account_id: text(),
};

/**
 * Lists workspaces. Source: Coze's page list_workspace. `[INF]` that those the app was not
 * authorised for are left out.
 *
 * @param call The request.
 * @param world What there is.
 * @returns One page of them.
 */
export function listWorkspaces({ grant, query }: Call, { workspaces }: World): Reply {
  const { app } = grant;
  const granted = workspaces.filter(({ id }) => app.workspaces?.includes(id) ?? true);
  const page = cutPage(granted, query).map(({ id, name, type, role }) => ({
    id,
    name: name ?? app.name ?? app.clientId,
    icon_url: "",
    role_type: role ?? "owner",
    workspace_type: type ?? "personal",
    enterprise_id: "",
    owner_uid: OWNER_ID,
    admin_uids: [],
    description: "",
  }));
  return { data: { workspaces: page, total_count: granted.length } };
}

/**
 * Refuses a workspace that does not exist or that the app was not authorised for.
 *
 * @param call The request.
 * @param world What there is.
 * @param id The workspace.
 * @param resource What the words of the refusal call it, with its id.
 * @returns The refusal, or undefined for a workspace that may be used.
 */
export function refuseWorkspace(
  { grant, permission }: Call,
  { workspaces }: World,
  id: string,
  resource: string,
): Refusal | undefined {
  if (!workspaces.some((workspace) => workspace.id === id)) {
    return { refused: 4200, filling: resource };
  }
  if (grant.app.workspaces?.includes(id) ?? true) return undefined;
  return {
    refused: 4101,
    filling: `${resource} ${permission}`,
    reason: "the app was not authorised for this workspace",
  };
}
