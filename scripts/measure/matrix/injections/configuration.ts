import type { Code } from "../../../../lib/words/words.ts";
import { publicPem } from "../../../../tests/testing/keys.ts";
import { baseUrlOf, jsonConfig } from "../layouts.ts";
import * as proxies from "../server/proxies.ts";
import { changeApp, type Files, type Setup } from "../setup.ts";
import { injectInto, type Injection } from "./injection.ts";

type EditText = (text: string, setup: Setup) => string;

const inject = injectInto("offline");

/** Edits the files. */
const files = (edit: (files: Files, setup: Setup) => void) => (setup: Setup) => {
  setup.editFiles.push((files) => edit(files, setup));
};
/** Edits the .env file. */
const env = (edit: EditText) =>
  files((all, setup) => all["keys/.env"] = edit(String(all["keys/.env"]), setup));
/** Leaves nothing but the JSON file of Coze's console, edited. */
const json = (edit: (text: string) => string, more: Record<string, unknown> = {}) =>
  files((all, setup) => {
    for (const name of Object.keys(all)) delete all[name];
    all["keys/coze_oauth_config.json"] = edit(jsonConfig(setup, more));
  });

/** What a change of a whole file touches. */
const WHOLE = ["env", "client-id", "key-id", "base-url", "region"];

const missing: Injection[] = [
  ...([
    ["no App ID", (text) => text.replace(/^COZE_CLIENT_ID=.*\n/m, "")],
    ["no key id", (text) => text.replace(/^COZE_KEY_ID=.*\n/m, "")],
    ["an empty App ID", (text) => text.replace(/^(COZE_CLIENT_ID=).*/m, "$1")],
    ["another name", (text) => text.replace("COZE_CLIENT_ID", "COZE_APPLICATION")],
    ["an empty file", () => "\n"],
  ] as [string, EditText][]).map(([name, edit]) =>
    inject("config-missing", name, WHOLE, env(edit))
  ),
  inject("config-missing", "no .env", WHOLE, files((all) => delete all["keys/.env"])),
];

const warn = (
  code: Code,
  name: string,
  touches: string[],
  apply: (setup: Setup) => void,
) => inject(code, name, touches, apply, { severity: "warning" });

const warnings: Injection[] = [
  warn("config-shadowed", "the environment wins over .env", ["env"], (setup) => {
    setup.env["COZE_CLIENT_ID"] = setup.user.clientId;
    env((text) => text.replace(/^(COZE_CLIENT_ID=).*/m, "$1310000000002"))(setup);
  }),
  warn(
    "config-shadowed",
    "two names in one .env",
    ["env"],
    env((text) => `${text}COZE_JWT_OAUTH_PUBLIC_KEY_ID=${"x".repeat(43)}\n`),
  ),
  warn(
    "config-shadowed",
    "a key by path wins over private_key.pem",
    ["env", "key"],
    files((all, { user }) => {
      all["keys/.env"] += "COZE_PRIVATE_KEY_PATH=keys/new.pem\n";
      all["keys/new.pem"] = user.pair.pem;
    }),
  ),
  warn(
    "config-mixed-sources",
    "App ID from .env, the rest from the console's file",
    ["env", "key"],
    files((all, setup) => {
      all["keys/.env"] = String(all["keys/.env"]).replace(/^COZE_KEY_ID=.*\n/m, "");
      all["keys/coze_oauth_config.json"] = jsonConfig(setup);
      delete all["keys/private_key.pem"];
    }),
  ),
  warn("client-id-looks-like-bot-id", "19 digits that begin with 7", ["client-id"], (setup) => {
    const clientId = `7${setup.chance.digits(18)}`;
    changeApp(setup, { clientId });
    setup.user.clientId = clientId;
  }),
];

