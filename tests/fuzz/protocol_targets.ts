import { decodeAssertion } from "../../lib/assertion.ts";
import { exchangeJwt } from "../../lib/exchange.ts";
import { importPrivateKey } from "../../lib/key/private_key.ts";
import { mask, quote, redact, sanitize } from "../../lib/redact.ts";
import { parseBaseUrl, tokenEndpoint, type TokenRequest } from "../../lib/token_request.ts";
import { type AccessToken, readTokenResponse } from "../../lib/token_response.ts";
import { anyText, editedText, INVISIBLE, jsonText, objectText, textOf } from "./arbitraries.ts";
import * as fc from "./fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold, holdClean, mayRefuse } from "./holds.ts";
import { TOY_PKCS8_PEM } from "./toy_key.ts";

/** When all of it happens. */
export const NOW = 1_790_000_000_000;

/** A token that may be seen where it was asked for, and nowhere else. */
export const CANARY = "czs_CanaryCanaryCanary0123456789";

/** An answer of a server, or what fetch throws. */
export type Reply =
  | { status: number; headers: [string, string][]; body: string; breaks?: boolean }
  | { thrown: unknown };

const GOOD = { "access_token": CANARY, "expires_in": 1_790_000_900, "token_type": "Bearer" };
const WORDS = [
  "invalid_client",
  "invalid_request",
  "internal_error",
  "5000",
  "kid not been registred",
]
  .concat("App deactivated by the owner", "invalid app type", "should bind connector", CANARY);
const body: fc.Arbitrary<string> = fc.oneof(
  fc.constant(JSON.stringify(GOOD)),
  editedText(fc.constant(JSON.stringify(GOOD)), "NaN", "Infinity", "1e999", "-", '"', "{", "null"),
  objectText(
    ["access_token", "expires_in", "error_code", "error_message", "error", "code", "msg", "detail"],
    fc.oneof(jsonText, fc.constantFrom(...WORDS).map((word) => JSON.stringify(word))),
  ),
  jsonText,
  textOf("<html>", "\n", "Bearer ", CANARY, "eyJ", "."),
);
const TIMES = ["Wed, 01 Jan 2025 00:00:00 GMT", "Sat, 01 Jan 275760 00:00:00 GMT", "0", "-1", "1e9"]
  .concat("999999999", "9999999999", "120", " 5 ", "soon", "2026-13-45", "");
const header = fc.tuple(
  fc.constantFrom("date", "retry-after", "location", "x-tt-logid", "content-type", "set-cookie"),
  fc.oneof(fc.constantFrom(...TIMES, "https://a/?b#c", CANARY, "\x80\x9b31m"), anyText)
    // What a header cannot hold does not arrive.
    .map((value) => value.replace(/[^\t\x20-\xff]/g, "").trim()),
);
const status = fc.oneof(
  fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 407, 429, 500, 503),
  fc.integer({ min: 200, max: 599 }),
);
const answer = fc.record({ status, headers: fc.array(header, { maxLength: 4 }), body });

const message = fc.oneof(
  fc.constantFrom("dns error", "tls handshake", "Connection refused", "tunnel", `Bearer ${CANARY}`),
  anyText,
);
const thrown = fc.oneof(
  fc.tuple(fc.constantFrom("TypeError", "NotCapable", "AbortError", "Error"), message, message)
    .map(([name, message, cause]) =>
      Object.assign(new Error(message, { cause: new Error(cause) }), { name })
    ),
  fc.anything(),
);

/** What a server or a network may do. */
export const reply: fc.Arbitrary<Reply> = fc.oneof(
  { weight: 4, arbitrary: answer },
  { weight: 1, arbitrary: answer.map((answer) => ({ ...answer, breaks: true })) },
  { weight: 1, arbitrary: fc.record({ thrown }) },
);

/**
 * A fetch that gives these replies, and the last one again and again.
 *
 * @param replies At least one.
 * @param seen Collects what the requests carried in the Authorization header.
 */
export function fetchOf(replies: readonly Reply[], seen: string[] = []) {
  let calls = 0;
  return (request: Request): Promise<Response> => {
    seen.push(request.headers.get("authorization")!.slice("Bearer ".length));
    const reply = replies[Math.min(calls++, replies.length - 1)]!;
    if ("thrown" in reply) return Promise.reject(reply.thrown);
    const { status, headers, body, breaks } = reply;
    const chunks = [new TextEncoder().encode(body)];
    const stream = new ReadableStream({
      pull(controller) {
        const chunk = chunks.pop();
        if (chunk) controller.enqueue(chunk);
        else if (breaks) controller.error(new TypeError("cut off"));
        else controller.close();
      },
    });
    const bodiless = [204, 205, 304].includes(status);
    return Promise.resolve(new Response(bodiless ? null : stream, { status, headers }));
  };
}

