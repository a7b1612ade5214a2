import { mask, sanitize } from "../../redact.ts";
import type { Place } from "../finding.ts";

/** How much of a line is shown, and how much of that stands before the place. */
const WIDTH = 100;
const BEFORE = 40;

/** Characters that separate words, and so are shown. */
const SYNTAX = String.raw`\s\p{Cf}\p{Cc}{}<>()[\]"'\x60“”‘’:,;=&?#|/^\\+*!$@`;
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
const NAME = /(?:[A-Z]?[a-z]{2,}|[A-Z]{2,})(?:[A-Z][a-z]+|_[A-Za-z]+|\.[A-Za-z]+){0,4}/.source;

const shown = (names: string) =>
  new RegExp(`${ADDRESS}|(?<!${WORD})(?:${names})(?!${WORD})|(${WORD}+)`, "gimu");
const WORDS = shown(HARMLESS);
const WORDS_OF_CODE = shown(`${HARMLESS}|${NAME}`);

/**
 * Shows the line of an offset, cut around it, without what may be secret.
 *
 * @param isCode Whether words outside quotes are names of a program.
 */
export function excerptOf(source: string, at: number, isCode: boolean): Place {
  const start = source.lastIndexOf("\n", at - 1) + 1;
  const stop = source.indexOf("\n", at);
  const end = stop < 0 ? source.length : stop;
  // Words are judged whole, so the line is masked before it is cut; a very long one around the place.
  const from = Math.max(start, at - 2000);
  const line = source.slice(from, Math.min(end, at + 2000));
  const before = masked(line, at - from, isCode);
  const after = masked(line, line.length, isCode).slice(before.length);
  const left = before.length > BEFORE && before.length + after.length > WIDTH
    ? `…${before.slice(-BEFORE)}`
    : before;
  const whole = left + after;
  const cut = whole.length > WIDTH ? `${whole.slice(0, WIDTH)}…` : whole;
  return { line: source.slice(0, at).split("\n").length, excerpt: cut.trim().toWellFormed() };
}

/** Masks the words of a line up to a place. */
function masked(line: string, until: number, isCode: boolean): string {
  let text = "";
  let done = 0;
  const show = (to: number) => {
    text += sanitize(line.slice(done, to)).replace(/[\t\n]/g, " ");
    done = to;
  };
  const pattern = isCode ? WORDS_OF_CODE : WORDS;
  for (const { 0: word, 1: hidden, index } of line.matchAll(pattern)) {
    if (index >= until) break;
    const isQuoted = isCode && /["'`]/.test(line[index - 1] ?? "");
    if (hidden === undefined && !(isQuoted && !isHarmless(word))) continue;
    show(index);
    text += hide(word);
    done = index + word.length;
  }
  if (done < until) show(until);
  return text;
}

const ONLY_HARMLESS = new RegExp(`^(?:${HARMLESS})$`, "iu");

function isHarmless(word: string): boolean {
  return ONLY_HARMLESS.test(word) || /\.[a-z]/.test(word);
}

/** Only a long token keeps its first six characters. */
function hide(secret: string): string {
  const text = sanitize(secret);
  return /^(?:eyJ|czs_|czu_|pat_)/.test(text) && text.length > 20
    ? mask(text.replaceAll("…", "."))
    : "…";
}
