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
 * import { exchangeJwt } from "@coze-jwt/coze-jwt";
 * import { createEmulator } from "@coze-jwt/coze-jwt/emulator";
 * import { assert } from "@std/assert";
 *
 * // It fits where a client takes a `fetch` and where an HTTP server takes a handler.
 * const emulator = createEmulator();
 * const app = await emulator.createApp();
 * const { accessToken } = await exchangeJwt(app, {}, { fetch: emulator });
 * assert(accessToken.startsWith("czs_"));
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
