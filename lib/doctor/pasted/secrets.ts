import { isPlaceholder, type PastedFacts, unescaped } from "./facts.ts";
import { authorizations, credentialOf } from "./request_rules.ts";
import {
  cut,
  percentDecode,
  type Place,
  placeOf,
  traceAll,
  type Traced,
  UNKNOWN,
} from "./traced.ts";

/** JWTs, tokens, keys and pieces of them, whatever they are used for. */
const SECRET =
  /eyJ[\w-]{5,}(?:\.[\w-]*)*|\b(?:czs|czu|pat|code)_[\w-]{6,}|[\w+/-]{80,}|(?<=\b(?:Basic|Bearer)\s)[^\s"',]{8,}|(?<=:\/\/)[^\s/@"']{1,99}(?=@)/gi;
/** From the first line of a key to its last, or to the end of what was pasted. */
const PEM = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^]*?-----END[ A-Z]*-----|[^]*$)/g;

/**
 * Finds the secrets in what was pasted, also where quotes, line ends or escapes part them. The
 * places are in order and do not overlap.
 */
export function findSecrets(
  source: string,
  { request, body, jwts }: PastedFacts,
): { places: Place[]; texts: string[] } {
  const whole = [
    ...authorizations(request).map(credentialOf),
    ...body.fields.filter(({ name }) => /assertion|token|secret|password/i.test(name))
      .map(({ value }) => value),
    ...jwts.map(({ text }) => text),
  ].filter(({ text }) => text !== "" && !isPlaceholder(text));
  const views = [traceAll(source), ...request.words, ...body.fields.map(({ value }) => value)]
    .flatMap((word) => [word, percentDecode(word), unescaped(word)]);
  const found = views.flatMap((view) =>
    [...view.text.matchAll(SECRET), ...view.text.matchAll(PEM)]
      .map((match): Traced => cut(view, match.index, match.index + match[0].length))
  );
  const known = request.secrets.filter(({ text }) => text !== "" && text !== UNKNOWN);
  const secrets = [...known, ...whole, ...found];
  const places = secrets.map(placeOf).sort((a, b) => a.from - b.from);
  const apart: Place[] = [];
  for (const { from, to } of places) {
    const last = apart.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else apart.push({ from, to });
  }
  const texts = new Set(secrets.map(({ text }) => text));
  for (const { from, to } of apart) texts.add(source.slice(from, to));
  return { places: apart, texts: [...texts] };
}
