import { type Answer, TOO_LARGE } from "./answer.ts";
import { type Endpoint, ENDPOINTS } from "./endpoints.ts";
import { type JsonObject, readObject } from "./exchange.ts";
import { allows, createGrants, type Grants } from "./grants.ts";
import { createIds } from "./ids.ts";
import { findFault } from "./parameters.ts";
import { isRefusal, type Refusal, rowOf } from "./refusals.ts";
import type { Wordless } from "./wording.ts";
import type { Behaviour, EmulatorWorkspace, Reply, World } from "./world.ts";

/** The API behind the token. */
export interface Api extends Pick<Grants, "remember"> {
  /**
   * Answers a request; undefined for a path that is not the API's.
   *
   * @param request The request; its body is not read here.
   * @param text Its body, undefined when it was too large to be read.
   * @param time The emulator's clock, in milliseconds since the epoch.
   * @param logId The log id of the answer.
   */
  answer(
    request: Request,
    text: string | undefined,
    time: number,
    logId: string,
  ): Answer | undefined;
}

/** The endpoints with their paths as patterns. */
const ROUTES = ENDPOINTS.map((endpoint) => ({
  endpoint,
  pattern: new RegExp(`^${endpoint.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
}));

type Route = typeof ROUTES[number];

/**
 * Makes the API, with no bot and no conversation in it.
 *
 * @param workspaces The workspaces there are.
 * @param behaviour How long things take, and what bots say.
 * @param wordsOf Words refusals.
 * @returns The API.
 */
export function createApi(
  workspaces: readonly EmulatorWorkspace[],
  behaviour: Behaviour,
  wordsOf: (refusal: Wordless) => string,
): Api {
  const grants = createGrants();
  const world: World = {
    ...behaviour,
    workspaces,
    bots: new Map(),
    conversations: new Map(),
    createId: createIds(),
  };

  function judge(
    request: Request,
    text: string,
    time: number,
    { endpoint, pattern }: Route,
  ): Reply {
    const grant = grants.find(request.headers.get("authorization"), Math.floor(time / 1000));
    if (!grant) return { refused: 4100 };
    const { pathname, searchParams } = new URL(request.url);
    const query = { ...Object.fromEntries(searchParams), ...pattern.exec(pathname)?.groups };
    const body = endpoint.body && readBody(request, text);
    const missing = endpoint.permissions.find((permission) => !allows(grant, permission));
    if (missing !== undefined) return refusePermission(endpoint, missing, { ...query, ...body });
    if (endpoint.body && !body) return { refused: 4000, reason: "the body is no JSON object" };
    const fault = findFault(query, endpoint.query ?? {}) ??
      findFault(body ?? {}, endpoint.body ?? {});
    if (fault !== undefined) return { refused: 4000, reason: fault };
    const [permission] = endpoint.permissions;
    return endpoint.handle({ grant, permission, query, body: body ?? {}, time }, world);
  }

  function refuse(refusal: Refusal, detail: object): Answer {
    const { name, status, text, meaning } = rowOf(refusal);
    const { refused: code, filling = "", reason = meaning } = refusal;
    const msg = wordsOf({ text, filling, meaning, name });
    const body = { code, msg, detail };
    return { status, body, errorCode: String(code), reason };
  }

  return {
    remember: grants.remember,
    answer(request, text, time, logId) {
      const { pathname } = new URL(request.url);
      const routes = ROUTES.filter(({ pattern }) => pattern.test(pathname));
      if (routes.length === 0) return undefined;
      const route = routes.find(({ endpoint }) => endpoint.method === request.method);
      if (!route) return answerOtherMethod(routes.map(({ endpoint }) => endpoint.method));
      if (text === undefined) return TOO_LARGE;
      const reply = judge(request, text, time, route);
      const detail = { logid: logId };
      if (isRefusal(reply)) return refuse(reply, detail);
      if (!("stream" in reply)) {
        return { status: 200, body: { code: 0, msg: "", data: reply.data, detail } };
      }
      const headers = { "content-type": "text/event-stream" };
      return { status: 200, headers, stream: reply.stream };
    },
  };
}

/** `[INF]` that an empty body stands for one without members, and that others must say they are JSON. */
function readBody(request: Request, text: string): JsonObject | undefined {
  if (text === "") return {};
  const type = request.headers.get("content-type") ?? "";
  return /^application\/json\s*(;|$)/i.test(type) ? readObject(text) : undefined;
}

function refusePermission(
  { resource }: Endpoint,
  permission: string,
  values: JsonObject,
): Refusal {
  const id = resource && values[resource];
  const named = typeof id === "string" ? `${resource}=${id} ` : "";
  return { refused: 4101, filling: named + permission, reason: `${permission} is missing` };
}

/** How Coze answers these is unknown: the words are the emulator's. */
function answerOtherMethod(methods: readonly string[]): Answer {
  const allow = methods.join(", ");
  return { status: 405, headers: { allow }, body: { emulator: `only ${allow} is answered` } };
}
