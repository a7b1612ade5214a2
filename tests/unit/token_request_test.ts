import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createAssertion } from "../../lib/assertion.ts";
import { CozeError } from "../../lib/error.ts";
import { pkcs8Pem } from "../testing/keys.ts";
import {
  checkRequest,
  createTokenRequest,
  tokenEndpoint,
  type TokenRequest,
  tokenRequestBody,
} from "../../lib/token_request.ts";

const app = { clientId: "1127900106117", keyId: "key", privateKey: "" };

const PATHS: Record<string, [TokenRequest, string]> = {
  "default": [{}, "/api/permission/oauth2/token"],
  "account": [{ accountId: "7348293334" }, "/api/permission/oauth2/account/7348293334/token"],
  "enterprise": [
    { enterpriseId: "volcano_210195" },
    "/api/permission/oauth2/enterprise_id/volcano_210195/token",
  ],
};

for (const [what, [request, path]] of Object.entries(PATHS)) {
  Deno.test(`tokenEndpoint() has the documented path: ${what}`, () => {
    assertEquals(tokenEndpoint({}, request).href, `https://api.coze.cn${path}`);
    const baseUrl = "http://127.0.0.1:8000/mock/";
    assertEquals(tokenEndpoint({ baseUrl }, request).href, `http://127.0.0.1:8000/mock${path}`);
  });
}

const HOSTILE = ["../../../v1/x?y=", "..", ".", "a/b", "a\\b", "a?b", "a#b", "a%2fb", "a b"]
  .concat("a\n", "\n7", "", "扣子", "\ud800", "x".repeat(65));

for (const [member, folder] of [["accountId", "account"], ["enterpriseId", "enterprise_id"]]) {
  for (const id of HOSTILE) {
    const shown = JSON.stringify(id.slice(0, 20));
    Deno.test(`createAssertion() refuses ${shown} as ${member} (security 13)`, async () => {
      const error = await assertRejects(() => createAssertion(app, { [member!]: id }), CozeError);
      assertEquals([error.code, error.details.name], ["usage", member]);
      // Nor would it change another part of the URL. Nothing encodes "." and "..".
      if (/^\.{1,2}$/.test(id)) return;
      const { href } = tokenEndpoint({}, { [member!]: id });
      const encoded = encodeURIComponent(id.toWellFormed());
      assertEquals(href, `https://api.coze.cn/api/permission/oauth2/${folder}/${encoded}/token`);
    });
  }
}

Deno.test("checkRequest() takes ids of every documented form, one at a time (security 13)", () => {
  for (const id of ["7", "7348293334293334", "volcano_210195", "a-b", "x".repeat(64)]) {
    checkRequest(app, { accountId: id });
    checkRequest(app, { enterpriseId: id });
  }
  const both = { accountId: "1", enterpriseId: "2" };
  const error = assertThrows(() => checkRequest(app, both), CozeError);
  assertEquals([error.code, error.details.name], ["usage", "enterpriseId"]);
});

Deno.test("checkRequest() takes durations of 1 to 86399 s", () => {
  for (const durationSeconds of [1, 900, 86_399, undefined]) {
    checkRequest(app, { durationSeconds });
  }
  for (const value of [0, -1, 86_400, 1.5, NaN, Infinity, -0, "900", 1n]) {
    const request = { durationSeconds: value } as TokenRequest;
    const error = assertThrows(() => checkRequest(app, request), CozeError);
    assertEquals([error.code, error.details], ["duration-out-of-range", { value: String(value) }]);
  }
});

Deno.test("checkRequest() repeats no long text given as a duration (security 12)", () => {
  for (
    const secret of [pkcs8Pem(), "0123456789abcdef", ["czs_0123456789"], [{ toString: 1 }], null]
  ) {
    const request = { durationSeconds: secret } as unknown as TokenRequest;
    const error = assertThrows(() => checkRequest(app, request), CozeError);
    assertEquals(error.details, { value: typeof secret });
  }
});

