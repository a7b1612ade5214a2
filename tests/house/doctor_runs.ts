import { generatePrivateKey, publicKeyOf } from "../../lib/cli/key_pair.ts";
import { createEmulator } from "../../lib/emulator/mod.ts";
import { runIn } from "../testing/fake_io.ts";

const CLIENT_ID = "1127900106117";
const KEY_ID = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
/** 2026-11-24T14:00:00Z */
const NOW = 1_795_528_800_000;

/** The three runs that the READMEs show, with two emulators in the place of Coze's two regions. */
export const RUNS = [
  {
    name: "wrong region",
    args: ["--other-region"],
    registered: "api.coze.com",
    ahead: 0,
    pair: true,
  },
  { name: "not the pair", args: [], registered: "api.coze.cn", ahead: 0, pair: false },
  { name: "clock", args: [], registered: "api.coze.cn", ahead: 3600, pair: true },
] as const;

/** Runs the doctor as a terminal would show it: what it announces, its report, its findings. */
export async function doctorRun(
  { args, registered, ahead, pair }: typeof RUNS[number],
  language: string,
): Promise<string> {
  const [pem, other] = await Promise.all([generatePrivateKey(), generatePrivateKey()]);
  const apps = [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicKeyOf(pair ? pem : other) } }];
  const now = () => NOW;
  const emulators: Record<string, ReturnType<typeof createEmulator>> = {
    "api.coze.cn": createEmulator({ now, apps: registered === "api.coze.cn" ? apps : [] }),
    "api.coze.com": createEmulator({ now, apps: registered === "api.coze.com" ? apps : [] }),
  };
  const { stdout, stderr } = await runIn({
    args: ["doctor", ...args, "--lang", language],
    files: {
      "keys/.env": `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n`,
      "keys/private_key.pem": pem,
    },
    now: () => NOW + ahead * 1000,
    fetch: (request) => emulators[new URL(request.url).host]!(request),
  });
  // Announcements come before the report, findings after it.
  const findings = stderr.search(/^(?:error|warning|note)\[/m);
  return stderr.slice(0, findings) + stdout + stderr.slice(findings);
}

/** Takes out what is another one in each run. */
export function steady(text: string): string {
  return text
    .replace(/\b[0-9a-f]{64}\b/g, "(jti)")
    .replace(/\b\d{14}[0-9A-F]{20}\b/g, "(logid)")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d/g, "(time)");
}
