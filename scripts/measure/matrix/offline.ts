// Faults that show without a request. For a new fault, add a row to one of the tables.

import type { Code } from "../../../lib/words/words.ts";
import * as keys from "../../../tests/testing/keys.ts";
import { type Fault, faultsOf, responds, type Row } from "./faults.ts";
import type { Setup } from "./setup.ts";

const KEY_FILE = "keys/private_key.pem";

/** Edits the .env file. */
const env = (change: (text: string) => string) => ({ editFiles }: Setup) =>
  void editFiles.push((files) => files["keys/.env"] = change(files["keys/.env"]!));
/** What is wrong with .env. */
const ENV: [code: Code, name: string, change: (text: string) => string][] = [
  ["config-missing", "no App ID", (text) => text.replace(/^COZE_CLIENT_ID=.*\n/m, "")],
  ["config-missing", "another name", (text) => text.replace("CLIENT_ID", "APPLICATION")],
  ["config-missing", "an empty file", () => "\n"],
  ["config-file-malformed", "an unquoted $", (text) => `${text}COZE_KEY=$HOME/key.pem\n`],
  ["config-file-malformed", "an open quote", (text) => text.replace(/KEY_ID=/, '$&"')],
  ["config-file-malformed", "a line without =", (text) => `COZE\n${text}`],
  ["key-is-a-path", "a path as the key", (text) => `${text}COZE_PRIVATE_KEY=${KEY_FILE}\n`],
];

/** What the user configured as App ID or as key id. */
const VALUES: [code: Code, name: string, text: (right: string) => string][] = [
  ["client-id-malformed", "quotes of a text program", (id) => `"“${id}”"`],
  ["client-id-malformed", "a zero-width space", (id) => `${id}\u200b`],
  ["client-id-malformed", "a placeholder", () => "<your-app-id>"],
  ["client-id-is-web-client", "a client ID", (id) => `${id}.app.coze`],
  ["key-id-malformed", "one character short", (id) => id.slice(1)],
  ["key-id-malformed", "an ellipsis", (id) => `${id.slice(0, 10)}…`],
  ["key-id-malformed", "plain base64", (id) => `${id.slice(0, 41)}+/`],
  ["key-id-is-public-key", "PEM", () => `"${keys.publicPem()}"`],
];

const BASE_URLS: [code: Code, url: string][] = [
  ["base-url-not-api", "https://www.coze.cn"],
  ["base-url-not-api", "https://api.coze.cn/v1"],
  ["base-url-lookalike", "https://api.coez.cn"],
  ["base-url-insecure", "https://name:secret@api.coze.cn"],
];

const numbers = (change: (all: keys.RsaNumbers) => Partial<keys.RsaNumbers>) => () => {
  const all = keys.rsaNumbers();
  return keys.pemOf("PRIVATE KEY", keys.pkcs8Der(keys.pkcs1Der({ ...all, ...change(all) })));
};

/** What the key file holds. */
const KEY_FILES: [code: Code, name: string, content: (pem: string) => string][] = [
  ["key-is-public", "a public key", keys.publicPem],
  ["key-is-encrypted", "PKCS#8 with a passphrase", keys.encryptedPkcs8Pem],
  ["key-is-openssh", "OpenSSH", () => keys.randomPem("OPENSSH PRIVATE KEY")],
  ["key-not-rsa", "EC", keys.ecPem],
  ["key-too-short", "1024 bits", keys.shortPkcs8Pem],
  ["key-damaged", "half of it", (pem) => pem.slice(0, pem.length / 2)],
  ["key-damaged", "a foreign character", (pem) => pem.replace(/(?<=\n.{9})./, "，")],
  ["key-damaged", "an empty file", () => ""],
  ["key-damaged", "the modulus flipped", numbers(({ n }) => ({ n: n ^ 4n }))],
];

/** Faults of the configuration and of the key. */
export const OFFLINE: readonly Fault[] = faultsOf("offline", [
  ...ENV.map((
    [code, name, change],
  ): Row => [code, name, "env client-id key-id key base-url", env(change)]),
  ...VALUES.map(([code, name, text]): Row => {
    const [variable, touches, implied] = code.startsWith("client")
      ? ["CLIENT_ID", "client-id", "client-id-unknown"] as const
      : ["KEY_ID", "key-id", "key-id-unknown"] as const;
    const line = new RegExp(`^(COZE_${variable}=)(.*)`, "m");
    const change = env((all) => all.replace(line, (_, begin, value) => begin + text(value)));
    return [code, name, touches, change, { implies: [implied] }];
  }),
  ...BASE_URLS.map(([code, url]): Row => [code, url, "base-url net region", (setup) => {
    setup.host = URL.parse(url)!.host;
    env((text) => `${text.replace(/^COZE_REGION=.*\n/m, "")}COZE_BASE_URL=${url}\n`)(setup);
    const right = `https://api.coze.${setup.user.region}/api/`;
    setup.proxies.push((handler) => (request) =>
      (request.url.startsWith(right) ? handler : responds(200, "<html></html>")(handler))(request)
    );
  }, { implies: ["answer-invalid"] }]),
  ...KEY_FILES.map(([code, name, content]): Row => [code, name, "key", ({ editFiles }) => {
    editFiles.push((files) => files[KEY_FILE] = content(files[KEY_FILE]!));
  }, { implies: ["key-mismatch"] }]),
  ["key-file-missing", "no file", "key", ({ editFiles }) => {
    editFiles.push((files) => delete files[KEY_FILE]);
  }],
]);
