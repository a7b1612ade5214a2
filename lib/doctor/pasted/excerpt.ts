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
const NAME =
  /(?:[A-Z]?[a-z]{2,20}|[A-Z]{2,20})(?:[A-Z][a-z]{1,20}|[A-Z]{2,6}|[-_.][A-Za-z]{1,20}){0,4}/
    .source;
const alone = (words: string) => `(?<!${WORD})(?:${words})(?!${WORD})`;
const WORDS = new RegExp(`${ADDRESS}|${alone(HARMLESS)}|(${WORD}+)`, "gimu");
const NAMES = new RegExp(`^${NAME}$`, "u");

/**
 * Shows the line of an offset, cut around it, without what may be secret.
 *
 * @param isCode Whether words outside quotes are names of a program.
 */
export function excerptOf(source: string, at: number, isCode: boolean): Place {
  const start = source.lastIndexOf("\n", at - 1) + 1;
  const stop = source.indexOf("\n", at);
  const end = stop < 0 ? source.length : stop;
  // Of a very long line only what is near is looked at; its quotes are not known then.
  const from = Math.max(start, at - 2000);
  const line = source.slice(from, Math.min(end, at + 2000));
  const { before, after } = masked(line, at - from, isCode && from === start);
  const isLong = before.length > BEFORE && before.length + after.length > WIDTH;
  const whole = (isLong ? `…${before.slice(-BEFORE)}` : before) + after;
  const cut = whole.length > WIDTH ? `${whole.slice(0, WIDTH)}…` : whole;
  return { line: source.slice(0, at).split("\n").length, excerpt: cut.trim().toWellFormed() };
}

/** Masks the words of a line, and says what of it stands before a place. */
function masked(line: string, place: number, isCode: boolean): { before: string; after: string } {
  const parts = { before: "", after: "" };
  let done = 0;
  let open = "";
  const add = (from: number, to: number, text = sanitize(line.slice(from, to))) => {
    parts[from < place ? "before" : "after"] += text.replace(/[\t\n]/g, " ");
  };
  for (const { 0: word, 1: hidden, index } of line.matchAll(WORDS)) {
    // Words are separated by what is shown, quotes among it.
    for (const mark of line.slice(done, index).match(/["'`]/g) ?? []) {
      if (open === "" || open === mark) open = open === "" ? mark : "";
    }
    if (done < place && index > place) add(done, done = place);
    add(done, index);
    const isShown = hidden === undefined || (isCode && open === "" && NAMES.test(word));
    add(index, index, isShown ? sanitize(word) : hide(word));
    done = index + word.length;
  }
  add(done, line.length);
  // A secret with / or + in it is several words.
  const join = (text: string) => text.replace(/…(?:[\w+/=.-]{1,4}…)+/g, "…");
  return { before: join(parts.before), after: join(parts.after) };
}

/** Only a long token keeps its first six characters. */
function hide(secret: string): string {
  const text = sanitize(secret);
  return /^(?:eyJ|czs_|czu_|pat_)/.test(text) && text.length > 20
    ? mask(text.replaceAll("…", "."))
    : "…";
}
