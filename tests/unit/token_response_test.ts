import { assert, assertEquals, assertThrows } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { readTokenResponse } from "../../lib/token_response.ts";
import type { HttpResponse } from "../../lib/http.ts";
import { httpResponse } from "../testing/http_response.ts";
import { KID_REFUSED, TOKEN, TOKEN_ENDS } from "../testing/token_server.ts";

const SENT_AT = 1_760_000_000_000;

/** A response whose head came after 400 ms and its end after 500 ms. */
function answer(body: unknown, status = 200, headers: Record<string, string> = {}): HttpResponse {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return httpResponse({ status, headers, text, sentAt: SENT_AT, headMs: 400, elapsedMs: 500 });
}
const refuse = (hostile: HttpResponse) => assertThrows(() => readTokenResponse(hostile), CozeError);
const grant = (expires: unknown) => ({ access_token: TOKEN, expires_in: expires });

Deno.test("readTokenResponse() reads the documented answer", () => {
  // Without a Date header, the requested lifetime counts.
  const lifeMs = 900_000 - 2000 - 500;
  const { remainingMs, ...token } = readTokenResponse(answer(grant(TOKEN_ENDS)));
  const expected = { accessToken: TOKEN, expiresAt: TOKEN_ENDS * 1000, issuedLifeMs: lifeMs };
  assertEquals([token, remainingMs()], [{ ...expected, logId: undefined }, lifeMs]);
  const traced = answer(grant(TOKEN_ENDS), 200, { "x-tt-logid": "LOG1" });
  assertEquals(readTokenResponse(traced).logId, "LOG1");
});

Deno.test("readTokenResponse() bears members it does not know, and an envelope of code 0", () => {
  const more = { token_type: "Bearer", refresh_token: "", code: 0, msg: "Success", error: null };
  const token = readTokenResponse(answer({ ...grant(TOKEN_ENDS), ...more }));
  assertEquals([token.accessToken, token.expiresAt], [TOKEN, TOKEN_ENDS * 1000]);
});

/** What is left of a token of 900 s, 500 ms after the request was sent. */
const LIVES: [what: string, expiresIn: number, date: string | undefined, lifeMs: number][] = [
  ["a lifetime", 300, undefined, 299_500],
  ["a lifetime above the requested one", 3600, undefined, 899_500],
  ["a Unix time by the server's clock", 1_760_003_600, at(3_000_000), 597_500],
  ["a Unix time by a clock that is an hour ahead", 1_760_004_200, at(3_600_000), 597_500],
  ["a Unix time above the requested one", 1_760_003_600, at(0), 899_500],
  ["a Unix time in the past", 1_760_000_000, at(0), -2500],
  ["a Date that is none", 1_760_003_600, "soon", 897_500],
];

for (const [what, expiresIn, date, lifeMs] of LIVES) {
  Deno.test(`readTokenResponse() measures the remaining life of ${what}`, () => {
    const response = answer(grant(expiresIn), 200, date === undefined ? {} : { date });
    assertEquals(readTokenResponse(response).remainingMs(), lifeMs);
  });
}

function at(ms: number): string {
  return new Date(SENT_AT + ms).toUTCString();
}

const EXPIRIES: [expiresIn: number, expiresAt: number][] = [
  [1, SENT_AT + 1000],
  [900, SENT_AT + 900_000],
  [86_399, SENT_AT + 86_399_000],
  [0.0005, SENT_AT],
  [999_999_999, SENT_AT + 999_999_999_000],
  [1_000_000_000, 1_000_000_000_000],
  [1_721_135_859, 1_721_135_859_000],
  [1_721_135_859.5, 1_721_135_859_500],
  [8.64e12, 8.64e15],
];

for (const [expiresIn, expiresAt] of EXPIRIES) {
  Deno.test(`readTokenResponse() takes expires_in ${expiresIn} for what it is`, () => {
    assertEquals(readTokenResponse(answer(grant(expiresIn))).expiresAt, expiresAt);
    assert(!Number.isNaN(new Date(expiresAt).getTime()));
  });
}

/** Values as they stand in the JSON text. */
const HOSTILE = {
  expires_in: ['"900"', '"1721135859"', '"NaN"', "0", "-0", "-1", "-1e300", "1e400", "-1e400"]
    .concat("8640000000001", "1e308", "null", "true", "[]", "[900]", "{}", '{"valueOf":900}', '""'),
  access_token: ['""', "null", "0", "true", "[]", '["czs_x"]', '{"toString":"czs_x"}', '"a b"']
    .concat('"a\\nb"', '"czs_x\\r\\nX-Evil: 1"', '"czs_\\u001b[31m"', '"czs_扣"', '"czs_\\u0000"')
    .concat('" "', '"czs_x "'),
};

