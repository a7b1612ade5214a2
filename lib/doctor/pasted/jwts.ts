import { decodeAssertion } from "../../assertion.ts";

/** How a JWT was damaged on its way into the text; the names are those of sentences. */
export type Damage = "alphabet" | "padding" | "percent" | "lines" | "blank" | "masked" | "cut";

/** A JWT of the text. */
export interface Jwt {
  at: number;
  /** Stands for it in the text, as often as it is long. */
  mark: string;
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  damage: Set<Damage>;
}

const MOST = 64;
const FIRST_MARK = 0xe000;
/** One JWT in a marked text. */
export const JWT_MARK = /[\ue000-\ue03f]+/;

/** Base64 of `{"` and more, with what damage puts between. */
const START = /(?:(?<![A-Za-z0-9_+/-])|(?<=[Bb]earer|\\[nrt]))ey[JAI][\w+/=%.*…~-]{4,}/g;
/** The rest of a JWT on the next line: of a terminal, a mail, or a quoted shell line. */
const NEXT_LINE = /[ \t]*\\?\r?\n[ \t]*([\w+/=.-]{12,})(?=["'`]?[ \t]*(?:\\?\r?\n|$))/y;
/** The rest of a JWT in the next literal of a program. */
const NEXT_LITERAL =
  /["'`][ \t]*(?:[+.&][ \t]*)?\\?\r?\n[ \t]*(?:[+.&][ \t]*)?["'`]([\w+/=.-]{4,})(?=["'`])/y;
const NEXT_WORD = /(?:[ \t]{1,8}(?=\.)|(?<=\.)[ \t]{1,8}(?=[\w-]{20}))([\w+/=.-]+)/y;
/** Characters of an RS256 signature of 2048 bits. */
const SIGNATURE = 342;
const LONGEST = 4096;

/** Finds the JWTs, and puts marks in their place, so that other patterns see one short value. */
export function markJwts(text: string): { text: string; jwts: Jwt[] } {
  const jwts: Jwt[] = [];
  let marked = "";
  let done = 0;
  START.lastIndex = 0;
  for (let match = START.exec(text); match && jwts.length < MOST; match = START.exec(text)) {
    const damage = new Set<Damage>();
    let raw = match[0];
    let end = match.index + raw.length;
    for (let more; raw.length < LONGEST && (more = continued(text, end, raw)); end = more.end) {
      if (more.damage) damage.add(more.damage);
      raw += more.part;
    }
    const mark = String.fromCharCode(FIRST_MARK + jwts.length);
    jwts.push({ at: match.index, mark, ...decode(raw, damage) });
    marked += text.slice(done, match.index) + mark.repeat(end - match.index);
    done = START.lastIndex = end;
  }
  return { text: marked + text.slice(done), jwts };
}

/** What goes on behind a line break or a blank. */
function continued(text: string, at: number, sofar: string) {
  const segments = sofar.split(".");
  if (segments.length > 3 || segments.length === 3 && segments[2]!.length >= SIGNATURE) return;
  const rest = [[undefined, NEXT_LITERAL], ["lines", NEXT_LINE], ["blank", NEXT_WORD]] as const;
  for (const [damage, pattern] of rest) {
    pattern.lastIndex = at;
    const part = pattern.exec(text)?.[1];
    if (part === undefined) continue;
    // A line of base64 has large and small letters, and does not begin the next JWT.
    const isBase64 = /[A-Z]/.test(part) && /[a-z]/.test(part) && !/^ey[JAI].*\./.test(part);
    if (damage !== "lines" || isBase64) return { part, damage, end: pattern.lastIndex };
  }
}

function decode(raw: string, damage: Set<Damage>) {
  let jwt = raw;
  if (/%[0-9a-f]{2}/i.test(jwt)) {
    damage.add("percent");
    jwt = jwt.replace(/%[2-7][0-9a-f]/gi, decodeURIComponent);
  }
  if (/[+/]/.test(jwt)) damage.add("alphabet");
  if (jwt.includes("=")) damage.add("padding");
  if (/\*|…|\.\.|~|xxx/i.test(jwt)) damage.add("masked");
  const segments = jwt.replace(/=/g, "").replaceAll("+", "-").replaceAll("/", "_").split(".");
  const isCut = segments.length < 3 || segments[2] === "";
  if (isCut && !damage.has("masked")) damage.add("cut");
  try {
    return { ...decodeAssertion(`${segments[0]}.${segments[1]}.`), damage };
  } catch {
    return { damage };
  }
}

/** A token that Coze issued for a project of 扣子编程. Source: public projects that use one. */
export function isProjectToken({ claims }: Jwt): boolean {
  return /^spiffe:/.test(String(claims?.sub)) || /^https:\/\/api\.coze\./.test(String(claims?.iss));
}

/** A JWT of another service: neither an App ID, nor a host of Coze, nor a key id is in it. */
export function isForeign({ header, claims }: Jwt): boolean {
  const { iss, sub, aud } = claims ?? {};
  return (iss ?? sub) !== undefined && !/^\d+$/.test(String(iss)) && header?.kid === undefined &&
    !/coze/.test(JSON.stringify(aud ?? ""));
}
