/** How the API refuses: Coze's number for it, and what goes into the words. */
export interface Refusal {
  refused: keyof typeof REFUSALS;
  /** What fills the `{}` of the row's text. */
  filling?: string;
  /** What is wrong, for the journal, where the row's meaning does not tell. */
  reason?: string;
}

/** One row of the table. */
export interface RefusalRow {
  /** A word for it, for words of the emulator's. */
  name: string;
  /** The HTTP status. */
  status: number;
  /** Coze's own words, with `{}` for what the refusal fills in. */
  text: string | undefined;
  /** What the number means by Coze's page coze_error_codes. */
  meaning: string;
  /** As in checks.ts: `[DOC]`, `[ISSUE]` or `[INF]`. */
  evidence: string;
}

/** Words of Coze that nobody has recorded; wording.ts puts others in their place. */
const UNKNOWN = undefined;
/** Coze's own Chat SDK and many reports show numbers other than 0 with this status. */
const OK = 200;

// deno-fmt-ignore
const REFUSALS = {
  4000: { name: "parameter", status: OK, text: "Request parameter error",
    meaning: "parameter error",
    evidence: "[ISSUE] code and text. [INF] status" },
  4001: { name: "chat", status: OK, text: UNKNOWN, meaning: "invalid chat",
    evidence: "[DOC] coze_error_codes: code. [INF] status" },
  4002: { name: "conversation", status: OK, text: UNKNOWN, meaning: "invalid conversation",
    evidence: "[DOC] coze_error_codes: code. [INF] status, and that others' are invalid too" },
  4003: { name: "meta-data", status: OK, text: UNKNOWN, meaning: "meta_data over limit",
    evidence: "[DOC] coze_error_codes: code; chat_v3: the limits. [INF] status" },
  4004: { name: "messages", status: OK, text: UNKNOWN, meaning: "additional_messages over limit",
    evidence: "[DOC] coze_error_codes: code; chat_v3: the limit. [INF] status" },
  4007: { name: "history", status: OK, text: UNKNOWN,
    meaning: "stream=false needs auto_save_history=true",
    evidence: "[DOC] coze_error_codes, chat_v3: code. [INF] status" },
  4015: { name: "published", status: OK,
    text: "The bot_id {} has not been published to the channel Agent As API. Please refer to the " +
      "'Publish' section of the documentation at https://www.coze.cn/docs/guides to publish your " +
      "Bot to the corresponding channel.",
    meaning: "bot not published to API",
    evidence: "[ISSUE] code and text. [INF] status" },
  4016: { name: "busy", status: OK, text: UNKNOWN,
    meaning: "conversation already has a running chat",
    evidence: "[DOC] coze_error_codes, chat_v3: code. [INF] status" },
  4100: { name: "token", status: 401, text: "authentication is invalid",
    meaning: "authentication invalid",
    evidence: "[ISSUE] coze-py #78: code and text. [INF] status" },
  4101: { name: "permission", status: OK,
    text: "Your token does not have permission to access {}. Please verify whether the resource " +
      "ID or token is correct, and ensure that the necessary permissions are enabled at " +
      "https://coze.cn/open/oauth/pats.",
    meaning: "no permission for the resource",
    evidence: "[ISSUE] status, code and text, for space_id and createBot. [INF] the other names" },
  4104: { name: "cancel", status: OK, text: UNKNOWN,
    meaning: "chat can't be cancelled in this state",
    evidence: "[DOC] coze_error_codes: code. [INF] status, and that a canceled chat is one" },
  4200: { name: "resource", status: OK, text: "Requested resource {} does not exist",
    meaning: "resource not found",
    evidence: "[ISSUE] code and text, for bot_id. [INF] status, and the names of other resources" },
} as const satisfies Record<number, RefusalRow>;

/**
 * Finds the row of a refusal.
 *
 * @param refusal The refusal.
 * @returns Its status, words and evidence.
 */
export function rowOf({ refused }: Refusal): RefusalRow {
  return REFUSALS[refused];
}

/**
 * Tells a refusal from what was asked for.
 *
 * @param result What a lookup or an endpoint gave.
 * @returns True for a refusal.
 */
export function isRefusal(result: object): result is Refusal {
  return "refused" in result;
}
