// deno-lint-ignore-file no-console -- a demo talks
/**
 * The main job against the embedded emulator, step by step: no account, no network, no permission.
 *
 * @module
 */
import { createEmulator } from "../lib/emulator/mod.ts";
import { generatePrivateKey, publicKeyOf } from "../lib/cli/key_pair.ts";
import { type CozeApp, CozeError, exchangeJwt, type Fetch } from "../mod.ts";
import { mask, redact } from "../lib/redact.ts";

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
const emulator = createEmulator({
  apps: [{ clientId: app.clientId, keys: { [app.keyId]: publicKeyOf(privateKey) } }],
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
  `   ${mask(accessToken)}，${new Date(expiresAt).toISOString()} 过期，还有 ${minutes} 分钟`,
);

title("The same with a key id that was mistyped", "公钥指纹写错时会怎样");
const mistyped = { ...app, keyId: `${app.keyId.slice(0, -1)}_` };
try {
  await exchangeJwt(mistyped, {}, { fetch: shown(emulator) });
} catch (error) {
  if (!(error instanceof CozeError)) throw error;
  say(`   ${error.code}: ${error.server?.message}`, `   ${error.code}：${error.server?.message}`);
}

say(
  "\nNow with your own app: see README.md, Quick start.",
  "\n接下来使用你自己的应用：见 README.zh-CN.md 的快速开始。",
);
