import { type FindingCode, KINDS } from "../../../lib/doctor/kinds.ts";
import { assertEquals } from "@std/assert";
import { mayOpen } from "../../../lib/doctor/hosts.ts";
import type { Facts } from "../../../lib/doctor/facts.ts";
import { blocks, findOffline, RULES } from "../../../lib/doctor/rules/rules.ts";
import { codes, healthy, value } from "./facts.ts";

const KEY = healthy().key!;
const refusal = (code: FindingCode, message = "", details = {}): Partial<Facts> => ({
  refusal: { code, details, server: { status: 401, code: "invalid_client", message } },
});

const HEALTHY: [name: string, facts: Partial<Facts>][] = [
  ["coze.cn", {}],
  ["coze.com", { baseUrl: value("https://api.coze.com") }],
  ["an emulator", { baseUrl: value("http://127.0.0.1:4711") }],
  ["a proxy of a company", { baseUrl: value("https://coze-gateway.example.com/coze") }],
  ["a key id that begins with -", { keyId: value("-v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4") }],
  ["a JSON file", { clientType: value("jwt") }],
  ["Windows", { key: { ...KEY, mode: undefined as unknown as number } }],
];
for (const [name, facts] of HEALTHY) {
  Deno.test(`findOffline() finds nothing on a healthy setup: ${name}`, () => {
    assertEquals(findOffline(healthy(facts)), []);
  });
}

