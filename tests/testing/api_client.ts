// A client of the emulated API, with a token and a virtual clock that its streams move on.

import { assertEquals } from "@std/assert";
import type { EmulatorApp, EmulatorOptions } from "../../lib/emulator/mod.ts";
import { NOW, type Overrides, setUp } from "./emulator_client.ts";

export const HOST = "https://api.coze.cn";
export const SPACE = "7400000000000000001";

/** One event of a stream. */
export interface SeenEvent {
  event: string;
  // deno-lint-ignore no-explicit-any
  data: any;
}

/** An emulator with one app, the token of a request bent like this, and what a client does. */
export async function setUpApi(
  app: Partial<EmulatorApp> = {},
  options: EmulatorOptions = {},
  overrides: Overrides = {},
) {
  const clock = { ms: NOW * 1000 };
  const waits: number[] = [];
  const { emulator, send } = setUp(app, {
    now: () => clock.ms,
    sleep: (ms) => {
      waits.push(ms);
      clock.ms += ms;
      return Promise.resolve();
    },
    ...options,
  });
  const token: string = (await send({ body: { duration_seconds: 86_399 }, ...overrides })).json
    .access_token;

  function createRequest(method: string, path: string, body?: unknown, bearer = token): Request {
    const headers = new Headers({ authorization: `Bearer ${bearer}` });
    if (body !== undefined) headers.set("content-type", "application/json");
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return new Request(HOST + path, { method, headers, ...(body !== undefined && { body: text }) });
  }

  async function call(method: string, path: string, body?: unknown, bearer?: string) {
    const response = await emulator(createRequest(method, path, body, bearer));
    const { status, headers } = response;
    const json = await response.json();
    assertEquals(headers.get("content-type"), "application/json");
    if ("code" in json) assertEquals(json.detail.logid, headers.get("x-tt-logid"));
    return { status, headers, json, data: json.data, entry: emulator.journal.at(-1) };
  }

  /** Creates a bot and publishes it to the API. */
  async function addBot(members: Record<string, unknown> = {}): Promise<string> {
    const bot = { space_id: SPACE, name: "node-chat2", ...members };
    const { bot_id } = (await call("POST", "/v1/bot/create", bot)).data;
    assertEquals((await publish(bot_id)).json.code, 0);
    return bot_id;
  }

  function publish(bot_id: string, connectors: unknown = ["1024"]) {
    return call("POST", "/v1/bot/publish", { bot_id, connector_ids: connectors });
  }

  /** Asks, not streaming. */
  function ask(bot_id: string, content: string, conversation?: string, more: object = {}) {
    return call("POST", chatPath(conversation), chatBody(bot_id, content, more));
  }

  /** Asks, streaming. */
  async function askStream(
    bot_id: string,
    content: string,
    conversation?: string,
    more: object = {},
  ) {
    const body = chatBody(bot_id, content, { stream: true, ...more });
    const response = await emulator(createRequest("POST", chatPath(conversation), body));
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    return response;
  }

  /** Asks, and reads the stream to its end: its text, its events and what the deltas say. */
  async function stream(bot_id: string, content: string, conversation?: string, more?: object) {
    const text = await (await askStream(bot_id, content, conversation, more)).text();
    const events = readEvents(text);
    return { text, events, said: textOf(events) };
  }

  /** Looks at a chat, or at its messages. */
  function poll(chat: { id: string; conversation_id: string }, what = "retrieve") {
    const query = `conversation_id=${chat.conversation_id}&chat_id=${chat.id}`;
    return call("GET", `/v3/chat/${what}?${query}`);
  }

  return {
    ...{ emulator, clock, waits, token, send, createRequest, call },
    ...{ addBot, publish, ask, askStream, stream, poll },
  };
}

function chatPath(conversation?: string): string {
  return "/v3/chat" + (conversation === undefined ? "" : `?conversation_id=${conversation}`);
}

function chatBody(bot_id: string, content: string, more: object) {
  const message = { role: "user", content, content_type: "text" };
  return { bot_id, user_id: "u1", additional_messages: [message], ...more };
}

/** Takes a stream apart that has exactly the form that was seen. */
export function readEvents(text: string): SeenEvent[] {
  return text.replace(/\n{1,2}$/, "").split("\n\n").map((block) => {
    const [, event, data] = /^event:([\w.]+)\ndata:(\S.*)$/.exec(block) ?? [];
    if (event === undefined) throw new Error(`no event: ${JSON.stringify(block)}`);
    return { event, data: JSON.parse(data!) };
  });
}

/** What the deltas say together. */
export function textOf(events: readonly SeenEvent[], member = "content"): string {
  return events.filter(({ event }) => event === "conversation.message.delta")
    .map(({ data }) => data[member] ?? "").join("");
}