for (const [member, values] of Object.entries(HOSTILE)) {
  for (const value of [...values, undefined]) {
    Deno.test(`readTokenResponse() refuses ${value} as ${member} (security 10)`, () => {
      const members = { access_token: '"czs_x"', expires_in: "900", [member]: value };
      const text = Object.entries(members).filter(([, value]) => value !== undefined)
        .map(([name, value]) => `"${name}":${value}`).join();
      const error = refuse(answer(`{${text}}`));
      assertEquals([error.code, error.details], ["answer-invalid", { member, status: 200 }]);
    });
  }
}

const NOT_OBJECTS = ["", " ", "null", "[]", '"x"', "1", "true", "{", '{"access_token":"czs_']
  .concat("<html>", "\ufffd");

for (const text of NOT_OBJECTS) {
  Deno.test(`readTokenResponse() calls ${JSON.stringify(text)} not JSON (security 10)`, () => {
    for (const status of [200, 401, 403, 404]) {
      assertEquals(refuse(answer(text, status)).code, "answer-invalid");
    }
  });
}

Deno.test("readTokenResponse() says where an HTML page comes from, briefly and sanitised", () => {
  const page = `<!DOCTYPE html>\n<title>\x1b[31mSign in</title>${".".repeat(1000)}`;
  const { details, message } = refuse(
    answer(page, 404, { "content-type": "text/html; charset=utf-8" }),
  );
  const excerpt = `<!DOCTYPE html> <title>Sign in</title>${".".repeat(81)}…`;
  assertEquals(details, {
    status: 404,
    reason: "json",
    excerpt,
    contentType: "text/html; charset=utf-8",
  });
  assertEquals(message, "The response is unusable: status 404");
});

Deno.test("readTokenResponse() takes nothing from __proto__ (security 10)", () => {
  const nested = `{"__proto__":${JSON.stringify(grant(TOKEN_ENDS))}}`;
  assertEquals(refuse(answer(nested)).details.member, "access_token");
  const error = refuse(answer('{"__proto__":{"error":"invalid_client"},"constructor":1}', 401));
  const server = { status: 401, code: undefined, message: undefined, logId: undefined };
  assertEquals([error.code, error.server], ["client-refused", server]);
  assertEquals(({} as Record<string, unknown>).error, undefined);
});

Deno.test("readTokenResponse() survives an answer nested 6,000 deep (security 10)", () => {
  // As deep as 64 KiB can be.
  const deep = `${'{"error":'.repeat(6000)}1${"}".repeat(6000)}`;
  assertEquals(refuse(answer(deep, 401)).code, "client-refused");
  assertEquals(refuse(answer("[".repeat(65_536), 401)).code, "answer-invalid");
});

Deno.test("readTokenResponse() reads a refusal from the body, whatever the status", () => {
  for (const status of [200, 400, 401, 403, 404]) {
    const error = refuse(answer(KID_REFUSED, status, { "x-tt-logid": "LOG1" }));
    const [code, message] = ["invalid_client", "invalid jwt: kid not been registred"];
    assertEquals([error.code, error.server], [
      "client-refused",
      { status, code, message, logId: "LOG1" },
    ]);
    const words = `Coze refused the request: status ${status}, ${code} ${message}`;
    assertEquals(error.message, words);
  }
});

Deno.test("readTokenResponse() lets a refusal outweigh a token beside it", () => {
  const error = refuse(answer({ ...grant(TOKEN_ENDS), ...KID_REFUSED }));
  assertEquals(error.code, "client-refused");
  assert(!JSON.stringify(error).includes(TOKEN));
});

const ENVELOPES: Record<string, [body: object, code?: string, message?: string, logId?: string]> = {
  "error alone": [{ error: "invalid_client" }, "invalid_client"],
  "error_code before error": [{ error: "a", error_code: "b" }, "b"],
  "error_message alone": [{ error_message: "m" }, undefined, "m"],
  "the envelope of the API": [
    { code: 4101, msg: "no permission", detail: { logid: "L2" } },
    "4101",
    "no permission",
    "L2",
  ],
  "the older envelope": [{ code: 4100, msg: "m", error: { logid: "L3" } }, "4100", "m", "L3"],
  "members of wrong types": [{ error: 1, error_code: {}, error_message: [], code: 7, msg: 8 }, "7"],
  "code 0 beside an error": [
    { code: 0, msg: "ok", error: "invalid_client" },
    "invalid_client",
    "ok",
  ],
  "empty texts": [{ error: "", error_code: "", error_message: "", code: 1 }, "1"],
  "hostile details": [{ code: 1, detail: { logid: { a: 1 } }, error: null }, "1"],
};

for (const [what, [body, code, message, logId]] of Object.entries(ENVELOPES)) {
  Deno.test(`readTokenResponse() reads ${what}`, () => {
    const { code: refused, server } = refuse(answer(body));
    assertEquals([refused, server?.status], ["client-refused", 200]);
    assertEquals([server?.code, server?.message, server?.logId], [code, message, logId]);
  });
}

Deno.test("readTokenResponse() prefers the log id of the header", () => {
  const body = { code: 1, detail: { logid: "BODY" } };
  assertEquals(refuse(answer(body, 200, { "X-Tt-Logid": "HEAD" })).server?.logId, "HEAD");
});
