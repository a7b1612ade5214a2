import { createCozeClient } from "../../lib/api/mod.ts";
import { anyText, editedText, jsonText, objectText } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold, mayRefuse } from "./holds.ts";
import { CANARY, fetchOf, NOW, reply } from "./replies.ts";

const CODES = new RegExp(
  "^(?:answer-|connection-|dns-failure|timeout|tls-untrusted|sandbox-net|proxy-refused|" +
    "redirected|token-|permission-|bot-not-published|resource-|conversation-|request-|content-|" +
    "quota-|model-fault|rate-limited|server-fault|interrupted|api-refused)",
);
const ID = "7382159487131697202";
const GOOD = {
  "bot_id": ID,
  version: "1",
  workspaces: [{ id: ID, name: "a", "role_type": "owner", "workspace_type": "team" }],
  "total_count": 1,
  items: [{ id: ID, name: "b", "is_published": true, "updated_at": 1718289297 }],
  total: 1,
  id: ID,
  "conversation_id": ID,
  status: "completed",
};
const MEMBERS = [...Object.keys(GOOD), "name", "updated_at", "last_error", "__proto__", "length"];
const value = fc.oneof(
  jsonText,
  fc.constantFrom(
    `"${ID}"`,
    ID,
    "null",
    "[]",
    "[null]",
    "[[]]",
    '"completed"',
    '"failed"',
    "1e999",
  ),
);
const data = fc.oneof(
  fc.constant(JSON.stringify(GOOD)),
  editedText(fc.constant(JSON.stringify(GOOD)), '"', "{", "[", "null", "NaN", ID, "\\ud800"),
  objectText(MEMBERS, fc.oneof(value, objectText(MEMBERS, value).map((item) => `[${item}]`))),
  jsonText,
);
const envelope = fc.tuple(
  fc.constantFrom("0", "0", "4100", "4101", "5000", "null", '"0"'),
  data,
  anyText,
)
  .map(([code, data, msg]) => `{"code":${code},"msg":${JSON.stringify(msg)},"data":${data}}`);
/** An answer that is nearly right, or any other answer. */
const apiReply = fc.oneof(
  { weight: 3, arbitrary: envelope.map((body) => ({ status: 200, headers: [], body })) },
  { weight: 1, arbitrary: reply },
);

type Client = ReturnType<typeof createCozeClient>;
const reference = { conversationId: ID, chatId: ID };
const question = { botId: ID, userId: "u", messages: "x" };
const CALLS: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  workspaces: (client) => Array.fromAsync(client.workspaces()),
  bots: (client) => Array.fromAsync(client.bots(ID)),
  createBot: (client) => client.createBot({ workspaceId: ID, name: "b" }),
  publishBot: (client) => client.publishBot(ID),
  cancelChat: (client) => client.cancelChat(reference),
  ask: (client) => client.ask(question, { stream: false }),
  chat: (client) => Array.fromAsync(client.chat(question)),
};

/** Fails when an id in a result is empty or no text. */
function holdIds(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const isId = name === "id" || name === "chatId" || name === "conversationId";
    if (isId) hold(typeof inner === "string" && inner !== "", `${name} is an id`);
    else if (name !== "requiredAction") holdIds(inner);
  }
}

/** Reads the answers of the API. */
export const API_TARGETS: readonly Target[] = [
  target({
    name: "api",
    claim: "createCozeClient() gives a result or a CozeError, and shows no token",
    arbitrary: fc.record({
      call: fc.constantFrom(...Object.keys(CALLS)),
      replies: fc.array(apiReply, { minLength: 1, maxLength: 3 }),
    }),
    async check({ call, replies }) {
      let asked = 0;
      const answerTo = fetchOf(replies);
      const client = createCozeClient({
        token: (refused) => refused === undefined ? CANARY : `${CANARY}2`,
        fetch(request) {
          asked++;
          return answerTo(request);
        },
        now: () => NOW,
        sleep: () =>
          asked > 50 ? Promise.reject(new DOMException("x", "AbortError")) : Promise.resolve(),
      });
      const result = await mayRefuse(CODES, () => CALLS[call]!(client)).catch((error) => {
        // The client polls a chat until it ends; here `sleep` stops it.
        if (error?.name !== "AbortError") throw error;
      });
      holdIds(result);
    },
    runs: 500,
  }),
];