const TOKEN_CODES = new RegExp(
  "^(?:client-refused|app-|connector-not-bound|login-session-invalid|scope-rejected|" +
    "wire-no-bearer|redirected|rate-limited|proxy-refused|server-fault|answer-)",
);
const EXCHANGE_CODES = new RegExp(
  `${TOKEN_CODES.source}|^(?:connection-|dns-failure|timeout|tls-untrusted|sandbox-net|config-|` +
    "client-id-malformed|key-id-malformed|base-url-|duration-out-of-range|usage-value)",
);

function holdToken(token: AccessToken | undefined): void {
  if (!token) return;
  hold(/^[\x21-\x7e]+$/.test(token.accessToken), "a token is printable");
  hold(Number.isSafeInteger(token.expiresAt) && token.expiresAt > 0, "expiresAt is a time");
  hold(!Number.isNaN(new Date(token.expiresAt).getTime()), "expiresAt fits a Date");
  holdClean(token.logId ?? "", "logId");
}

const id = fc.oneof(fc.constant("1127900106117"), anyText, fc.constantFrom(...INVISIBLE));
const tokenRequest: fc.Arbitrary<TokenRequest> = fc.record({
  durationSeconds: fc.oneof(fc.constantFrom(1, 900, 86_399), fc.double()),
  scope: fc.record({ permissions: fc.array(anyText), botIds: fc.array(id) }),
  sessionName: anyText,
  sessionContext: fc.record({ deviceInfo: fc.record({ deviceId: id }, { requiredKeys: [] }) }),
  accountId: id,
  enterpriseId: id,
}, { requiredKeys: [] });

const URL_PIECES = [
  "https:",
  "http:",
  "HTTPS:",
  "ftp:",
  "data:",
  "/",
  "//",
  "\\",
  "@",
  ":",
  "?",
  "#",
]
  .concat("api.coze.cn", "api.coze.com", "localhost", "127.0.0.1", "[::1]", "0x7f.1", "2130706433")
  .concat(
    "[::ffff:127.0.0.1]",
    "127.1",
    "user:pass",
    "evil.example",
    "扣子",
    "xn--",
    "%2f",
    "%",
    ".",
  )
  .concat("443", "80", "99999", "-1", " ", "api/permission", "..", "blob:https://api.coze.cn");
const urlText = fc.oneof(
  editedText(fc.constantFrom("https://api.coze.cn", "http://127.0.0.1:80"), ...URL_PIECES),
  textOf(...URL_PIECES),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  anyText,
);

const base64url = (text: string) =>
  new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
const CLAIMS = ["alg", "typ", "kid", "iss", "aud", "iat", "exp", "jti", "session_name", "scope"];
const segment = fc.oneof(
  objectText(CLAIMS).map(base64url),
  jsonText.map(base64url),
  fc.constantFrom("", "e30", "e30=", "eyJ", "!"),
  fc.uint8Array().map((bytes) => bytes.toBase64({ alphabet: "base64url" })),
);
/** What somebody may paste for a JWT. */
export const jwtText: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(objectText(CLAIMS), objectText(CLAIMS))
    .map(([header, claims]) => `${base64url(header)}.${base64url(claims)}.c2ln`),
  fc.array(segment, { maxLength: 5 }).map((segments) => segments.join(".")),
  textOf("eyJ", ".", "e30", "Bearer ", "Authorization: ", '"', "\n"),
);

/** A secret, and the parts of it that nobody may see. */
const SECRETS = [
  `${base64url('{"alg":"RS256"}')}.${base64url('{"iss":"1","aud":"api.coze.cn"}')}.${
    "aB3_".repeat(40)
  }`,
  TOY_PKCS8_PEM,
  CANARY,
].map((secret) => ({
  secret,
  parts: secret.includes("\n")
    ? secret.split("\n").filter((line) => /^[^-]{16,}$/.test(line))
    : secret.includes(".")
    ? secret.split(".").slice(1)
    : [secret.slice(6)],
}));
const PIECES = [
  "eyJ",
  "eyJa.",
  "czs_",
  "Bearer ",
  "-----BEGIN PRIVATE KEY-----",
  ".",
  "…",
  "_",
  "a",
]
  .concat("-----END PRIVATE KEY-----", " ", "\\n", "\\u0022");
const hidden = fc.record({
  before: textOf(...PIECES),
  secret: fc.constantFrom(...SECRETS),
  after: textOf(...PIECES),
  marks: fc.array(
    fc.tuple(fc.nat(), fc.constantFrom("\u200b", "\u202e", "\ufeff", "\x1b[1m", "\0", "\u00ad")),
    { maxLength: 3 },
  ),
});

let key: Promise<CryptoKey> | undefined;

