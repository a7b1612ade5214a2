/**
 * Event streams of chats as they come from Coze, as long as one likes.
 *
 * @module
 */

const ANSWER = "2024 年 10 月 1 日是星期三，也是国庆节，天气晴朗，适合出游。";

function frame(name: string, data: object): string {
  return `event:${name}\ndata:${JSON.stringify(data)}\n\n`;
}

/** Some deltas of about 250 bytes, with one to six characters each. */
const BLOCK = new TextEncoder().encode(
  Array.from({ length: 5000 }, (_, i) => {
    const at = (7 * i) % ANSWER.length;
    return frame("conversation.message.delta", {
      "id": "7382159494123470858",
      "conversation_id": "7381473525342978089",
      "bot_id": "7379462189365198898",
      "role": "assistant",
      "type": "answer",
      "content": ANSWER.slice(at, at + 1 + i % 6),
      "content_type": "text",
      "chat_id": "7382159487131697202",
    });
  }).join(""),
);
const END = new TextEncoder().encode(frame("done", ["DONE"]));

/**
 * Makes the body of an answer.
 *
 * @param megabytes How much of it there is, at least.
 * @param chunkBytes Bytes of a chunk.
 * @returns The body, which holds none of it.
 */
export function deltas(megabytes: number, chunkBytes: number): ReadableStream<Uint8Array> {
  let left = megabytes * 1e6;
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (left > 0) {
        const chunk = BLOCK.subarray(at, at + chunkBytes);
        at = (at + chunkBytes) % BLOCK.length;
        left -= chunk.length;
        // What the end of the block cuts off begins the next one.
        if (chunk.length < chunkBytes) at = 0;
        controller.enqueue(chunk);
        return;
      }
      if (at > 0) controller.enqueue(BLOCK.subarray(at));
      controller.enqueue(END);
      controller.close();
    },
  }, { highWaterMark: 0 });
}
