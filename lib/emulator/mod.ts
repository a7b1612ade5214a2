/**
 * Coze's token endpoint in one function, for tests and trials with no account and no network. It
 * verifies each JWT for real and refuses whatever Coze's documents say must be refused. **It is not
 * Coze and not for production**: what is not known of Coze, the order of its checks and many of its
 * words among them, is an option here, so that nothing comes to depend on a guess.
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

export { createEmulator, type Emulator, type EmulatorOptions } from "./emulator.ts";
export type { EmulatorApp } from "./app.ts";
export { type CheckName, DEFAULT_ORDER } from "./checks.ts";
export type { Fault } from "./faults.ts";
export type { JournalEntry } from "./journal.ts";
export type { Wording } from "./wording.ts";
