import type { Place } from "./traced.ts";

/** Characters that separate words, and so are shown. */
const SYNTAX = String.raw`\s\p{Cf}\p{Cc}{}<>[\]"'\x60“”‘’:,;=&?#|/^\\`;
const WORD = `[^${SYNTAX}]`;
/** The words that are shown. Any other word may be a secret, or a part of one. */
const HARMLESS = [
  /curl(?:\.exe)?|HTTP\/[\d.]{1,4}|https?|GET|POST|PUT/,
  /-[a-z]|-[sSLkvi]{2,6}|--[a-z][a-z-]{2,30}|-X(?:POST|GET|PUT)/,
  /(?:proxy-)?authorization|bearer|basic|digest|token|cookie|host|accept|user-agent|content-length/,
  /content-type|(?:application|multipart|text)\/[\w.+-]{1,40}|charset|utf-8/,
  /urn(?:%3a(?:ietf|params|oauth|grant-type|jwt-bearer)){5}|urn|ietf|params|oauth|grant-type|jwt-bearer/,
  /grant_type|duration_seconds|scope|session_name|(?:client_)?assertion|jwt|client_(?:id|secret)/,
  /account_permission|permission_list|attribute_constraint|connector_bot_chat_attribute|bot_id_list/,
  /connector\.botchat|(?:access|refresh)_token|authorization_code|client_credentials/,
  /(?<=duration_seconds["'\\]{0,2}\s?[:=]\s?["'\\]{0,2})[\d.e+-]{1,9}/,
  // A variable, which is not its value.
  /(?<=bearer )\$\{?\w{1,40}\}?/,
  // An address without a user name, up to its query or to a long part of its path.
  /(?:(?:https?:\/\/|(?=(?:api|www)\.coze\.))(?![^\s"'<>]{0,300}@)[\p{L}\d.-]{1,80}(?::\d{1,5})?|(?<=^(?:> )?[a-z]{3,7} )(?=\/))(?:\/[\p{L}\d_.~-]{0,24})*/u,
].map(({ source }) => source).join("|");
const WORDS = new RegExp(`(?<!${WORD})(?:${HARMLESS})(?!${WORD})|(${WORD}+)`, "gimu");

/** The places of a paste that may be secret: all words but those that are known to be harmless. */
export function findSecrets(source: string): Place[] {
  return [...source.matchAll(WORDS)].filter(([, secret]) => secret !== undefined)
    .map(({ 0: { length }, index }) => ({ from: index, to: index + length }));
}
