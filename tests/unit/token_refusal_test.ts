import { assert, assertEquals, assertThrows } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import type { TokenRequest } from "../../lib/token_request.ts";
import { readTokenResponse } from "../../lib/token_response.ts";
import { httpResponse } from "../testing/http_response.ts";
import { KID_REFUSED } from "../testing/token_server.ts";

const SENT_AT = 1_760_000_000_000;
const SCOPE: TokenRequest = { scope: { permissions: ["Connector.createBot"] } };

interface Refused {
  status?: number;
  headers?: Record<string, string>;
  /** How long the head of the answer was on its way, in milliseconds. */
  took?: number;
}

function refuse(
  body: unknown,
  { status = 401, headers, took = 0 }: Refused = {},
  request?: TokenRequest,
) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = httpResponse({ status, headers, text, sentAt: SENT_AT, headMs: took });
  return assertThrows(() => readTokenResponse(answer, request), CozeError);
}

const DOCUMENTED: Record<string, [code: string, message: string, request?: TokenRequest]> = {
  "app-disabled": ["access_deny", "app: node-chat2 is currently deactivated by the owner"],
  "app-type-wrong": ["access_deny", "invalid app type"],
  "login-session-invalid": ["access_deny", "login session invalid"],
  "connector-not-bound": ["invalid_request", "connector app should bind connector id"],
  "wire-no-bearer": ["invalid_client", "invalid jwt: empty jwt token"],
  "scope-rejected": ["invalid_request", "invalid request: scope", SCOPE],
  "server-fault": ["internal_error", "Service internal error."],
  "client-refused": ["unsupported_grant_type", "not supported grant type: x"],
};

for (const [expected, [code, message, request]] of Object.entries(DOCUMENTED)) {
  Deno.test(`readTokenResponse() knows the documented words of ${expected}`, () => {
    const body = { error: code, error_code: code, error_message: message };
    for (const status of [200, 400, 401, 403]) {
      const error = refuse(body, { status }, request);
      assertEquals([error.code, error.server?.message], [expected, message]);
    }
  });
}

Deno.test("readTokenResponse() decides nothing by words that are not documented", () => {
  const words = ["expired", "invalid signature", "invalid aud", "invalid iss", "jti replayed"];
  for (const word of [...words, "kid", "rate limit", "redirect", "proxy", "", "扣子"]) {
    const body = { error_code: "invalid_client", error_message: `invalid jwt: ${word}` };
    assertEquals([refuse(body).code, refuse(body, {}, SCOPE).code], [
      "client-refused",
      "client-refused",
    ]);
  }
});

Deno.test("readTokenResponse() blames the scope only when one was sent", () => {
  const codeOf = (parameter: string, request?: TokenRequest) => {
    const message = `invalid request: ${parameter}`;
    const body = { error_code: "invalid_request", error_message: message };
    return refuse(body, { status: 400 }, request).code;
  };
  assertEquals(codeOf("x"), "client-refused");
  assertEquals(codeOf("x", SCOPE), "scope-rejected");
  assertEquals(codeOf("duration_seconds", SCOPE), "client-refused");
});

const WORDS_OF_OTHERS: [body: unknown, status: number, message: string][] = [
  [{ msg: "no" }, 401, "no"],
  [{ message: "not found" }, 404, "not found"],
  [{ code: 4100, error: { detail: "who are you", logid: "L" } }, 200, "who are you"],
  ["upstream gone", 503, "upstream gone"],
  ["slow down", 429, "slow down"],
];

for (const [body, status, message] of WORDS_OF_OTHERS) {
  Deno.test(`readTokenResponse() keeps the server's words in ${JSON.stringify(body)}`, () => {
    assertEquals(refuse(body, { status }).server?.message, message);
  });
}

const STATUSES: [status: number, body: unknown, code: string][] = [
  [429, "", "rate-limited"],
  [429, KID_REFUSED, "rate-limited"],
  [500, "<html>", "server-fault"],
  [502, "", "server-fault"],
  [503, KID_REFUSED, "server-fault"],
  [599, "{}", "server-fault"],
  [200, { code: 5000, msg: "internal" }, "server-fault"],
  [301, "", "redirected"],
  [307, KID_REFUSED, "redirected"],
  [407, "<html>", "proxy-refused"],
  [407, "{}", "proxy-refused"],
  [400, "{}", "client-refused"],
  [403, '{"code":0}', "client-refused"],
  [404, "{}", "client-refused"],
  [418, "{}", "client-refused"],
  [200, "{}", "answer-invalid"],
];

for (const [status, body, code] of STATUSES) {
  Deno.test(`readTokenResponse() makes ${code} of ${status} with ${JSON.stringify(body)}`, () => {
    const error = refuse(body, { status });
    assertEquals([error.code, error.details.status], [code, status]);
    assert(code === "answer-invalid" || error.message.includes(`status ${status}`), error.message);
  });
}

