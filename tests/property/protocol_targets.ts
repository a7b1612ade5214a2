import { decodeAssertion } from "../../lib/assertion.ts";
import { exchangeJwt } from "../../lib/exchange.ts";
import { importPrivateKey } from "../../lib/private_key.ts";
import { parseBaseUrl, tokenEndpoint, type TokenRequest } from "../../lib/token_request.ts";
import { type AccessToken, readTokenResponse } from "../../lib/token_response.ts";
import { encode } from "../testing/emulator_client.ts";
import { anyText, editedText, INVISIBLE, jsonText, objectText, textOf } from "./arbitraries.ts";
import { httpResponse } from "../testing/http_response.ts";
import * as fc from "../testing/fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold, holdClean, mayRefuse } from "./holds.ts";
import { answer, fetchOf, NOW, reply } from "./replies.ts";
import { TOY_PKCS8_PEM } from "./toy_key.ts";

const TOKEN_CODES = new RegExp(
  "^(?:client-refused|app-|connector-not-bound|login-session-invalid|scope-rejected|" +
    "wire-no-bearer|redirected|rate-limited|proxy-refused|server-fault|answer-)",
);
const EXCHANGE_CODES = new RegExp(
  `${TOKEN_CODES.source}|^(?:connection-|dns-failure|timeout|tls-untrusted|sandbox-net|config-|` +
    "client-id-malformed|key-id-malformed|base-url-|duration-out-of-range|usage)",
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

const URL_PIECES = "https: http: HTTPS: ftp: data: blob:https: / // \\ @ : ? # % %2f . .. 443 80 -1"
  .concat(" api.coze.cn api.coze.com localhost 127.0.0.1 [::1] 0x7f.1 2130706433 127.1 99999")
  .concat(" [::ffff:127.0.0.1] user:pass evil.example 扣子 xn-- api/permission").split(" ");
const urlText = fc.oneof(
  editedText(fc.constantFrom("https://api.coze.cn", "http://127.0.0.1:80"), ...URL_PIECES),
  textOf(...URL_PIECES),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  anyText,
);

const CLAIMS = ["alg", "typ", "kid", "iss", "aud", "iat", "exp", "jti", "session_name", "scope"];
const segment = fc.oneof(
  objectText(CLAIMS).map(encode),
  jsonText.map(encode),
  fc.constantFrom("", "e30", "e30=", "eyJ", "!"),
  fc.uint8Array().map((bytes) => bytes.toBase64({ alphabet: "base64url" })),
);
/** A JWT, or a text in its place. */
export const jwtText: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(objectText(CLAIMS), objectText(CLAIMS))
    .map(([header, claims]) => `${encode(header)}.${encode(claims)}.c2ln`),
  fc.array(segment, { maxLength: 5 }).map((segments) => segments.join(".")),
  textOf("eyJ", ".", "e30", "Bearer ", "Authorization: ", '"', "\n"),
);

let key: Promise<CryptoKey> | undefined;

/** Asks the token endpoint, and reads its answers. */
export const PROTOCOL_TARGETS: readonly Target[] = [
  target({
    name: "answer",
    claim: "readTokenResponse() yields a token or a CozeError whatever the server says",
    arbitrary: fc.record({ answer, request: tokenRequest }),
    async check({ answer: { status, headers, body: text }, request }) {
      const answer = httpResponse({ status, headers, text, sentAt: NOW });
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
      const jwt = await mayRefuse(/^wire-not-an-assertion$/, () => decodeAssertion(text));
      if (!jwt) return;
      for (const part of [jwt.header, jwt.claims]) {
        hold(
          typeof part === "object" && part !== null && !Array.isArray(part),
          "parts are objects",
        );
      }
    },
    runs: 600,
  }),
  target({
    name: "url",
    claim: "parseBaseUrl() accepts only https and loopback, without user info",
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
];