const UNREADABLE = { code: "config-file-malformed", details: {} } as const;
const HIDDEN = { code: "sandbox-read", details: {} } as const;
const MISSING_KEY = { ...KEY, error: { code: "key-file-missing", details: {} } } as const;
const json = { origin: "json-file", source: "keys/coze_oauth_config.json client_id" } as const;
const FOUND: [facts: Partial<Facts>, expected: FindingCode[]][] = [
  [{ clientId: undefined as never }, ["config-missing"]],
  [{ clientId: undefined as never, keyId: undefined as never }, ["config-missing"]],
  [{ clientId: value("a1"), keyId: value("abc") }, ["client-id-malformed", "key-id-malformed"]],
  [{ clientId: value("１１２７９") }, ["client-id-malformed"]],
  [{ clientId: value("11\u200b27") }, ["client-id-malformed"]],
  [{ clientId: value('"1127"') }, ["client-id-malformed"]],
  [{ clientId: value("your app id") }, ["client-id-malformed"]],
  [{ clientId: value("填写应用ID") }, ["client-id-malformed"]],
  [{ clientId: value("112 7") }, ["client-id-malformed"]],
  [{ clientId: value("47827983.app.coze") }, ["client-id-is-web-client"]],
  [{ clientId: value("7351234567890123456") }, ["client-id-looks-like-bot-id"]],
  [{ clientId: healthy().keyId!, keyId: healthy().clientId! }, ["ids-swapped"]],
  [{ keyId: value("gdehvaDegW.....") }, ["key-id-malformed"]],
  [{ keyId: value("x".repeat(42)) }, ["key-id-malformed"]],
  [{ keyId: value("-----BEGIN PUBLIC KEY-----\nMIIB") }, ["key-id-is-public-key"]],
  [{ keyId: value("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" + "A".repeat(300)) }, [
    "key-id-is-public-key",
  ]],
  [{ baseUrl: value("https://www.coze.cn") }, ["base-url-not-api"]],
  [{ baseUrl: value("https://api.coze.cn/v1") }, ["base-url-not-api"]],
  [{ baseUrl: value("https://coze.com") }, ["base-url-not-api"]],
  [{ baseUrl: value("https://docs.coze.cn/x") }, ["base-url-not-api"]],
  [{ baseUrl: value("api.coze.cn") }, ["base-url-not-api"]],
  [{ baseUrl: value("https://api.coze.cn,api.coze.com") }, ["base-url-not-api"]],
  [{ baseUrl: value("https://*.coze.cn") }, ["base-url-not-api"]],
  [{ baseUrl: value("https://apl.coze.com") }, ["base-url-not-api"]],
  [{ baseUrl: value("https://\u0430pi.coze.cn.") }, ["base-url-not-api"]],
  [{ baseUrl: value("https://x.coze.site") }, ["base-url-not-api"]],
  [{ baseUrl: value("https://integration.coze.cn") }, ["base-url-not-api"]],
  [{ baseUrl: value("http://api.coze.cn") }, ["base-url-insecure"]],
  [{ baseUrl: value("https://u:p@api.coze.cn") }, ["base-url-insecure"]],
  [{ clientType: value("web") }, ["config-wrong-client-type"]],
  [{ clientId: value("1", { lost: ["keys/.env OTHER"] }) }, ["config-shadowed"]],
  [{ clientId: value("1", json) }, ["config-mixed-sources"]],
  [{ key: { ...KEY, error: { code: "key-is-public", details: {} } } }, ["key-is-public"]],
  [{ key: MISSING_KEY }, ["key-file-missing"]],
  // The unreadable file may contain the key.
  [{ key: MISSING_KEY, unreadable: [UNREADABLE] }, ["config-file-malformed"]],
  [{ key: { ...MISSING_KEY, from: value("x.pem") }, unreadable: [UNREADABLE] }, [
    "config-file-malformed",
    "key-file-missing",
  ]],
  [{ key: { ...KEY, error: HIDDEN }, unreadable: [HIDDEN] }, ["sandbox-read"]],
  [{ key: { ...KEY, bits: 1024 } }, ["key-too-short"]],
  [{ key: { ...KEY, blocks: 2 } }, ["key-several-blocks"]],
  [{ key: { ...KEY, mode: 0o100640 } }, ["key-file-mode"]],
  [{ key: { ...KEY, linkTarget: "/etc/key" } }, ["key-symlink"]],
  [{ key: { ...KEY, repairs: ["pkcs1", "crlf"] } }, ["key-repaired"]],
  [refusal("client-refused", "invalid jwt: kid not been registred"), [
    "wrong-region",
    "key-id-unknown",
  ]],
  [{
    ...refusal("client-refused", "invalid jwt: kid not been registred"),
    baseUrl: value("http://127.0.0.1:1"),
  }, [
    "key-id-unknown",
    "wrong-region",
  ]],
  [refusal("client-refused", "", { clockOffsetSeconds: 61 }), ["clock-skew"]],
  [refusal("client-refused", "", { clockOffsetSeconds: -700 }), ["clock-skew"]],
  [refusal("client-refused", "", { clockOffsetSeconds: -300 }), ["clock-skew"]],
  [refusal("client-refused", "", { clockOffsetSeconds: 59 }), []],
  [refusal("app-disabled", "", { clockOffsetSeconds: 900 }), []],
  [{ ...refusal("client-refused"), request: { accountId: "1" } }, ["account-path-refused"]],
];
for (const [facts, expected] of FOUND) {
  Deno.test(`findOffline() finds ${expected} in ${JSON.stringify(facts).slice(0, 90)}`, () => {
    assertEquals(codes(findOffline(healthy(facts))), expected);
  });
}

Deno.test("RULES lists every code that a rule yields", () => {
  for (const [, facts] of [...HEALTHY, ...FOUND.map(([facts]) => ["", facts] as const)]) {
    for (const { rule, codes } of RULES) {
      const unlisted = rule(healthy(facts)).filter(({ code }) => !codes.includes(code));
      assertEquals(unlisted, []);
    }
  }
  const listed = RULES.flatMap(({ codes }) => codes);
  const own: FindingCode[] = [...KINDS.configuration.codes, ...KINDS.key.codes];
  assertEquals(own.filter((code) => !listed.includes(code)), []);
});

