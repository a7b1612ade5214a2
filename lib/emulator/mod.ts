/**
 * Coze in one function, for tests and trials with no account and no network: the token endpoint, and
 * of the API behind it workspaces, bots (create, update, publish, show, list), chats (streamed or
 * polled, canceled) and conversations. It verifies each JWT for real and refuses what Coze's
 * documents say must be refused. **It is not Coze and not for production**: the code marks as inferred
 * what is unknown about Coze, for example the order of its checks, and error texts of the emulator's
 * own say `(emulator`.
 *
 * Bots repeat the question; one that begins with `/slow`, `/fail`, `/stop`, `/error`, `/think` or
 * `/suggest` changes how they answer. Everything is kept in memory: a new emulator has no bots and
 * gives the same ids in the same order.
 *
 * @example
 * ```ts
 * import { createEmulator } from "./mod.ts";
 * import { generateKeyPairSync } from "node:crypto";
 *
 * const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
 * const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
 * const emulator = createEmulator({ apps: [{ clientId: "1127900106117", keys: { "key-1": pem } }] });
 *
 * // It fits where a client takes a `fetch` and where an HTTP server takes a handler.
 * const url = "https://api.coze.cn/api/permission/oauth2/token";
 * const response = await emulator(new Request(url, { method: "POST" }));
 * console.assert(response.status === 401);
 * console.assert((await response.json())["error_message"] === "invalid jwt: empty jwt token");
 * console.assert(emulator.journal[0]?.refusedBy === "bearer");
 * ```
 *
 * @module
 */

export { createEmulator, type Emulator } from "./emulator.ts";
export type { JournalEntry } from "./journal.ts";
export type {
  BotAnswer,
  BotQuestion,
  EmulatorApp,
  EmulatorOptions,
  EmulatorWorkspace,
  Fault,
} from "./options.ts";
