import type { ErrorCode, ServerAnswer } from "../error.ts";
import type { HttpResponse } from "../http.ts";
import { type Json, parseObject } from "../json.ts";
import { readServerAnswer } from "../server_answer.ts";

/** How an endpoint of the API answered. */
export interface ApiVerdict {
  /** The code of the error; `undefined` on success. */
  code?: ErrorCode;
  server: ServerAnswer;
  json?: Json;
}

/**
 * The numbers of Coze's page coze_error_codes; after a semicolon those that the page does not have:
 * 700012006 access token invalid (Coze's page troubleshooting_4100_4101), 4027 unpaid bills and 4028
 * free quota used up (coze-py #425), 710005002 rate limit (seen), 702093018 a plugin's rate limit
 * (Coze's plugin FAQ).
 */
const NUMBERS: Partial<Record<ErrorCode, string>> = {
  "token-invalid": "4100; 700012006",
  "permission-missing": "4101",
  "bot-not-published": "4015",
  "conversation-busy": "4016",
  "resource-not-found": "4001 4002 4005 4006 4200 4314",
  "request-invalid": "4000 4003 4004 4007 4010 4021 4104 4201 4300 4301 4302 4303 4304 4315",
  "content-refused": "4014 4102 4105",
  "quota-exhausted": "4008 4011 4019 4022; 4027 4028",
  "rate-limited": "4009 4020; 710005002 702093018",
  "model-fault": "4012 4013",
};

/** The error code for each number that Coze's pages explain. */
export const API_CODES: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries(NUMBERS).flatMap(([code, numbers]) =>
    numbers.match(/\d+/g)!.map((number) => [number, code as ErrorCode])
  ),
);

/**
 * The cause that a number of the API stands for: `code` of a response, of an event, or of a chat's
 * `last_error`. Gives `api-refused` for a number that no page explains. Once a chat has begun, 5000
 * is the model's fault.
 */
export function codeOfNumber(number: string, message = "", inChat = false): ErrorCode {
  if (number === "5000") return inChat ? "model-fault" : "server-fault";
  // Coze sends this for a token that has ended or was revoked, and for one of the other region
  // (coze-go #56); usually the number means a permission.
  if (number === "4101" && /token you entered is incorrect/i.test(message)) return "token-invalid";
  return API_CODES.get(number) ?? "api-refused";
}

/**
 * Judges a response of the API: 429 and 5xx by the status, any other by the body first, because many
 * refusals come with status 200. Source: Coze's page coze_error_codes.
 */
export function judgeApiResponse(response: HttpResponse): ApiVerdict {
  const json = parseObject(response.text);
  const server = readServerAnswer(response, json);
  return { code: apiErrorCode(server, json), server, json };
}

/** Why Coze refused; `undefined` on success. */
export function apiErrorCode(
  { status, code: number, message }: ServerAnswer,
  json: Json | undefined,
): ErrorCode | undefined {
  // A limit and a fault say nothing about the token, whatever the body says.
  if (status === 429) return "rate-limited";
  if (status >= 500) return "server-fault";
  const code = number === undefined ? undefined : codeOfNumber(number, message);
  if (code !== undefined && code !== "api-refused") return code;
  if (status === 407) return "proxy-refused";
  if (status === 401) return "token-invalid";
  if (status >= 300 && status < 400) return "redirected";
  if (!json) return "answer-invalid";
  if (code !== undefined || status >= 400) return "api-refused";
  return json["code"] === 0 || json["code"] === "0" ? undefined : "answer-invalid";
}
