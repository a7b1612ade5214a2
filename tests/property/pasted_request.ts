// Pasted requests, as curl and as HTTP, right and wrong, with secrets in any place.

import { editedText, textOf } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { CANARY } from "./replies.ts";

const SIGNATURE = "Qw7_".repeat(40);
const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIiwiYXVkIjoiYXBpLmNvemUuY24ifQ." + SIGNATURE;
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** The parts of secrets that must not be shown: all but their first six characters. */
const SECRETS = [JWT.split(".")[1]!, SIGNATURE.slice(0, 24), CANARY.slice(6)];

/** A secret, which quotes, escapes or codes may split. */
const secret = fc.tuple(
  fc.constantFrom(JWT, JWT, CANARY),
  fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.replace(/.{7}/g, "$&''"),
    (text) => text.replace(/.{7}/g, '$&""'),
    (text) => text.replace(/.{9}/g, "$&\\\n"),
    (text) => text.replace(/[a-f]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    (text) => text.replace(/[a-f]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`),
  ),
).map(([text, write]) => write(text));
const word = fc.oneof(
  fc.constantFrom(
    "https://api.coze.cn/api/permission/oauth2/token",
    "https://api.coze.com/x",
    "http://me:pw@www.coze.cn",
    "$URL",
    "'",
    '"',
    "-XPOST",
    "-G",
    "-I",
    "-F a=b",
    "-d @file",
    "\\\n",
    "^\n",
    "`\n",
    "|",
    "#",
    "-H 'Content-Type: application/json'",
    `-d '{"grant_type":"${GRANT}","duration_seconds":"9e9","scope":[1]}'`,
    `-d grant_type=${GRANT}`,
  ),
  secret.map((text) => `-H 'Authorization: Bearer ${text}'`),
  secret.map((text) => `-H "Authorization:Bearer${text}"`),
  secret.map((text) => `-d assertion=${text}`),
  secret.map((text) => `-d '{"assertion":"${text}",}'`),
  secret.map((text) => `--data-urlencode "assertion=${text}"`),
  secret.map((text) => `-X ${text}`),
  secret.map((text) => `-u me:${text}`),
  secret.map((text) => `https://api.coze.cn/${text}?a=${text}`),
  secret,
);
const curl = fc.array(word, { maxLength: 8 }).map((words) => `curl ${words.join(" ")}`);
const line = fc.oneof(
  fc.constantFrom("Host: api.coze.cn", "Content-Type: text/plain", "", " folded", "x"),
  secret.map((text) => `Authorization: Bearer ${text}`),
  secret.map((text) => `{"grant_type":"a","assertion":"${text}"`),
  secret.map((text) => `assertion=${text}&x`),
);
const http = fc.tuple(fc.constantFrom("\n", "\r\n", "\n> "), fc.array(line, { maxLength: 8 }))
  .map(([end, lines]) => ["POST /api/permission/oauth2/token HTTP/1.1", ...lines].join(end));
const hostile = textOf("$(", "'", '"', "\\\n", "eyJ", "eyJa.", "%41", "-d ", "{", ":", "&", "-H a ")
  .map((text) => `curl ${text.slice(0, 65_000)}`);

const whole = (stdin: string) => ({ stdin, secrets: SECRETS });
/** An edited secret may be none: `zs_…`. */
const damaged = (stdin: string) => ({ stdin, secrets: [] });

/** A request, and its secrets. */
export const pastedRequest: fc.Arbitrary<{ stdin: string; secrets: string[] }> = fc.oneof(
  { weight: 6, arbitrary: curl.map(whole) },
  { weight: 3, arbitrary: http.map(whole) },
  {
    weight: 3,
    arbitrary: editedText(fc.oneof(curl, http), "'", '"', "\\", "\n", "%").map(damaged),
  },
  { weight: 1, arbitrary: hostile.map(damaged) },
);
