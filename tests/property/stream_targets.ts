import type { ChatEvent } from "../../lib/api/chat_types.ts";
import { CozeError } from "../../lib/error.ts";
import { anyText, editedText, jsonText, objectText, textOf } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold, mayRefuse } from "./holds.ts";
import { chatEvents } from "../testing/streams.ts";

/** Codes of the errors of a stream. */
const CODES = new RegExp(
  "^(?:answer-(?:invalid|too-large)|connection-lost|token-|permission-|bot-|resource-|" +
    "conversation-|request-|content-|quota-|model-fault|rate-limited|server-fault|api-refused)",
);

const NAMES = "created in_progress completed failed requires_action".split(" ")
  .map((name) => `conversation.chat.${name}`)
  .concat("conversation.message.delta", "conversation.message.completed")
  .concat("conversation.audio.delta", "done", "error", "ping", "");
const MEMBERS =
  "id conversation_id bot_id chat_id status last_error usage required_action role type"
    .concat(" content content_type reasoning_content code msg detail token_count").split(" ");
const GOOD = {
  "id": "7382159487131697202",
  "conversation_id": "7381473525342978089",
  "status": "created",
  "type": "answer",
  "content": "星期三 👍",
};
const good = JSON.stringify(GOOD);

/** Values of ids, codes and counts, right and wrong. */
const value = fc.oneof(
  jsonText,
  fc.constantFrom("7382159487131697202", '"7382159487131697202"', "5000", '"4100"', "NaN"),
  objectText(MEMBERS),
);
const data = fc.oneof(
  fc.constant(good),
  fc.tuple(fc.constantFrom(...MEMBERS), value)
    .map(([name, value]) => `${good.slice(0, -1)},"${name}":${value}}`),
  editedText(fc.constant(good), '"', "{", "}", "\\", "\n", "NaN", "1e999", "\u2028"),
  objectText(MEMBERS, value),
  fc.constantFrom('{"code":4000,"msg":"x","detail":{"logid":"y"}}', '"[DONE]"', "[DONE]", "{}"),
  jsonText,
);
const end = fc.constantFrom("\n", "\r\n", "\r");
const frame = fc.tuple(fc.constantFrom(...NAMES), data, end, fc.constantFrom("", " "))
  .map(([name, data, end, space]) => {
    const lines = data.split(/\r\n|\n|\r/).map((line) => `data:${space}${line}${end}`).join("");
    return (name && `event:${space}${name}${end}`) + lines + end;
  });
const PIECES = "data: data event: id: retry: : \n \r \r\n \n\n { } {} \ufeff done error".split(" ")
  .concat(good, "conversation.message.delta", '{"code":1}');
const text = fc.oneof(
  { weight: 6, arbitrary: fc.array(frame, { maxLength: 6 }).map((frames) => frames.join("")) },
  { weight: 2, arbitrary: editedText(frame, ...PIECES) },
  { weight: 2, arbitrary: fc.tuple(frame, data).map(([frame, json]) => frame + json) },
  { weight: 1, arbitrary: textOf(...PIECES) },
  { weight: 1, arbitrary: anyText },
);
/** The error that ends the body, if any. */
const thrown = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.record({ error: fc.oneof(fc.anything(), anyText.map((words) => new TypeError(words))) }),
);

/** A body in chunks, cut at these places. */
function bodyOf(bytes: Uint8Array, cuts: readonly number[], end?: { error: unknown }) {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const ends = [...places, bytes.length];
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const to = ends.shift();
      if (to === undefined) {
        if (end) controller.error(end.error);
        else controller.close();
        return;
      }
      controller.enqueue(bytes.subarray(at, to));
      at = to;
    },
  }, { highWaterMark: 0 });
}

function holdEvent(event: ChatEvent): void {
  const object: Record<string, unknown> = "chat" in event
    ? { ...event.chat }
    : { ...("message" in event ? event.message : event) };
  const { requiredAction: _, usage, lastError, ...texts } = object;
  const values = Object.values({ ...texts, ...lastError as object });
  hold(values.every((each) => each === undefined || typeof each === "string"), "texts");
  hold(Object.values({ ...usage as object }).every(Number.isFinite), "usage is finite");
  if ("id" in texts) {
    hold(texts["id"] !== "" && texts["conversationId"] !== "", "ids are not empty");
  }
}

/** The events and the error as text, so that two outcomes can be compared. */
async function outcomeOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const out: unknown[] = [];
  await mayRefuse(CODES, async () => {
    try {
      for await (const event of chatEvents(body)) {
        holdEvent(event);
        out.push(event);
      }
    } catch (error) {
      if (error instanceof CozeError) out.push([error.code, error.details, error.server]);
      throw error;
    }
  });
  return JSON.stringify(out);
}

/** Reads the stream of a chat. */
export const STREAM_TARGETS: readonly Target[] = [
  target({
    name: "stream",
    claim: "readChatStream() yields the same events or CozeError however the stream is split",
    arbitrary: fc.record({ text, cuts: fc.array(fc.nat(), { maxLength: 8 }), thrown }),
    async check({ text, cuts, thrown }) {
      const bytes = new TextEncoder().encode(text);
      const whole = await outcomeOf(bodyOf(bytes, [], thrown));
      hold(whole === await outcomeOf(bodyOf(bytes, cuts, thrown)), "cuts change nothing");
    },
    runs: 1000,
  }),
];
