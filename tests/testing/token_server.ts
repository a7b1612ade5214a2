// A second token endpoint, for facts about the wire. It shares no code with lib/emulator, judges
// nothing, and keeps everything it was sent.

/** One request as it came in. */
export interface Received {
  method: string;
  /** The URL as it was called. */
  url: string;
  headers: Headers;
  body: string;
}

/** What to answer, in order; the last one stays. */
export type TokenReply = (() => Response | Promise<Response>) | "network error";

/** A function that fits as `fetch` and as a handler of `Deno.serve`. */
interface TokenServer {
  (request: Request): Promise<Response>;
  readonly received: Received[];
}

/** The token every success carries. */
export const TOKEN = "czs_0123456789abcdefTESTTOKEN";
/** The end of that token, Unix seconds: 2033-05-18. */
export const TOKEN_ENDS = 2_000_000_000;
/** The body of Coze's best-known refusal (coze-protocol.md 5.3). */
export const KID_REFUSED = {
  error: "invalid_client",
  error_code: "invalid_client",
  error_message: "invalid jwt: kid not been registred",
};

/** A JSON answer. */
export function json(
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): TokenReply {
  return () => Response.json(body, { status, headers });
}

/** An answer of text as it stands. */
export function text(body: string, status = 200, headers: Record<string, string> = {}): TokenReply {
  return () => new Response(body, { status, headers });
}

/** The documented success. */
export const granted = json({ access_token: TOKEN, expires_in: TOKEN_ENDS });

/** Makes a server that answers as scripted; without a script it grants. */
export function createTokenServer(...script: TokenReply[]): TokenServer {
  const received: Received[] = [];
  const answers = script.length > 0 ? script : [granted];
  const handle = async (request: Request) => {
    const { method, url, headers } = request;
    const answer = answers[Math.min(received.length, answers.length - 1)]!;
    received.push({ method, url, headers: new Headers(headers), body: await request.text() });
    if (answer === "network error") throw new TypeError("fetch failed");
    return await answer();
  };
  return Object.assign(handle, { received });
}

/** The JWT of one request. */
export function bearerOf({ headers }: Received): string {
  return headers.get("authorization")!.replace(/^Bearer /, "");
}

/** Header, claims and the part of a JWT that is signed, read without lib/. */
export function partsOf(jwt: string) {
  const [header, claims, signature] = jwt.split(".") as [string, string, string];
  const read = (segment: string): Record<string, unknown> =>
    JSON.parse(atob(segment.replaceAll("-", "+").replaceAll("_", "/")));
  return { header: read(header), claims: read(claims), signed: `${header}.${claims}`, signature };
}
