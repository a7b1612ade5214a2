import { decodeAssertion } from "../../lib/assertion.ts";
import { readEnvFile } from "../../lib/cli/config/env_file.ts";
import { readJsonFile } from "../../lib/cli/config/json_file.ts";
import { directoryOf } from "../../lib/cli/context.ts";
import { createOutput, createRedactor } from "../../lib/cli/output.ts";
import { parseArguments } from "../../lib/cli/parse.ts";
import { traced } from "../../lib/cli/trace.ts";
import { isLookalike } from "../../lib/doctor/hosts.ts";
import { judgePasted } from "../../lib/doctor/pasted/judge.ts";
import { withoutSecrets } from "../../lib/doctor/pasted/text.ts";
import { normalizeMessage } from "../../lib/doctor/inquiry/observation.ts";
import { CozeError } from "../../lib/error.ts";
import { readPrivateKey } from "../../lib/private_key.ts";
import { redact, sanitize } from "../../lib/redact.ts";
import { parseBaseUrl } from "../../lib/token_request.ts";
import { createIo } from "../testing/fake_io.ts";
import { assertLinear } from "../testing/growth.ts";
import { chatEvents } from "../testing/streams.ts";
import { TOKEN } from "../testing/token_server.ts";

const SIZE = 32_768;
const encode = (text: string) => new TextEncoder().encode(text);
const redactor = createRedactor();
redactor.add(TOKEN);

const SECRETS = [
  "eyJ",
  "eyJa.",
  "a.",
  "czs_",
  "Bearer ",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN PRIVATE KEY-----AAAAAAAAAAAAAAAA",
  "-----BEGIN ",
];
/** Functions that read foreign text, each with pieces that are repeated. */
const READERS: [name: string, read: (text: string) => unknown, pieces: string[]][] = [
  ["sanitize", sanitize, ["\x1b[", "\x1b]", "\x1b", "\x1b[;", "\x1b]a\x1b", "\ud800", "\u200b"]],
  ["redact", redact, SECRETS],
  ["redactContent", redactor.redactContent, SECRETS],
  ["createRedactor", (text) => redactor.redact(text), [
    "czs_0123456789abcdef",
    "https:",
    "//a",
    "//a:",
    "://a@",
    '"',
    ...SECRETS,
  ]],
  ["parseBaseUrl", (text) => parseBaseUrl(`https://api.coze.cn${text}`), ["/", "/a"]],
  ["isLookalike", isLookalike, ["coze-", "coze.", "xn--a-1.", "-", "."]],
  ["directoryOf", (text) => directoryOf(parseArguments(["init", "--keys", text])), ["/", "a\\"]],
  ["traced", async (text) => {
    const fetch = () => Promise.resolve(new Response(text));
    const { io } = createIo({ args: [], fetch });
    const send = traced(io, createOutput(io, redactor, false), redactor);
    await (await send(new Request("https://api.coze.cn"))).text();
  }, ["\\", "%", "u00"]],
  ["normalizeMessage", (text) => normalizeMessage(text, ["A".repeat(43)]), [
    "A",
    "1-",
    "12:00:00",
    "#",
    "1a-",
  ]],
  ["decodeAssertion", decodeAssertion, [".", "eyJ", "e30.", "=", " "]],
  ["readPrivateKey", readPrivateKey, [
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "-----BEGIN ",
    "BEGIN A ",
    "-",
    "— ",
    "\\",
    "\\n",
    "\\r\\",
    '"',
    '" ,',
    " ",
    "\u200b",
    "=",
    "A=",
    "AAAA\n",
    "LS0t",
  ]],
  ["judgePasted", (text) => judgePasted(`curl https://api.coze.cn/v1/x -d '${text}`), [
    ...['"', "\\", "{", "%", "|", " ", "\n", "'", "$(", "\u201c", "eyJ", "eyJa.", "Bearer "],
    ...[
      "-----BEGIN ",
      "grant_type=",
      '{"grant_type":',
      "Authorization: ",
      "iss:",
      "curl ",
      "fetch(",
    ],
    ...['{"code":1,"msg":"', "https://", "/v1/", "pat_", "Aa1", "x:y\n", "< ", "at a.b", "-X "],
  ]],
  ["withoutSecrets", (text) => withoutSecrets(`${text}9a9`), ["ab_", "AB_", "Abc", "%3A", "//a"]],
  ["readEnvFile", (text) => readEnvFile(encode(text), ".env"), [
    "A=$A\n",
    "A='",
    'A="',
    'A="\\',
    "A=a#",
    "A= ",
    " ",
    "\n",
    "${",
    "export ",
  ]],
  ["readJsonFile", (text) => readJsonFile(encode(text), "coze.json", ["client_id"]), [
    "[",
    '{"a":',
    '"\\u0000',
    "1",
    " ",
    "\n",
  ]],
  ["readChatStream", async (text) => {
    const body = new Response(text).body!;
    await Array.fromAsync(chatEvents(body));
  }, ["data: {}\n\n", "data: a\n", "data:", "\r", ":", "event: ping\n\n", "event: done\n"]],
];

for (const [name, read, pieces] of READERS) {
  Deno.test(`${name}() takes twice the time for twice the text`, async () => {
    for (const piece of pieces) {
      await assertLinear(
        (size) => `${piece.repeat(size / piece.length)}!`,
        async (text) => {
          try {
            await read(text);
          } catch (error) {
            if (!(error instanceof CozeError)) throw error;
          }
        },
        SIZE,
        `${name}() of ${JSON.stringify(piece)}`,
      );
    }
  });
}
