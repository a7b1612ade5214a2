import { assertEquals, assertThrows } from "@std/assert";
import { chatFailure, readChat, readMessage } from "../../../lib/api/chat_json.ts";
import type { Chat } from "../../../lib/api/chat_types.ts";
import { CozeError, type ErrorCode } from "../../../lib/error.ts";
import { chatJson, messageJson } from "../../testing/streams.ts";

Deno.test("readChat() reads a chat that waits for tools", () => {
  const action = { "type": "submit_tool_outputs", "submit_tool_outputs": { "tool_calls": [] } };
  const json = chatJson({ "status": "requires_action", "required_action": action });
  assertEquals(readChat(json), {
    id: "7382159487131697202",
    conversationId: "7381473525342978089",
    botId: "7379462189365198898",
    status: "requires_action",
    lastError: undefined,
    usage: { tokenCount: 3, outputCount: 1, inputCount: 2 },
    requiredAction: action,
    logId: undefined,
  });
});

Deno.test("readChat() takes what says nothing for absent", () => {
  const least = { "id": "1", "conversation_id": "2", "status": "brand_new" };
  const nothing = { "last_error": null, "usage": null, "required_action": null, "bot_id": null };
  const well = { "last_error": { "code": 0, "msg": "" }, "required_action": { "type": "" } };
  for (const more of [{}, nothing, well]) {
    const { id, conversationId, status, ...rest } = readChat({ ...least, ...more });
    assertEquals([id, conversationId, status], ["1", "2", "brand_new"]);
    assertEquals(Object.values(rest).filter(Boolean), []);
  }
});

Deno.test("readChat() accepts any usage", () => {
  const rows: [usage: unknown, counts: number[] | undefined][] = [
    [{ "token_count": 1 }, [1, 0, 0]],
    [{ "token_count": "12", "output_count": -1, "input_count": [] }, [12, 0, 0]],
    ["x", undefined],
    [{ "token_count": Infinity, "output_count": "1e9" }, [0, 0, 0]],
  ];
  for (const [json, counts] of rows) {
    const { usage } = readChat(chatJson({ "usage": json }));
    assertEquals(usage && [usage.tokenCount, usage.outputCount, usage.inputCount], counts);
  }
});

Deno.test("readChat() gives the number of an error as text", () => {
  for (const code of [5000, "5000"]) {
    const { lastError } = readChat(chatJson({ "last_error": { code, "msg": "a\x1b[2J\nb" } }));
    assertEquals(lastError, { code: "5000", message: "a b" });
  }
});

Deno.test("readMessage() reads reasoning, and messages of a list, which name no chat", () => {
  const { content, reasoningContent } = readMessage(
    messageJson({ "reasoning_content": "hm", "content": undefined }),
  );
  assertEquals([content, reasoningContent], ["", "hm"]);
  const plain = readMessage(messageJson({ "chat_id": undefined }));
  assertEquals([plain.chatId, "reasoningContent" in plain], ["", false]);
});

Deno.test("readMessage() refuses an id that is rounded or missing (security 10)", () => {
  // An id as in JSON, and as it is read; `undefined`: it is refused.
  const rows: [json: string, id: string | undefined][] = [
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
  for (const [json, id] of rows) {
    const message = messageJson({ "id": JSON.parse(json) });
    if (id !== undefined) assertEquals(readMessage(message).id, id);
    else {
      const error = assertThrows(() => readMessage(message), CozeError, undefined, json);
      assertEquals([error.code, error.details], ["answer-invalid", { member: "id" }], json);
    }
  }
});

Deno.test("readChat() and readMessage() name the member they refuse (security 10)", () => {
  const proto = JSON.parse('{"__proto__":{"id":"1","conversation_id":"2","status":"x"}}');
  const nested = (levels: number) => ({ "x": JSON.parse("[".repeat(levels) + "]".repeat(levels)) });
  const rows: [read: (json: unknown) => unknown, member: string, json: unknown][] = [
    [readChat, "data", undefined],
    [readChat, "data", "{}"],
    [readChat, "data", []],
    [readChat, "id", proto],
    [readChat, "status", chatJson({ "status": 1 })],
    [readChat, "bot_id", chatJson({ "bot_id": 2 ** 60 })],
    [readChat, "last_error", chatJson({ "last_error": "x" })],
    [readChat, "msg", chatJson({ "last_error": { "code": 1, "msg": {} } })],
    [readChat, "required_action", chatJson({ "required_action": "x" })],
    // Too deep for JSON.stringify().
    [readChat, "required_action", chatJson({ "required_action": nested(64) })],
    [readChat, "required_action", chatJson({ "required_action": nested(10_000) })],
    [readMessage, "content", messageJson({ "content": { "toString": "x" } })],
    [readMessage, "content", messageJson({ "content": null })],
    [readMessage, "role", messageJson({ "role": [] })],
    [readMessage, "chat_id", messageJson({ "chat_id": false })],
    [readMessage, "reasoning_content", messageJson({ "reasoning_content": 1 })],
  ];
  for (const [read, member, json] of rows) {
    const error = assertThrows(() => read(json), CozeError, undefined, member);
    assertEquals([error.code, error.details], ["answer-invalid", { member }]);
  }
  readChat(chatJson({ "required_action": nested(63) }));
});

Deno.test("readChat() refuses an id that a shell would run (security 13)", () => {
  const ids = ["1; touch x", "$(x)", "`x`", "1\nerror[forged]: x", "../..", "１２", "a".repeat(65)];
  for (const id of ids) {
    for (const member of ["id", "conversation_id", "bot_id"]) {
      const json = chatJson({ [member]: id });
      const error = assertThrows(() => readChat(json), CozeError, undefined, id);
      assertEquals([error.code, error.details.member], ["answer-invalid", member], id);
    }
  }
});

Deno.test("chatFailure() refuses what is no chat", () => {
  const error = assertThrows(() => chatFailure(null as never), CozeError);
  assertEquals([error.code, error.details.name], ["usage", "chat"]);
});

Deno.test("chatFailure() gives Coze's number and words", () => {
  const rows: [lastError: Chat["lastError"], code: ErrorCode, message: string][] = [
    [undefined, "model-fault", "The chat failed"],
    [{ code: "5000", message: "" }, "model-fault", "The chat failed: 5000"],
    [{ code: "4028", message: "used up" }, "quota-exhausted", "The chat failed: 4028 used up"],
    [{ code: "7", message: "x" }, "api-refused", "The chat failed: 7 x"],
  ];
  for (const [lastError, code, message] of rows) {
    const chat = { ...readChat(chatJson({ status: "failed" }), { logId: "LOG1" }), lastError };
    const error = chatFailure(chat);
    assertEquals([error.code, error.message, error.server?.logId], [code, message, "LOG1"]);
    const ids = { chatId: chat.id, conversationId: chat.conversationId, bot: chat.botId };
    assertEquals(error.details, ids);
  }
});
