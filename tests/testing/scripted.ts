import { assertRejects } from "@std/assert";
import { createCozeClient } from "../../lib/api/mod.ts";
import { CozeError } from "../../lib/error.ts";
import { frame } from "./streams.ts";

/** A request as it was sent. */
export interface Sent {
  method: string;
  /** Path and query. */
  path: string;
  host: string;
  headers: Headers;
  body: unknown;
}

/** A response, or the function that makes it from the request. */
type ApiReply = Response | ((request: Request) => Response | Promise<Response>);

/** A fetch that gives these responses in order, and the requests it got. */
export function scripted(...answers: ApiReply[]) {
  const sent: Sent[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const { pathname, search, host } = new URL(request.url);
    const text = await request.text();
    sent.push({
      method: request.method,
      path: pathname + search,
      host,
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    });
    const answer = answers[sent.length - 1];
    if (answer === undefined) throw new Error(`request ${sent.length} was not expected`);
    return typeof answer === "function" ? await answer(request) : answer;
  };
  return { fetch, sent };
}

/** A token in the form of Coze's tokens. */
export const API_TOKEN = "czs_Canary0123456789abcdef";

/** A client of a scripted fetch. Its sleep takes no time but moves its clock. */
export function clientOf(...answers: ApiReply[]) {
  const { fetch, sent } = scripted(...answers);
  let time = 0;
  const pass = (ms: number) => time += ms;
  /** When each request was sent. */
  const times: number[] = [];
  const client = createCozeClient({
    token: API_TOKEN,
    fetch: (request) => {
      times.push(time);
      return fetch(request);
    },
    now: () => time,
    sleep: (ms) => {
      pass(ms);
      return Promise.resolve();
    },
  });
  return { client, fetch, sent, times, pass };
}

/** The CozeError that a call rejects with. */
export function errorOf(call: () => unknown): Promise<CozeError> {
  return assertRejects(async () => await call(), CozeError);
}

export const LOG_ID = "20241210152726467C48D89D6DB2AAAA";

/** A success. Source: Coze's page create_bot. */
export function data(value: unknown): Response {
  return Response.json({ code: 0, msg: "", data: value, detail: { logid: LOG_ID } });
}

/** A refusal. At Coze many have the status 200. */
export function refusal(code: number | string, msg = "words", status = 200): Response {
  return Response.json({ code, msg, detail: { logid: LOG_ID } }, { status });
}

/** A stream of events, each with a name and its data. */
export function events(...list: [name: string, data: unknown][]): Response {
  const text = list.map(([name, each]) => frame(name, JSON.stringify(each)));
  return new Response(text.join(""), { headers: { "content-type": "text/event-stream" } });
}

export const CHAT = {
  id: "7382159487131697202",
  "conversation_id": "7381473525342978089",
  "bot_id": "7379462189365198898",
  status: "in_progress",
};
/** The ids of {@linkcode CHAT}. */
export const REFERENCE = { conversationId: CHAT.conversation_id, chatId: CHAT.id };
export const ANSWER = {
  id: "7382159494123470858",
  "conversation_id": CHAT.conversation_id,
  "bot_id": CHAT.bot_id,
  "chat_id": CHAT.id,
  role: "assistant",
  type: "answer",
  content: "2024 年 10 月 1 日是星期三。",
  "content_type": "text",
};
export const BOT = { workspaceId: "7348293334293334012", name: "node-chat2" };
export const QUESTION = { botId: CHAT.bot_id, userId: "user-1", messages: "今天星期几？" };
