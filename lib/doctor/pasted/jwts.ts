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

/** Base64 of `{"`, with what damage puts between its characters. */
const RUN = /(?:(?<![A-Za-z0-9_+/-])|(?<=[Bb]earer|\\[nrt]))ey[JAI][\w+/=%.*…~-]{4,}/g;
/** The rest of a JWT on the next line: of a terminal, a mail, or a quoted shell line. */
const NEXT_LINE = /[ \t]*\\?\r?\n[ \t]*([\w+/=.-]{12,})(?=["'`]?[ \t]*(?:\\?\r?\n|$))/y;
const NEXT_WORD = /[ \t]{1,8}(?=\.)|(?<=\.)[ \t]{1,8}(?=[\w-]{20})/y;
const REST = /[\w+/=.-]+/y;
/** Characters of an RS256 signature of 2048 bits. */
const SIGNATURE = 342;
const LONGEST = 4096;

/** Finds the JWTs, and puts marks in their place, so that other patterns see one short value. */
export function markJwts(text: string): { text: string; jwts: Jwt[] } {
  const jwts: Jwt[] = [];
  let marked = "";
  let done = 0;
  RUN.lastIndex = 0;
  for (let match = RUN.exec(text); match && jwts.length < MOST; match = RUN.exec(text)) {
    const damage = new Set<Damage>();
    let raw = match[0];
    let end = match.index + raw.length;
    let more = continued(text, end, raw);
    while (more && raw.length < LONGEST) {
      damage.add(more.damage);
      raw += more.part;
      end = more.end;
      more = continued(text, end, raw);
    }
    const mark = String.fromCharCode(FIRST_MARK + jwts.length);
    jwts.push({ at: match.index, mark, ...decode(raw, damage) });
    marked += text.slice(done, match.index) + mark.repeat(end - match.index);
    done = end;
    RUN.lastIndex = end;
  }
  return { text: marked + text.slice(done), jwts };
}

function continued(text: string, at: number, sofar: string) {
  const segments = sofar.split(".");
  if (segments.length > 3 || segments.length === 3 && segments[2]!.length >= SIGNATURE) return;
  NEXT_LINE.lastIndex = at;
  const line = NEXT_LINE.exec(text);
  // A line of base64 has large and small letters; a last one may be short.
  if (line && /[A-Z]/.test(line[1]!) && /[a-z]/.test(line[1]!) && !/^ey[JAI].*\./.test(line[1]!)) {
    return { part: line[1]!, end: at + line[0].length, damage: "lines" as const };
  }
  NEXT_WORD.lastIndex = at;
  const blanks = NEXT_WORD.exec(text);
  if (!blanks) return;
  REST.lastIndex = at + blanks[0].length;
  const rest = REST.exec(text);
  return rest ? { part: rest[0], end: REST.lastIndex, damage: "blank" as const } : undefined;
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

/** A JWT that has nothing to do with Coze: neither an App ID, nor a host of Coze, nor a key id. */
export function isForeign({ header, claims }: Jwt): boolean {
  return (claims?.iss ?? claims?.sub) !== undefined && !/^\d+$/.test(String(claims!.iss)) &&
    header?.kid === undefined &&
    !/coze/.test(JSON.stringify(claims!.aud ?? "")) && claims!.jti === undefined;
}
