import { assertEquals, assertThrows } from "@std/assert";
import { readChat, readErrorNumber, readMessage } from "../../../lib/api/chat_objects.ts";
import { CozeError } from "../../../lib/error.ts";
import { chatJson, messageJson } from "../../testing/streams.ts";

Deno.test("readChat() reads the chat that waits for tools", () => {
  const action = { "type": "submit_tool_outputs", "submit_tool_outputs": { "tool_calls": [] } };
  const json = chatJson({ "status": "requires_action", "required_action": action });
  assertEquals(readChat(json), {
    id: "7382159487131697202",
    conversationId: "7381473525342978089",
    botId: "7379462189365198898",
    status: "requires_action",
    usage: { tokenCount: 3, outputCount: 1, inputCount: 2 },
    requiredAction: action,
  });
});

Deno.test("readChat() leaves out what says nothing", () => {
  const least = { "id": "1", "conversation_id": "2", "status": "brand_new" };
  const bare = { id: "1", conversationId: "2", botId: "", status: "brand_new" };
  assertEquals(readChat(least), bare);
  const nothing = { "last_error": null, "usage": null, "required_action": null, "bot_id": null };
  assertEquals(readChat({ ...least, ...nothing }), bare);
  const well = { "last_error": { "code": 0, "msg": "" }, "required_action": { "type": "" } };
  assertEquals(readChat({ ...least, ...well }), bare);
  assertEquals(readChat({ ...least, "usage": { "token_count": 1 } }).usage, {
    tokenCount: 1,
    outputCount: 0,
    inputCount: 0,
  });
});

Deno.test("readChat() tells why a chat failed, by a code that is text", () => {
  for (const code of [5000, "5000"]) {
    const { lastError } = readChat(chatJson({ "last_error": { code, "msg": "a\x1b[2J\nb" } }));
    assertEquals(lastError, { code: "5000", message: "a b" });
  }
});

Deno.test("readMessage() reads what the model thinks", () => {
  const json = messageJson({ "reasoning_content": "hm", "content": undefined });
  const { content, reasoningContent } = readMessage(json);
  assertEquals([content, reasoningContent], ["", "hm"]);
  assertEquals("reasoningContent" in readMessage(messageJson()), false);
});

Deno.test("readMessage() reads messages of a list, which name no chat", () => {
  const { chatId } = readMessage(messageJson({ "chat_id": undefined }));
  assertEquals(chatId, "");
});

/** Numbers as they stand in JSON, and what an id is made of them. */
const IDS: readonly [json: string, id: string | undefined][] = [
  ["123", "123"],
  ["9007199254740991", "9007199254740991"],
  ["9007199254740993", undefined],
  ["7382159494123470858", undefined],
  ["1.5", undefined],
  ["-1", undefined],
  ["1e999", undefined],
  ['"7382159494123470858"', "7382159494123470858"],
  ['""', undefined],
  ["null", undefined],
  ["{}", undefined],
  ["true", undefined],
];
for (const [json, id] of IDS) {
  Deno.test(`readMessage() makes of the id ${json} ${id ?? "an error"} (security 10)`, () => {
    const message = messageJson({ "id": JSON.parse(json) });
    if (id !== undefined) assertEquals(readMessage(message).id, id);
    else {
      const error = assertThrows(() => readMessage(message), CozeError);
      assertEquals([error.code, error.details], ["answer-invalid", { member: "id" }]);
    }
  });
}

const HOSTILE: readonly [read: (json: unknown) => unknown, json: unknown, member: string][] = [
  [readChat, undefined, "data"],
  [readChat, "{}", "data"],
  [readChat, [], "data"],
  [readChat, JSON.parse('{"__proto__":{"id":"1","conversation_id":"2","status":"x"}}'), "id"],
  [readChat, chatJson({ "status": 1 }), "status"],
  [readChat, chatJson({ "bot_id": 2 ** 60 }), "bot_id"],
  [readChat, chatJson({ "last_error": "x" }), "last_error"],
  [readChat, chatJson({ "last_error": { "code": 1, "msg": {} } }), "msg"],
  [readChat, chatJson({ "required_action": "x" }), "required_action"],
  [readMessage, messageJson({ "content": { "toString": "x" } }), "content"],
  [readMessage, messageJson({ "content": null }), "content"],
  [readMessage, messageJson({ "role": [] }), "role"],
  [readMessage, messageJson({ "chat_id": false }), "chat_id"],
  [readMessage, messageJson({ "reasoning_content": 1 }), "reasoning_content"],
];
for (const [read, json, member] of HOSTILE) {
  const shown = JSON.stringify(json)?.slice(-45);
  Deno.test(`${read.name}() refuses …${shown} for its ${member} (security 10)`, () => {
    const error = assertThrows(() => read(json), CozeError);
    assertEquals([error.code, error.details], ["answer-invalid", { member }]);
  });
}

Deno.test("readChat() refuses no answer for what it cost", () => {
  const usage = { tokenCount: 12, outputCount: 0, inputCount: 0 };
  const odd = { "token_count": "12", "output_count": -1, "input_count": [] };
  assertEquals(readChat(chatJson({ "usage": odd })).usage, usage);
  assertEquals(readChat(chatJson({ "usage": "x" })).usage, undefined);
});

for (
  const id of ["1; touch x", "$(x)", "`x`", "1\nerror[forged]: x", "../..", "１２", "a".repeat(65)]
) {
  Deno.test(`readChat() refuses the id ${JSON.stringify(id)}, which may end in a command (security 13)`, () => {
    for (const member of ["id", "conversation_id", "bot_id"]) {
      const error = assertThrows(() => readChat(chatJson({ [member]: id })), CozeError);
      assertEquals([error.code, error.details.member], ["answer-invalid", member]);
    }
  });
}

Deno.test("readErrorNumber() makes text of numbers, and nothing of all is well", () => {
  const values = [4000, "4000", -1, 0, "0", "", undefined, null, {}, true];
  assertEquals(values.map(readErrorNumber), ["4000", "4000", "-1", ...Array(7).fill(undefined)]);
});

Deno.test("readChat() refuses an action nested so deeply that nobody could write it (security 10)", () => {
  const nested = (levels: number) =>
    chatJson({
      "required_action": { "x": JSON.parse("[".repeat(levels) + "]".repeat(levels)) },
    });
  readChat(nested(63));
  for (const levels of [64, 10_000]) {
    const error = assertThrows(() => readChat(nested(levels)), CozeError);
    assertEquals(error.details, { member: "required_action" });
  }
});