Deno.test("readTokenResponse() says where a redirect leads, sanitised and short", () => {
  const location = `https://evil.example/?jwt=eyJhbGciOi.eyJpc3MiOi.c2ln&${".".repeat(300)}`;
  const { details } = refuse("", { status: 302, headers: { location } });
  const shown = `https://evil.example/?jwt=eyJhbG…(26 chars)&${".".repeat(155)}`;
  assertEquals(details, { status: 302, location: `${shown}…` });
  assertEquals(refuse(KID_REFUSED, { headers: { location } }).details, { status: 401 });
});

/** The server's clock in its Date header against ours: positive when ours is ahead. */
const CLOCKS: [what: string, serverAhead: number, took: number, offset: number][] = [
  ["the same second", 0, 1000, 0],
  ["ours is 5 minutes ahead", -300_000, 1000, 300],
  ["ours is 5 minutes behind", 300_000, 1000, -300],
  ["half of a long round trip goes off", 0, 9000, 4],
  ["the cut to whole seconds is made up for", 0, 1400, 0],
];

for (const [what, serverAhead, took, offset] of CLOCKS) {
  Deno.test(`readTokenResponse() compares the clocks: ${what}`, () => {
    const date = new Date(SENT_AT + serverAhead).toUTCString();
    const { clockOffsetSeconds } = refuse(KID_REFUSED, { headers: { date }, took }).details;
    // Zero may be a negative one.
    assert(clockOffsetSeconds === offset, `${clockOffsetSeconds}`);
  });
}

Deno.test("readTokenResponse() says nothing of the clock without a usable Date", () => {
  for (const date of ["", "soon", "NaN", "-1e999"]) {
    assertEquals(refuse(KID_REFUSED, { headers: { date } }).details, { status: 401 });
  }
});

const at = (ms: number) => new Date(SENT_AT + ms).toUTCString();
const WAITS: [retryAfter: string, date: string | undefined, seconds: number | undefined][] = [
  ["0", undefined, 0],
  ["7", undefined, 7],
  ["999999999", undefined, 999_999_999],
  ["9999999999", undefined, undefined],
  ["1.5x", undefined, undefined],
  ["soon", undefined, undefined],
  ["", undefined, undefined],
  [at(30_000), undefined, 30],
  [at(-30_000), undefined, 0],
  [at(30_000), at(20_000), 10],
  [at(30_000), at(40_000), 0],
];

for (const [value, date, seconds] of WAITS) {
  Deno.test(`readTokenResponse() reads Retry-After ${JSON.stringify(value)}, Date ${date}`, () => {
    const headers = { "retry-after": value, ...(date !== undefined && { date }) };
    assertEquals(refuse("", { status: 429, headers }).details.retryAfterSeconds, seconds);
  });
}

Deno.test("readTokenResponse() quotes 300 sanitised characters at most (security 21)", () => {
  const escape = "\x1b[31m\x1b]52;c;eA==\x07\u202e\u200b";
  const body = {
    error_code: `${escape}${".".repeat(100)}`,
    error_message: `${escape}one\r\ntwo ${".".repeat(1000)}`,
  };
  const error = refuse(body, { headers: { "x-tt-logid": ".".repeat(100) } });
  assertEquals(error.server, {
    status: 401,
    code: `${".".repeat(63)}…`,
    message: `one two ${".".repeat(291)}…`,
    logId: `${".".repeat(63)}…`,
  });
  const shown = error.message + JSON.stringify(error) + Deno.inspect(error);
  for (const mark of ["\x1b", "\x07", "\u202e", "\u200b", "52;c"]) assert(!shown.includes(mark));
});

Deno.test("readTokenResponse() masks secrets that a server echoes (security 12)", () => {
  const jwt = `eyJhbGciOiJSUzI1NiJ9.${"eyJpc3MiOiIxIn0".repeat(20)}.${"c2lnbmF0dXJl".repeat(28)}`;
  const echoes = [jwt, `Bearer ${jwt}`, "czs_abcdefghijkl", "Authorization: Bearer abcdefghijkl"];
  for (const echo of echoes) {
    const bodies = [{ error_message: `bad ${echo}` }, { error: echo }, { code: 1, msg: echo }];
    for (const body of [...bodies, `<p>${echo}</p>`]) {
      const error = refuse(body, { headers: { "x-tt-logid": echo, location: echo } });
      const shown = error.message + error.stack + JSON.stringify(error) + Deno.inspect(error);
      assert(!shown.includes("abcdefgh") && !shown.includes("eyJpc3MiOiIx"), shown);
    }
  }
});