const malformed: Injection[] = [
  ...([
    ["an unquoted $", (text) => `${text}COZE_PRIVATE_KEY_PATH=$HOME/private_key.pem\n`],
    ["a quote that does not close", (text) => text.replace(/^COZE_KEY_ID=/m, 'COZE_KEY_ID="')],
    ["a line without =", (text) => `COZE\n${text}`],
    ["a key over many lines", (text, { user }) => `${text}COZE_PRIVATE_KEY=${user.pair.pem}`],
    ["an unknown region", (text) => text.replace(/COZE_REGION=.*/, "") + "COZE_REGION=eu"],
  ] as [string, EditText][]).map(([name, edit]) =>
    inject("config-file-malformed", name, WHOLE, env(edit))
  ),
  ...([
    ["JSON with a comma too many", json((text) => text.replace(/"\n\}$/, '",\n}'))],
    ["JSON that breaks off", json((text) => text.slice(0, -60))],
    ["JSON with a number as App ID", json((text) => text, { "client_id": 1127900106117 })],
  ] as const).map(([name, apply]) =>
    inject("config-file-malformed", name, [...WHOLE, "key"], apply)
  ),
];

const types = ["web", "pkce", "device"].map((type) =>
  inject("config-wrong-client-type", type, [...WHOLE, "key", "app"], (setup) => {
    json((text) => text, { "client_type": type })(setup);
    changeApp(setup, { state: "app-type-wrong" });
  }, { implies: ["app-type-wrong"] })
);

/** What the user configured as App ID. */
const clientIds: [code: Code, name: string, text: (right: string) => string][] = [
  ["client-id-malformed", "quotes of a text program", (id) => `"“${id}”"`],
  ["client-id-malformed", "quotes in quotes", (id) => `'"${id}"'`],
  [
    "client-id-malformed",
    "full-width digits",
    (id) => id.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  ],
  ["client-id-malformed", "a zero-width space", (id) => `${id}\u200b`],
  ["client-id-malformed", "a byte order mark", (id) => `${id.slice(0, 3)}\ufeff${id.slice(3)}`],
  ["client-id-malformed", "a placeholder", () => "<your-app-id>"],
  ["client-id-malformed", "a Chinese placeholder", () => "应用ID"],
  ["client-id-malformed", "blanks", (id) => `"${id.slice(0, 4)} ${id.slice(4)}"`],
  ["client-id-malformed", "a tab", (id) => `"${id}\\t${id}"`.replace("\\t", "\t")],
  ["client-id-malformed", "a letter", (id) => `${id.slice(0, -1)}O`],
  ["client-id-malformed", "a number with a minus", (id) => `-${id}`],
  ["client-id-is-web-client", "a client ID", (id) => `${id}.app.coze`],
  ["client-id-is-web-client", "a long client ID", (id) => `${id}${id}.app.coze`],
];

/** What the user configured as key id. */
const keyIds: [code: Code, name: string, text: (right: string) => string][] = [
  ["key-id-malformed", "one character short", (id) => id.slice(1)],
  ["key-id-malformed", "one character more", (id) => `${id}A`],
  ["key-id-malformed", "dots of a short form", (id) => `${id.slice(0, 10)}.....`],
  ["key-id-malformed", "an ellipsis", (id) => `${id.slice(0, 10)}…`],
  ["key-id-malformed", "blanks", (id) => `"${id.slice(0, 20)} ${id.slice(20)}"`],
  ["key-id-malformed", "quotes in quotes", (id) => `'"${id}"'`],
  ["key-id-malformed", "padding", (id) => `${id}=`],
  ["key-id-malformed", "plain base64", (id) => `${id.slice(0, 41)}+/`],
  ["key-id-malformed", "a full-width letter", (id) => `${id.slice(0, 42)}Ａ`],
  ["key-id-malformed", "a zero-width space", (id) => `${id}\u200b`],
  [
    "key-id-is-public-key",
    "PEM in one line",
    () => `"${publicPem().trim().replaceAll("\n", " ")}"`,
  ],
  ["key-id-is-public-key", "PEM", () => `"${publicPem()}"`],
  ["key-id-is-public-key", "base64 of a key", () => publicPem().replace(/-----.*-----|\n/g, "")],
];

const ids: Injection[] = [
  ...clientIds.map(([code, name, text]) =>
    inject(code, name, ["client-id"], env(inVariable("COZE_CLIENT_ID", text)), {
      implies: ["client-id-unknown"],
    })
  ),
  ...keyIds.map(([code, name, text]) =>
    inject(code, name, ["key-id"], env(inVariable("COZE_KEY_ID", text)), {
      implies: ["key-id-unknown"],
    })
  ),
  inject(
    "ids-swapped",
    "each in the other's place",
    ["client-id", "key-id"],
    env((text, { user }) =>
      text.replace(user.clientId, "?").replace(user.keyId, user.clientId).replace("?", user.keyId)
    ),
    { implies: ["client-id-unknown", "key-id-unknown"] },
  ),
];

/** Edits the value of a variable in .env. */
function inVariable(variable: string, edit: (value: string) => string): EditText {
  return (text) =>
    text.replace(new RegExp(`^(${variable}=)(.*)`, "m"), (_, begin, value) => begin + edit(value));
}

const page = proxies.responds(200, proxies.HTML, { "content-type": "text/html" });
const elsewhere = proxies.responds(302, null, { location: "https://www.coze.cn/sign" });
const nowhere = proxies.fails(
  "client error (Connect): dns error: failed to lookup address information",
);
const addresses: [code: Code, url: string, proxy: proxies.Proxy][] = [
  ["base-url-not-api", "https://www.coze.cn", page],
  ["base-url-not-api", "https://www.coze.com", page],
  ["base-url-not-api", "https://coze.cn", elsewhere],
  ["base-url-not-api", "https://coze.com/", elsewhere],
  ["base-url-not-api", "https://code.coze.cn/home", page],
  ["base-url-not-api", "https://docs.coze.cn", page],
  ["base-url-not-api", "https://api.coze.cn/v1", proxies.responds(404, "404 page not found")],
  ["base-url-not-api", "api.coze.cn", nowhere],
  ["base-url-lookalike", "https://api.coez.cn", nowhere],
  ["base-url-lookalike", "https://api.coze.cm", nowhere],
  ["base-url-lookalike", "https://api.cozee.com", nowhere],
  ["base-url-lookalike", "https://api-coze.cn", page],
  ["base-url-insecure", "http://api.coze.cn", elsewhere],
  ["base-url-insecure", "http://10.0.0.7:8080", elsewhere],
  ["base-url-insecure", "https://name:secret@api.coze.cn", page],
];
const baseUrls = addresses.map(([code, url, proxy]) =>
  inject(code, url, ["base-url", "net", "region"], (setup) => {
    setup.host = URL.parse(url)?.host ?? "";
    env((text) => `${text.replace(/^COZE_REGION=.*\n/m, "")}COZE_BASE_URL=${url}\n`)(setup);
    setup.proxies.push((handler) => (request) =>
      request.url.startsWith(`${baseUrlOf("cn")}/api/`) ||
        request.url.startsWith(`${baseUrlOf("com")}/api/`)
        ? handler(request)
        : proxy(handler)(request)
    );
  }, { implies: ["answer-invalid", "redirected", "dns-failure", "client-refused"] })
);

/** Faults of the configuration. */
export const CONFIGURATION_INJECTIONS: readonly Injection[] = [
  ...missing,
  ...warnings,
  ...malformed,
  ...types,
  ...ids,
  ...baseUrls,
];
