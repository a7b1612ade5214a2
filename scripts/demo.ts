// deno-lint-ignore-file no-console -- a demo talks
/**
 * From a key to a bot that answers, against the embedded emulator, step by step: no account, no
 * network, no permission.
 *
 * @module
 */
import { createEmulator } from "../lib/emulator/mod.ts";
import type { Io } from "../lib/cli/io.ts";
import { generatePrivateKey, publicKeyOf } from "../lib/cli/config/keys_directory.ts";
import { run } from "../lib/cli/main.ts";
import { type CozeApp, CozeError, exchangeJwt, type Fetch } from "../mod.ts";
import { mask, redact } from "../lib/redact.ts";
import { DENO } from "./child.ts";
import { denoArguments, understood } from "./coze_jwt.ts";

const zh = navigator.language.startsWith("zh");
const say = (english: string, chinese: string) => console.log(zh ? chinese : english);
let step = 0;
const title = (english: string, chinese: string) => {
  step++;
  say(`\n${step}. ${english}`, `\n${step}. ${chinese}`);
};

/** Shows what goes over the wire, secrets masked. */
function shown(fetch: Fetch): Fetch {
  return async (request) => {
    console.log(redact(`   > ${request.method} ${request.url}`));
    for (const [name, value] of request.headers) console.log(redact(`   > ${name}: ${value}`));
    console.log(redact(`   > ${await request.clone().text()}`));
    const response = await fetch(request);
    console.log(`   < ${response.status}, logid ${response.headers.get("x-tt-logid")}`);
    console.log(redact(`   < ${await response.clone().text()}`));
    return response;
  };
}

/** The command's environment: two files, this terminal, and the emulator instead of Coze. */
function commandLine(args: string[]): Io {
  const files: Record<string, string> = {
    "keys/.env": `COZE_CLIENT_ID=${app.clientId}\nCOZE_KEY_ID=${app.keyId}\n`,
    "keys/private_key.pem": String(app.privateKey),
  };
  const notHere = () => Promise.reject(new Error("not in the demo"));
  const notFound = () => Promise.reject(Object.assign(new Error(), { name: "NotFound" }));
  let lineStart = true;
  // An answer comes in pieces: only the beginning of a line is moved.
  const show = (text: string) => {
    const moved = (lineStart ? "   " : "") + text.replace(/\n(?=.)/g, "\n   ");
    lineStart = text.endsWith("\n");
    Deno.stdout.writeSync(new TextEncoder().encode(moved));
  };
  return {
    args,
    language: navigator.language,
    color: false,
    stdinIsTerminal: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    version: () => Promise.resolve(""),
    denoVersion: Deno.version.deno,
    start: { before: ["coze-jwt"] },
    shell: "posix",
    isBinary: false,
    env: () => undefined,
    envNames: () => [],
    readFile: (path) =>
      path in files ? Promise.resolve(new TextEncoder().encode(files[path])) : notFound(),
    fileFacts: () => Promise.resolve({ mode: 0o600 }),
    listDirectory: () => Promise.resolve([]),
    writeFile: notHere,
    readStdin: () => Promise.resolve(""),
    writeStdout: show,
    writeStderr: show,
    fetch: emulator,
    now: Date.now,
    dropRead: () => Promise.resolve(),
    onInterrupt: () => () => {},
    openLines: notHere,
    serve: notHere,
  };
}

title(
  "Make a key pair (Coze's console does this in your browser: 创建 Key)",
  "生成密钥对（在扣子控制台里由浏览器完成：创建 Key）",
);
const privateKey = await generatePrivateKey();
say("   RSA, 2048 bits, PKCS#8", "   RSA，2048 位，PKCS#8");

title(
  "Register its public half with the emulator, as an app with an App ID and a key id",
  "把公钥登记到模拟器：得到应用 ID 和公钥指纹",
);
const app: CozeApp = {
  clientId: "1127900106117",
  keyId: crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  }),
  privateKey,
};
const workspace = { id: "7348293334293334012", name: "demo" };
const emulator = createEmulator({
  apps: [{ clientId: app.clientId, keys: { [app.keyId]: await publicKeyOf(privateKey) } }],
  workspaces: [workspace],
});
say(
  `   App ID ${app.clientId}, key id ${app.keyId}`,
  `   应用 ID ${app.clientId}，公钥指纹 ${app.keyId}`,
);

title(
  "Sign a JWT and exchange it (in process, nothing leaves this machine)",
  "签发 JWT 并换取令牌（进程内完成，不访问网络）",
);
const { accessToken, expiresAt } = await exchangeJwt(app, {}, { fetch: shown(emulator) });

title("The access token, masked here", "访问令牌（此处已遮盖）");
const minutes = Math.round((expiresAt - Date.now()) / 60_000);
say(
  `   ${mask(accessToken)}, ends ${new Date(expiresAt).toISOString()}, in ${minutes} minutes`,
  `   ${mask(accessToken)}，${new Date(expiresAt).toISOString()} 过期，剩余 ${minutes} 分钟`,
);

title(
  "One command: a bot is created, published, and answers",
  "一条命令：创建智能体、发布、得到回答",
);
const args = [
  ...["bot", "create", "node-chat2", "--workspace", workspace.id],
  ...["--prompt", zh ? "你是一个友好的助手。" : "You are a friendly assistant.", "--publish"],
  ...["--say", "你好"],
];
console.log(`   $ coze-jwt ${args.map((arg) => /[^\w-]/.test(arg) ? `"${arg}"` : arg).join(" ")}`);
const exitCode = await run(commandLine(args));
if (exitCode !== 0) throw new Error(`the command ended with ${exitCode}`);

title("The same with a key id that was mistyped", "公钥指纹写错时会怎样");
const mistyped = { ...app, keyId: `${app.keyId.slice(0, -1)}_` };
try {
  await exchangeJwt(mistyped, {}, { fetch: shown(emulator) });
} catch (error) {
  if (!(error instanceof CozeError)) throw error;
  say(`   ${error.code}: ${error.server?.message}`, `   ${error.code}：${error.server?.message}`);
}

const task = `${DENO} task coze-jwt`;
const command = denoArguments(["token"], understood(["token"]));
say(
  `\nNow with your own app:\n   ${task} init\n   ${task} token\n` +
    `On this network "token" runs: ${DENO} ${command.join(" ")}`,
  `\n接下来使用你自己的应用：\n   ${task} init\n   ${task} token\n` +
    `在当前网络下，token 命令实际执行：${DENO} ${command.join(" ")}`,
);
