// Exchanges and creates a bot, each on a connection that is warm if the sandbox allows one, and
// prints how they ended. A deadline of an hour must not keep the process alive.

import { createCozeClient } from "../../../../lib/api/mod.ts";
import { CozeError, exchangeJwt } from "../../../../mod.ts";

const [baseUrl = "", privateKey = ""] = Deno.args;
const timeoutMs = 3_600_000;
const app = { clientId: "1127900106117", keyId: "key-1", privateKey, baseUrl };
const client = createCozeClient({ token: "czs_0123456789abcdef", baseUrl, timeoutMs });

async function warm(): Promise<void> {
  const response = await fetch(`${baseUrl}/warm`).catch(() => undefined);
  await response?.text();
}

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  await warm();
  try {
    await call();
    return "success";
  } catch (error) {
    if (error instanceof CozeError) return error.code;
    throw error;
  }
}

const outcomes = [
  await codeOf(() => exchangeJwt(app, {}, { timeoutMs })),
  await codeOf(() => client.createBot({ workspaceId: "1", name: "b" })),
];
// deno-lint-ignore no-console -- the test reads it
console.log(outcomes.join(" "));
