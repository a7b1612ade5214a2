import type { ErrorCode, ServerAnswer } from "../error.ts";
import { parseObject, readServerAnswer } from "../token_response.ts";
import type { Answer } from "../transport.ts";

/** How an endpoint of the API answered. */
export interface ApiVerdict {
  /** What is wrong; absent when all is well, or when the answer says nothing that is known. */
  code?: ErrorCode;
  /** Whether the call succeeded. */
  ok: boolean;
  server: ServerAnswer;
}

/** Numbers of Coze's page coze_error_codes, with 700012006 of older gateways. */
const CODES: readonly [RegExp, ErrorCode][] = [
  [/^(?:4100|700012006)$/, "token-invalid"],
  [/^4101$/, "permission-missing"],
  [/^4015$/, "bot-not-published"],
  [/^4016$/, "conversation-busy"],
  [/^(?:4001|4002|4005|4006|4200)$/, "resource-not-found"],
  [/^(?:4000|4003|4004|4007|4010|4021|4104|43\d\d)$/, "request-invalid"],
  [/^(?:4014|4102|4105)$/, "content-refused"],
  [/^(?:4008|4011|4019|4022)$/, "quota-exhausted"],
  [/^(?:4009|4020)$/, "rate-limited"],
  [/^(?:4012|4013)$/, "model-fault"],
];

/**
 * Says what a number of the API means.
 *
 * @param number The member `code` of an answer, of an event, or of a chat's `last_error`, as text.
 * @param inChat Whether a chat had begun, where 5000 is the model's fault.
 * @returns The cause; nothing for a number that no page explains.
 */
export function codeOfNumber(number: string, inChat: boolean): ErrorCode | undefined {
  if (number === "5000") return inChat ? "model-fault" : "server-fault";
  return CODES.find(([pattern]) => pattern.test(number))?.[1];
}

/**
 * Judges an answer of the API: the body before the status, because many refusals come with status
 * 200. Source: Coze's page coze_error_codes.
 *
 * @param answer The answer, read to its end.
 * @returns What it says. Only 401 and the numbers that mean it say that the token is invalid.
 */
export function judgeApiAnswer(answer: Answer): ApiVerdict {
  const json = parseObject(answer.text);
  const server = readServerAnswer(answer, json);
  const code = codeOf(answer.status, server, json !== undefined);
  // Nothing but this number says that all went well.
  const isFine = json?.["code"] === 0 || json?.["code"] === "0";
  const ok = !code && answer.status < 300 && server.code === undefined && isFine;
  return { ok, server, ...(code && { code }) };
}

function codeOf(status: number, server: ServerAnswer, isJson: boolean): ErrorCode | undefined {
  // A limit and a fault say nothing about the token, whatever stands in the body.
  if (status === 429) return "rate-limited";
  if (status >= 500) return "server-fault";
  // Seen in coze-go #56: a token of coze.cn at api.coze.com.
  const elsewhere = /token you entered is incorrect/i.test(server.message ?? "");
  if (server.code === "4101" && elsewhere) return "token-other-region";
  const known = codeOfNumber(server.code ?? "", false);
  if (known) return known;
  if (status === 407) return "proxy-refused";
  if (status === 401) return "token-invalid";
  if (status >= 300 && status < 400) return "redirected";
  return isJson ? undefined : "answer-not-json";
}
