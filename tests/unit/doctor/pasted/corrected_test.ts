import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { correctedCurl } from "../../../../lib/doctor/pasted/corrected.ts";
import {
  BODY,
  found,
  GRANT,
  healthyCurl,
  judge,
  jwt,
  SIGNATURE,
  URL_,
} from "../../../testing/pasted_requests.ts";

const corrected = (text: string) => correctedCurl(text, judge(text).facts);
const TYPE = "-H 'Content-Type: application/json'";

Deno.test("correctedCurl() writes the documented request", () => {
  assertEquals(
    corrected(`curl ${URL_} -d grant_type=x -d assertion=${jwt()}`),
    `curl -X POST '${URL_}' \\
  -H 'Authorization: Bearer <JWT>' \\
  -H 'Content-Type: application/json' \\
  -d '${BODY}'`,
  );
});

const KEPT: [name: string, text: string, part: string][] = [
  ["the region", healthyCurl("x", BODY, URL_.replace(".cn", ".com")), "//api.coze.com/"],
  ["the region of the console", `curl https://www.coze.com/x`, "'https://api.coze.com/api/"],
  ["the host of a lookalike", `curl https://api.coze.cm/x`, "'https://api.coze.c"],
  ["https", `curl http://api.coze.com`, "'https://api.coze.com/api/"],
  ["an account", `curl ${URL_.replace("token", "account/77/token/")}`, "/account/77/token'"],
  ["an enterprise", `curl ${URL_.replace("token", "enterprise_id/v_1/token")}`, "/v_1/token'"],
  ["the lifetime", healthyCurl("x", BODY.replace("900", "3600")), '"duration_seconds":3600'],
  ["a lifetime in a form", `curl ${URL_} -d duration_seconds=60`, '"duration_seconds":60'],
  ["a variable", healthyCurl("$MY_JWT"), '-H "Authorization: Bearer $MY_JWT"'],
  ["a variable in single quotes", `curl ${URL_} -H 'Authorization: Bearer $T'`, 'Bearer $T"'],
  ["a variable in braces", healthyCurl("${MY_JWT}"), '"Authorization: Bearer ${MY_JWT}"'],
  [
    "the scope",
    healthyCurl("x", '{"scope":{"account_permission":{"permission_list":["Connector.botChat"]}}}'),
    '"scope":{"account_permission":{"permission_list":["Connector.botChat"]}}',
  ],
];
for (const [name, text, part] of KEPT) {
  Deno.test(`correctedCurl() keeps ${name}`, () => assertStringIncludes(corrected(text), part));
}

const DROPPED: [name: string, text: string, part: string][] = [
  ["a JWT", healthyCurl(), SIGNATURE.slice(0, 20)],
  ["a host with a password", `curl https://me:pw@api.coze.cn/x`, "pw"],
  ["a wrong lifetime", healthyCurl("x", BODY.replace("900", "86400")), "86400"],
  ["a scope of another form", healthyCurl("x", '{"scope":"Connector.botChat"}'), "scope"],
  ["a command", healthyCurl("$(sign-it)"), "sign-it"],
  ["a quote", `curl "${URL_.replace("token", "account/7'x/token")}"`, "7'x"],
  [
    "a token among permissions",
    healthyCurl("x", '{"scope":{"account_permission":{"permission_list":["pat_abcdefghijk"]}}}'),
    "pat_",
  ],
];
for (const [name, text, part] of DROPPED) {
  Deno.test(`correctedCurl() leaves ${name} out`, () => {
    const shown = corrected(text);
    assert(!shown.includes(part), shown);
  });
}

Deno.test("correctedCurl() writes what has no mistake", () => {
  for (const [, text] of KEPT) assertEquals(found(corrected(text)), []);
  const wrong = `curl ${URL_} ${TYPE} -d '{"grant_type":"${GRANT}","duration_seconds":"5"}'`;
  assertEquals(found(wrong).length, 2);
  assertEquals(found(corrected(wrong)), []);
});
