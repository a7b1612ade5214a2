// What all endpoints behind the token have in common: who may call them, and how they refuse.

import { findFault, type JsonObject, parseObject, type Shape } from "./rules.ts";
import { type Answer, type Call, type Grant, isJson, toSeconds } from "./world.ts";

/** One row of a table of endpoints: the call, its permissions and parameters, its function. */
export interface Endpoint {
  method: "GET" | "POST";
  /** The path, with `:name` for what stands in its place. */
  path: string;
  /** The token needs all of them. Source: the row 权限 of each endpoint's page. */
  permissions: readonly [string, ...string[]];
  /** The parameter that names what a refusal is about: `[INF]` where it is not `space_id`. */
  resource?: string;
  /** The parameters in query and path. */
  query?: Shape;
  /** The members of the JSON body. */
  body?: Shape;
  /** Returns the data, or a stream of events; throws a {@linkcode Refusal}. */
  handle: (call: ApiCall) => unknown;
}

/** A request whose token, permissions and parameters are good. */
export interface ApiCall extends Call {
  grant: Grant;
  /** The first permission that the endpoint needs, for the words of refusals. */
  permission: string;
  /** The parameters of query and path. */
  query: Readonly<Record<string, string | undefined>>;
  body: JsonObject;
}

interface RefusalRow {
  /** What the number means by Coze's page coze_error_codes. */
  meaning: string;
  /** Coze's own words, with `{}` for what the refusal is about; absent where they were not seen. */
  words?: string;
  /** The HTTP status; by default 200, as Coze's Chat SDK and many reports show for other numbers. */
  status?: number;
  /** As in token_endpoint.ts: `[DOC]`, `[ISSUE]` or `[INF]`. */
  evidence: string;
}

// deno-fmt-ignore
const REFUSALS = {
  4000: { meaning: "parameter error", words: "Request parameter error",
    evidence: "[ISSUE] code and text. [INF] status" },
  4001: { meaning: "invalid chat",
    evidence: "[DOC] coze_error_codes: code. [INF] status" },
  4002: { meaning: "invalid conversation",
    evidence: "[DOC] coze_error_codes: code. [INF] status, and that others' are invalid too" },
  4003: { meaning: "meta_data over limit",
    evidence: "[DOC] coze_error_codes: code; chat_v3: the limit. [INF] status" },
  4004: { meaning: "additional_messages over limit",
    evidence: "[DOC] coze_error_codes: code; chat_v3: the limit. [INF] status" },
  4007: { meaning: "stream=false needs auto_save_history=true",
    evidence: "[DOC] coze_error_codes, chat_v3: code. [INF] status" },
  4015: { meaning: "bot not published to API",
    words: "The bot_id {} has not been published to the channel Agent As API. Please refer to the " +
      "'Publish' section of the documentation at https://www.coze.cn/docs/guides to publish your " +
      "Bot to the corresponding channel.",
    evidence: "[ISSUE] code and text. [INF] status" },
  4016: { meaning: "conversation already has a running chat",
    evidence: "[DOC] coze_error_codes, chat_v3: code. [INF] status" },
  4100: { meaning: "authentication invalid", words: "authentication is invalid", status: 401,
    evidence: "[ISSUE] coze-py #78: code and text. [INF] status" },
  4101: { meaning: "no permission for the resource",
    words: "Your token does not have permission to access {}. Please verify whether the resource " +
      "ID or token is correct, and ensure that the necessary permissions are enabled at " +
      "https://coze.cn/open/oauth/pats.",
    evidence: "[ISSUE] status, code and text, for space_id and createBot. [INF] the other names" },
  4104: { meaning: "chat can't be cancelled in this state",
    evidence: "[DOC] coze_error_codes: code. [INF] status, and that a canceled chat is one" },
  4200: { meaning: "resource not found", words: "Requested resource {} does not exist",
    evidence: "[ISSUE] code and text, for bot_id. [INF] status, and the names of other resources" },
} as const satisfies Record<number, RefusalRow>;

/** Thrown to refuse a call: with what it is about, and with the reason for the journal. */
export class Refusal extends Error {
  readonly about: string;

  constructor(
    readonly code: keyof typeof REFUSALS,
    { about = "", reason = "" }: { about?: string; reason?: string } = {},
  ) {
    super(reason || REFUSALS[code].meaning);
    this.about = about;
  }
}

/** Answers a call of an endpoint: with its data in Coze's envelope, a stream, or a refusal. */
export function answerEndpoint(endpoint: Endpoint, call: Call): Answer {
  const detail = { logid: call.logId };
  try {
    const data = endpoint.handle(admit(endpoint, call));
    return data instanceof ReadableStream
      ? { status: 200, headers: { "content-type": "text/event-stream" }, body: data }
      : { status: 200, body: { code: 0, msg: "", data, detail } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, about, message: reason } = error;
    const { meaning, words, status = 200 }: RefusalRow = REFUSALS[code];
    const msg = words?.replace("{}", () => about) ?? `${meaning} (emulator)`;
    return { status, body: { code, msg, detail }, errorCode: String(code), reason };
  }
}

/** Checks token, permissions and parameters, in this order. Coze's order is not known. */
function admit(endpoint: Endpoint, call: Call): ApiCall {
  const { permissions, resource = "" } = endpoint;
  const grant = call.world.grants.get(call.bearer ?? "");
  if (!grant || grant.expiresAt <= toSeconds(call.time)) throw new Refusal(4100);
  // The Python SDK sends `conversation_id=` for a new conversation: an empty value is none.
  const given = [...call.url.searchParams].map(([name, value]) => [name, value || undefined]);
  const query = { ...Object.fromEntries(given), ...call.names };
  const body = endpoint.body ? readBody(call) : {};
  const missing = permissions.find((permission) =>
    [grant.app.permissions, grant.permissions].some((all) => all?.includes(permission) === false)
  );
  if (missing !== undefined) {
    const id = { ...query, ...body }[resource];
    const about = typeof id === "string" ? `${resource}=${id} ${missing}` : missing;
    throw new Refusal(4101, { about, reason: `${missing} is missing` });
  }
  if (!body) throw new Refusal(4000, { reason: "the body is no JSON object" });
  const fault = findFault(query, endpoint.query ?? {}) ?? findFault(body, endpoint.body ?? {});
  if (fault !== undefined) throw new Refusal(4000, { reason: fault });
  return { ...call, grant, permission: permissions[0], query, body };
}

/** `[INF]` that an empty body is one without members, and that others must say they are JSON. */
function readBody({ text, request }: Call): JsonObject | undefined {
  if (text === "") return {};
  return isJson(request) ? parseObject(text!) : undefined;
}