/** Hosts that look like Coze's. */
const LOOKALIKES = "api.coez.cn api.cooze.cn api.cozee.com api.coze.cm api.coze.c api.coze.co "
  .concat("api.c0ze.cn c0ze.cn api.c0ze.com.evil.org api.coze.cn.evil.org:8443 apicoze.cn ")
  .concat("coze-api.com api-coze.cn www-coze.cn cozeapi.com coze-login.com my-coze.cn coze.net ")
  .concat("api-coze-cn.evil.org api.coze.com.evil.org api.coze.com.cn coze.example.com. ")
  .concat("api.\u0441oze.cn API.\u0441oze.cn.evil.org \u0441oze.net c\u043eze.com coz\u0435.cn ")
  .concat("\u0441\u043ez\u0435.cn c\u03bfze.cn:8443 c\u00f6z\u00e9.cn xn--oze-3ed.evil.org")
  .split(" ");
const HONEST = "api.coze.com coze-proxy.example.com gateway.example.com:8443 网关.example.com "
  .concat("api.网关.cn münchen.example.com cześć.pl api.home.cn api.core.cn api.code.com ")
  .concat("api.cozy.de api.cozy.cn bulldoze.com cozens.example 192.0.2.3").split(" ");

Deno.test("findOffline() finds hosts that look like Coze's, and no others", () => {
  for (const host of [...LOOKALIKES, ...HONEST]) {
    const baseUrl = value(`https://${host}`);
    const isLookalike = LOOKALIKES.includes(host);
    const found = findOffline(healthy({ baseUrl }));
    const expected = isLookalike ? [["base-url-lookalike", "likely"]] : [];
    assertEquals(found.map(({ code, certainty }) => [code, certainty]), expected, host);
    assertEquals(mayOpen(new URL(baseUrl.text).host, true), !isLookalike, host);
  }
});

Deno.test("findOffline() finds all problems at once, errors first", () => {
  const facts = healthy({
    clientId: value("<id>"),
    keyId: value("short"),
    baseUrl: value("https://www.coze.cn"),
    key: { ...KEY, error: { code: "key-damaged", details: {} }, mode: 0o100644 },
  });
  assertEquals(codes(findOffline(facts)), [
    "key-damaged",
    "client-id-malformed",
    "base-url-not-api",
    "key-id-malformed",
    "key-file-mode",
  ]);
  const otherType = { ...facts, clientType: value("pkce"), clientId: undefined };
  assertEquals(codes(findOffline(otherType)), ["config-wrong-client-type"]);
});

Deno.test("findOffline() finds nothing from a message that Coze is not known to send", () => {
  const words = [
    "signature",
    "expired",
    "invalid aud",
    "iss",
    "jti used",
    "verify jwt empty error",
  ];
  for (const text of words) {
    const facts = healthy(refusal("client-refused", `invalid jwt: ${text}`));
    assertEquals(codes(findOffline(facts)), []);
  }
});

Deno.test("blocks() is true only for what makes the request impossible", () => {
  const blocking = (more: Partial<Facts>) =>
    findOffline(healthy(more)).filter(blocks).map(({ code }) => code);
  assertEquals(blocking({ clientId: undefined as never }), ["config-missing"]);
  assertEquals(blocking({ clientId: value("1\x07") }), ["client-id-malformed"]);
  assertEquals(blocking({ clientId: value("abc"), keyId: value("abc") }), []);
  assertEquals(blocking({ baseUrl: value("https://www.coze.cn") }), []);
  assertEquals(blocking({ baseUrl: value("nonsense") }), ["base-url-not-api"]);
  for (const code of ["key-file-missing", "key-is-a-path", "key-not-rsa", "key-damaged"] as const) {
    assertEquals(blocking({ key: { ...KEY, error: { code, details: {} } } }), [code]);
  }
  assertEquals(blocking({ key: { ...KEY, bits: 1024 } }), []);
  assertEquals(blocking({ clientType: value("web") }), ["config-wrong-client-type"]);
});