/** What goes to the token endpoint, what comes back, and how foreign text is shown. */
export const PROTOCOL_TARGETS: readonly Target[] = [
  target({
    name: "answer",
    claim: "readTokenResponse() yields a token or a CozeError whatever the server says",
    arbitrary: fc.record({ answer, request: tokenRequest }),
    async check({ answer: { status, headers, body: text }, request }) {
      const answer = { status, headers: new Headers(headers), text, sentAt: NOW, receivedAt: NOW };
      holdToken(await mayRefuse(TOKEN_CODES, () => readTokenResponse(answer, request)));
    },
    runs: 1500,
  }),
  target({
    name: "exchange",
    claim: "exchangeJwt() yields a token or a CozeError whatever fetch does",
    arbitrary: fc.record({
      app: fc.oneof(
        { weight: 4, arbitrary: fc.constant({ clientId: "1", keyId: "a" }) },
        {
          weight: 1,
          arbitrary: fc.record({ clientId: id, keyId: id, baseUrl: urlText }, {
            requiredKeys: ["clientId", "keyId"],
          }),
        },
      ),
      request: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, tokenRequest),
      replies: fc.array(reply, { minLength: 1, maxLength: 3 }),
    }),
    async check({ app, request, replies }) {
      const privateKey = await (key ??= importPrivateKey(TOY_PKCS8_PEM));
      const seen: string[] = [];
      const options = {
        fetch: fetchOf(replies, seen),
        now: () => NOW,
        sleep: () => Promise.resolve(),
      };
      holdToken(
        await mayRefuse(
          EXCHANGE_CODES,
          () => exchangeJwt({ ...app, privateKey }, request, options),
        ),
      );
      hold(seen.length <= 3 && new Set(seen).size === seen.length, "3 attempts, each with its JWT");
    },
    runs: 300,
  }),
  target({
    name: "jwt",
    claim: "decodeAssertion() decodes any text or refuses it with a CozeError",
    arbitrary: fc.oneof(jwtText, editedText(jwtText, ".", "=", "e30"), anyText),
    async check(text: string) {
      const jwt = await mayRefuse(/^wire-not-a-jwt$/, () => decodeAssertion(text));
      if (!jwt) return;
      for (const part of [jwt.header, jwt.claims]) {
        hold(
          typeof part === "object" && part !== null && !Array.isArray(part),
          "parts are objects",
        );
      }
    },
    runs: 1500,
  }),
  target({
    name: "url",
    claim: "parseBaseUrl() lets through https and loopback, without user info",
    arbitrary: urlText,
    async check(text: string) {
      const url = await mayRefuse(/^base-url-(?:insecure|not-api)$/, () => parseBaseUrl(text));
      if (!url) return;
      const { protocol, hostname, username, password } = url;
      const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
      hold(protocol === "https:" || (protocol === "http:" && loopback), "the scheme is safe");
      hold(username === "" && password === "", "there is no user info");
      const endpoint = tokenEndpoint({ baseUrl: text }, {});
      hold(endpoint.origin === url.origin, "the endpoint is at the same host");
      hold(/\/api\/permission\/oauth2\/token$/.test(endpoint.href), "the endpoint has its path");
    },
    runs: 1500,
  }),
  target({
    name: "text",
    claim: "sanitize() and quote() let nothing through that steers a terminal",
    arbitrary: fc.record({ text: textOf(...PIECES), limit: fc.integer({ min: 1, max: 300 }) }),
    check({ text, limit }) {
      const shown = sanitize(text);
      holdClean(shown, "sanitized text");
      hold(sanitize(shown) === shown, "a second time changes nothing");
      const quoted = quote(text, limit);
      holdClean(quoted, "a quote");
      hold(!/[\n\t]/.test(quoted), "a quote has one line");
      hold(quoted.length <= limit, "a quote keeps its limit");
    },
    runs: 1000,
  }),
  target({
    name: "secret",
    claim: "redact() finds a secret whatever stands around it",
    arbitrary: hidden,
    check({ before, secret: { secret, parts }, after, marks }) {
      // Counted in the secret as it was, so that no mark cuts another.
      const marked = secret.replace(
        /[^]/g,
        (letter, at: number) =>
          marks.filter(([place]) => place % secret.length === at).map(([, mark]) => mark).join("") +
          letter,
      );
      // An escape that is cut off takes the next letters with it, and what is left is no secret.
      if (!sanitize(before + secret).endsWith(secret)) return;
      const text = before + marked + after;
      for (const shown of [redact(sanitize(text)), quote(text)]) {
        hold(!parts.some((part) => shown.includes(part)), "no part of the secret is shown");
      }
      hold(mask(mask(secret)) === mask(secret), "a mask stays");
    },
    runs: 1000,
  }),
];
