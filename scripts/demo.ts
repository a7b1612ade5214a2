/**
 * From a key to a bot that answers, and to the cause of a refusal: the commands of coze-jwt against
 * the embedded emulator, with no account, no network and no permission.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- people read what a task prints.

import { generatePrivateKey, publicKeyOf } from "../lib/cli/config/keys_directory.ts";
import { run } from "../lib/cli/main.ts";
import { createEmulator } from "../lib/emulator/mod.ts";
import { redact } from "../lib/redact.ts";
import type { Language } from "../lib/words/words.ts";
import { commandLine } from "../tests/golden/screen.ts";
import { createIo } from "../tests/testing/fake_io.ts";
import { LANGUAGE, TASK } from "./child.ts";

const CLIENT_ID = "1127900106117";
const KEY_ID = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
const WORKSPACE = "7348293334293334012";

/** Where the demo takes place. */
interface Stage {
  language: Language;
  /** Takes what is shown, in pieces. */
  print: (text: string) => void;
  /** How the user starts a command of coze-jwt. */
  task: readonly string[];
  /** The clock, in milliseconds since the epoch. */
  now: () => number;
}

/**
 * Runs the demo.
 *
 * @param stage Where it takes place.
 */
export async function demo({ language, print, task, now }: Stage): Promise<void> {
  const isChinese = language === "zh";
  const title = (english: string, chinese: string) => print(`${isChinese ? chinese : english}\n`);

  const pem = await generatePrivateKey();
  const emulator = createEmulator({
    apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: await publicKeyOf(pem) } }],
    workspaces: [{ id: WORKSPACE, name: "demo" }],
    now,
  });

  async function command(clock: () => number, ...args: string[]): Promise<void> {
    print(`$ ${commandLine([...task, ...args])}\n`);
    const { io } = createIo({
      args,
      language,
      now: clock,
      start: { before: task },
      fetch: emulator,
      files: {
        "keys/.env": `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n`,
        "keys/private_key.pem": pem,
      },
    });
    const show = (text: string) => print(redact(text));
    await run({ ...io, writeStdout: show, writeStderr: show });
    print("\n");
  }

  title(
    `1. An app with App ID ${CLIENT_ID}, key id ${KEY_ID} and a private key.\n` +
      "   Coze's console makes them in your browser; here the emulator knows them.\n",
    `1. 一个应用：应用 ID ${CLIENT_ID}，公钥指纹 ${KEY_ID}，以及私钥。\n` +
      "   正式使用时在扣子控制台创建；这里已登记在模拟器中。\n",
  );
  title(
    "2. An access token. --trace shows the request; secrets are masked.",
    "2. 获取访问令牌。--trace 显示请求内容，机密信息已遮盖。",
  );
  await command(now, "token", "--trace");
  title(
    "3. A bot: created, published, and asked.",
    "3. 创建智能体、发布，并向它提问。",
  );
  const prompt = isChinese ? "你是一个友好的助手。" : "You are a friendly assistant.";
  const bot = ["node-chat2", "--workspace", WORKSPACE, "--prompt", prompt];
  await command(now, "bot", "create", ...bot, "--publish", "--say", "你好");
  title(
    "4. On a machine whose clock is an hour ahead, Coze refuses. doctor finds the cause.",
    "4. 本机时钟快了一小时，扣子拒绝请求。doctor 会找出原因。",
  );
  await command(() => now() + 3_600_000, "doctor");
  title(
    `Now with your own app:\n  ${task.join(" ")} init\n  ${task.join(" ")} token`,
    `接下来使用你自己的应用：\n  ${task.join(" ")} init\n  ${task.join(" ")} token`,
  );
}

if (import.meta.main) {
  let line = "";
  // Unlike a write to stdout, console.log takes a closed pipe.
  const print = (text: string) => {
    const lines = (line + text).split("\n");
    line = lines.pop()!;
    for (const each of lines) console.log(each);
  };
  await demo({ language: LANGUAGE, print, task: TASK, now: Date.now });
}