const text = (length: number) => "用".repeat(length);
const MALFORMED: [name: string, ...values: unknown[]][] = [
  ["sessionName", 5, "", null, {}, text(257), "a\nb", "a\x00b", "a\x9fb"],
  ["sessionContext", "x", 5, []],
  ["sessionContext.deviceInfo", "x", null],
  ["sessionContext.deviceInfo.deviceId", 5, "", "a\nb"],
  ["sessionContext.deviceInfo.customConsumer", {}, ""],
  ["sessionContext.connectorInfo.connectorId", 999, "", undefined],
  ["scope.permissions", undefined, "Connector.botChat", [5], [""], Array(1)],
  ["scope.botIds", "1", [1]],
  ["accountId", 5, null],
];

for (const [name, ...values] of MALFORMED) {
  Deno.test(`checkRequest() refuses a malformed ${name}`, () => {
    for (const value of values) {
      // Sets the one member that the dotted name leads to.
      const request = name.split(".").reduceRight<unknown>(
        (inner, member) => ({ [member]: inner }),
        value,
      ) as TokenRequest;
      if (name === "scope.botIds") Object.assign(request.scope!, { permissions: ["p"] });
      const error = assertThrows(() => checkRequest(app, request), CozeError);
      assertEquals([error.code, error.details.name], ["usage", name], `${value}`);
    }
  });
}

Deno.test("checkRequest() accepts a sessionName of 1 to 256 characters", () => {
  for (const sessionName of ["a", "扣子 用户", text(256)]) checkRequest(app, { sessionName });
});

Deno.test("createAssertion() refuses an app or a request that is not an object", async () => {
  const attempts: [unknown, unknown, string][] = [
    [undefined, {}, "app"],
    ["1127900106117", {}, "app"],
    [app, null, "request"],
    [app, "x", "request"],
    [app, { sessionName: () => "x" }, "request"],
  ];
  for (const [given, request, name] of attempts) {
    const sign = () => createAssertion(given as typeof app, request as TokenRequest);
    const error = await assertRejects(sign, CozeError);
    assertEquals([error.code, error.details.name], ["usage", name]);
  }
});

Deno.test("checkRequest() lets pass what merely looks wrong", () => {
  for (const id of ["x", "-abc", "扣子", "7".repeat(19), "abc.app.coze", "a b", "…"]) {
    checkRequest({ ...app, clientId: id, keyId: id }, {});
  }
});

const permissions = ["Connector.botChat"];
const permission_list = permissions;
const bots = (...ids: string[]) => ({
  attribute_constraint: { connector_bot_chat_attribute: { bot_id_list: ids } },
});

/** What the body has beside the grant type. */
const BODIES: Record<string, [TokenRequest, Record<string, unknown>]> = {
  "nothing": [{}, { duration_seconds: 900 }],
  "a scope": [
    { scope: { permissions } },
    { duration_seconds: 900, scope: { account_permission: { permission_list } } },
  ],
  "a scope of bots and a duration": [
    { scope: { permissions, botIds: ["1", "7348293334293334012"] }, durationSeconds: 86_399 },
    {
      duration_seconds: 86_399,
      scope: { account_permission: { permission_list }, ...bots("1", "7348293334293334012") },
    },
  ],
  "a scope of no bots": [
    { scope: { permissions, botIds: [] } },
    { duration_seconds: 900, scope: { account_permission: { permission_list }, ...bots() } },
  ],
  "what belongs elsewhere": [
    { sessionName: "u", sessionContext: { deviceInfo: { deviceId: "d" } }, accountId: "7" },
    { duration_seconds: 900 },
  ],
  "undefined members": [
    { scope: undefined, durationSeconds: undefined },
    { duration_seconds: 900 },
  ],
};

for (const [what, [request, body]] of Object.entries(BODIES)) {
  Deno.test(`tokenRequestBody() holds exactly the documented members for ${what}`, () => {
    const sent = JSON.parse(JSON.stringify(tokenRequestBody(request)));
    assertEquals(sent, { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", ...body });
  });
}

Deno.test("createTokenRequest() describes the one documented request", () => {
  const request = { durationSeconds: 86_399 };
  const { method, url, bearer, body } = createTokenRequest({}, request, "a.b.c");
  const endpoint = "https://api.coze.cn/api/permission/oauth2/token";
  assertEquals([method, url.href, bearer], ["POST", endpoint, "a.b.c"]);
  assertEquals(body, tokenRequestBody(request));
});
