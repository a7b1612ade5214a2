// What is shown of a text, and the request as it should be: both without secrets.

import { mask, sanitize } from "../../redact.ts";
import { DEFAULT_BASE_URL, DEFAULT_DURATION_SECONDS } from "../../token_request.ts";
import type { Place } from "../finding.ts";
import { meantBase } from "./addresses.ts";
import { durationOf, GRANT_TYPE } from "./body_rules.ts";
import type { Evidence } from "./evidence.ts";
import { withoutSecrets } from "./text.ts";

/** How much of a line is shown, and how much of that stands before the place. */
const WIDTH = 100;
const BEFORE = 40;

/** Marks the place in a line while it is masked. */
const PLACE = "\ue100";
/** Characters that separate words, and so are shown. */
const SYNTAX = String.raw`\ue100\s\p{Cf}\p{Cc}{}<>()[\]"'\x60“”‘’:,;=&?#|/^\\+*!$@`;
const WORD = `[^${SYNTAX}]`;
/** The words that are shown. Any other word may be a secret, or a part of one. */
const HARMLESS = [
  /curl(?:\.exe)?|HTTP|[123](?:\.\d)?|https?|GET|POST|PUT|DELETE|HEAD/,
  /--?[a-z]|-[sSLkvi]{2,6}|--?[a-z][a-z-]{2,30}|-X(?:POST|GET|PUT)|[–—]{1,2}[a-zA-Z-]{1,20}/,
  /(?:proxy-)?authori[sz]ation|bearer|basic|digest|token|cookie|host|accept|user-agent|content-length/,
  /content-type|application|multipart|json|text|x-www-form-urlencoded|form-data|plain|charset|utf-8/,
  /urn(?:%3a(?:ietf|params|oauth|grant-type|jwt-bearer)){5}|urn|ietf|params|oauth|grant-type|jwt-bearer/,
  /grant_type|duration_seconds|scope|session_name|(?:client_)?assertion|jwt|client_(?:id|secret)/,
  /account_permission|permission_list|attribute_constraint|connector_bot_chat_attribute|bot_id_list/,
  /connector\.botchat|(?:access|refresh)_token|authorization_code|client_credentials/,
  /iss|aud|iat|exp|jti|kid|alg|typ|RS256|HS256|[EP]S\d{3}|name|value|key|url|method|body|headers?|data/,
  /(?<=duration_seconds["'\\]{0,2}\s?(?:[:=,]|=>)\s?["'\\]{0,2})[\d.e+-]{1,9}/,
  /(?:(?:api|www|code|integration)\.)?coze\.(?:cn|com)|api|permission|oauth2|account|enterprise_id|authorize|v[123]|chat/,
  /-----(?:BEGIN|END)|PRIVATE|PUBLIC|RSA|KEY-----|response_type|redirect_uri|state|code|[\w.]{1,2}/,
  /(?:COZE_)?(?:CLIENT|APP|KEY|PUBLIC_KEY)_ID|COZE_[A-Z_]{1,30}|client_type|public_key_id|coze_(?:api|www)_base/,
].map(({ source }) => source).join("|");
/** A host in an address without a user name, and names of the path; what is long may be a secret. */
const ADDRESS = /(?<=https?:\/\/)(?![^\s"'<>]{0,300}@)[\p{L}\d.-]{1,80}(?::\d{1,5})?/u.source;
/** A name in a program: plain words, as people write them. */
const NAME =
  /(?:[A-Z]?[a-z]{2,20}|[A-Z]{2,20})(?:[A-Z][a-z]{1,20}|[A-Z]{2,6}|[-_.][A-Za-z]{1,20}){0,4}/
    .source;
const whole = (words: string) => `(?<!${WORD})(?:${words})(?!${WORD})`;
const WORDS = new RegExp(`${ADDRESS}|${whole(HARMLESS)}|(${WORD}+)`, "gimu");
const NAMES = new RegExp(`^${NAME}$`, "u");
const LAST_WORD = new RegExp(`${WORD}{0,2000}$`, "u");

/**
 * Shows the line of an offset, cut around it, without what may be secret.
 *
 * @param isCode Whether words outside quotes are names of a program.
 */
export function excerptOf(source: string, at: number, isCode: boolean): Place {
  const start = source.lastIndexOf("\n", at - 1) + 1;
  const stop = source.indexOf("\n", at);
  // Of a very long line only what is near is looked at; its quotes are not known then.
  const from = Math.max(start, at - 2000);
  const before = source.slice(from, at).replace(LAST_WORD, "");
  const rest = source.slice(from + before.length, stop < 0 ? undefined : stop).slice(0, 4000);
  const line = masked(before + PLACE + rest, isCode && from === start);
  const place = line.indexOf(PLACE);
  const isLong = place > BEFORE && line.length > WIDTH;
  const shown = isLong ? `…${line.slice(place - BEFORE)}` : line;
  const plain = shown.replace(PLACE, "");
  const cut = plain.length > WIDTH ? `${plain.slice(0, WIDTH)}…` : plain;
  return { line: source.slice(0, at).split("\n").length, excerpt: cut.trim().toWellFormed() };
}

/** Hides the words of a line that may be secret. */
function masked(line: string, isCode: boolean): string {
  let open = "";
  let done = 0;
  const text = line.replace(WORDS, (word: string, hidden: string | undefined, ...more) => {
    const index = Number(more.find((each) => typeof each === "number"));
    // Words are separated by what is shown, quotes among it.
    for (const mark of line.slice(done, index).match(/["'`]/g) ?? []) {
      if (open === "" || open === mark) open = open === "" ? mark : "";
    }
    done = index + word.length;
    // What touches + or / may be a part of base64, and what precedes @ a password.
    const isPart = word.length > 3 && /[+/]|@$/.test(line.charAt(index - 1) + line.charAt(done));
    const isName = isCode && open === "" && !isPart && NAMES.test(word);
    return hidden === undefined || isName ? withoutSecrets(word) : hide(word);
  });
  // A user name in an address stands before a password; a secret with / or + in it is several words.
  return sanitize(text).replace(/[\t\n]/g, " ").replace(/(?<=\/\/)[^\s/"'<>]*@/g, "…@").replace(
    /…(?:[\w+/=.-]{1,4}…)+/g,
    "…",
  );
}

/** Only a long token keeps its first six characters. */
function hide(secret: string): string {
  const text = sanitize(secret);
  return /^(?:eyJ|czs_|czu_|pat_)/.test(text) && text.length > 20
    ? mask(text.replaceAll("…", "."))
    : "…";
}

/**
 * Writes the request as it should be, as a curl command. It keeps host, path and lifetime where they
 * were right, and holds no secret: the JWT is the variable that the user wrote, or a placeholder.
 */
export function correctedCurl(evidence: Evidence): string {
  const { language, headers, text, target } = evidence;
  const places = [...headers.map(({ source }) => source), /assertion=\S+/.exec(text)?.[0] ?? ""];
  const [variable] = language === "curl" ? /\$\w+|\$\{\w+\}/.exec(places.join(" ")) ?? [] : [];
  const mark = variable ? '"' : "'";
  const owner = /\/(?:account|enterprise_id)\/[\w-]{1,64}(?=\/)/.exec(target?.path ?? "")?.[0] ??
    "";
  const url = `${meantBase(target) ?? DEFAULT_BASE_URL}/api/permission/oauth2${owner}/token`;
  const body = {
    "grant_type": GRANT_TYPE,
    "duration_seconds": durationOf(evidence) ?? DEFAULT_DURATION_SECONDS,
  };
  return [
    `curl -X POST '${url}'`,
    `-H ${mark}Authorization: Bearer ${variable ?? "<JWT>"}${mark}`,
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify(body)}'`,
  ].join(" \\\n  ");
}
