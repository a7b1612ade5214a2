import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { assertionParts, createAssertion } from "../../lib/assertion.ts";
import { CozeError } from "../../lib/error.ts";
import { createTokenRequest, parseBaseUrl, tokenEndpoint } from "../../lib/token_request.ts";
import * as fc from "../testing/fast_check.ts";

const PATH = "/api/permission/oauth2/token";
const app = (baseUrl: string) => ({ clientId: "1", keyId: "k", privateKey: "", baseUrl });

/** Base URLs that are taken: the audience that follows, and the path prefix. */
const TAKEN: Record<string, [aud: string, prefix?: string]> = {
  "https://api.coze.cn": ["api.coze.cn"],
  "https://api.coze.cn/": ["api.coze.cn"],
  "https://api.coze.cn//": ["api.coze.cn"],
  "https://api.coze.cn?": ["api.coze.cn"],
  "https://api.coze.cn/#": ["api.coze.cn"],
  "https://api.coze.cn?#": ["api.coze.cn"],
  "https://api.coze.com": ["api.coze.com"],
  "HTTPS://API.Coze.CN": ["api.coze.cn"],
  "  https://api.coze.cn\n": ["api.coze.cn"],
  "https:api.coze.cn": ["api.coze.cn"],
  "https:\\\\api.coze.cn\\": ["api.coze.cn"],
  "https://api.coze.cn.": ["api.coze.cn."],
  "https://api.coze.cn:443": ["api.coze.cn"],
  "https://api.coze.cn:8443": ["api.coze.cn:8443"],
  "https://api.coze.cn:0443": ["api.coze.cn"],
  "https://gateway.example/coze": ["gateway.example", "/coze"],
  "https://gateway.example/coze///": ["gateway.example", "/coze"],
  "https://gateway.example/a/../b/": ["gateway.example", "/b"],
  "https://api.coze.cn%2Eevil.example": ["api.coze.cn.evil.example"],
  "https://аpi.coze.cn": ["xn--pi-6kc.coze.cn"],
  "https://ａｐｉ.coze.cn": ["api.coze.cn"],
  "https://扣子.example": ["xn--i8s97n.example"],
  "https://api。coze。cn": ["api.coze.cn"],
  "https://2130706433": ["127.0.0.1"],
  "https://192.0.2.1": ["192.0.2.1"],
  "https://[2001:db8::1]:444": ["[2001:db8::1]:444"],
  "http://localhost:8000": ["localhost:8000"],
  "http://LOCALHOST": ["localhost"],
  "http://127.0.0.1:8000/": ["127.0.0.1:8000"],
  "http://127.0.0.1:80": ["127.0.0.1"],
  "http://127.255.0.3": ["127.255.0.3"],
  "http://127.1": ["127.0.0.1"],
  "http://2130706433": ["127.0.0.1"],
  "http://0x7f000001": ["127.0.0.1"],
  "http://0177.0.0.1": ["127.0.0.1"],
  "http://127.0.0.1.": ["127.0.0.1"],
  "http://127.0.0.1\\@evil.example": ["127.0.0.1", "/@evil.example"],
  "http://[::1]:8000": ["[::1]:8000"],
  "http://[0:0:0:0:0:0:0:1]": ["[::1]"],
};

for (const [baseUrl, [aud, prefix = ""]] of Object.entries(TAKEN)) {
  Deno.test(`parseBaseUrl() takes ${JSON.stringify(baseUrl)} (security 6)`, () => {
    assertEquals(parseBaseUrl(baseUrl).host, aud);
    assertEquals(assertionParts(app(baseUrl), {}, 0).claims.aud, aud);
    const { protocol } = parseBaseUrl(baseUrl);
    assertEquals(tokenEndpoint(app(baseUrl), {}).href, `${protocol}//${aud}${prefix}${PATH}`);
  });
}

const USER_INFO = ["base-url-insecure", "user-info"];
const HTTP = ["base-url-insecure", "http"];
const FORM = ["base-url-not-api", "form"];

/** Base URLs that are refused, with code and reason. */
const REFUSED: Record<string, string[]> = {
  "https://user@api.coze.cn": USER_INFO,
  "https://user:hunter2@api.coze.cn": USER_INFO,
  "https://:hunter2@api.coze.cn": USER_INFO,
  "https://api.coze.cn@evil.example": USER_INFO,
  "https://api.coze.cn%40evil.example@evil.example": USER_INFO,
  "http://127.0.0.1@evil.example": USER_INFO,
  "http://api.coze.cn": HTTP,
  "HTTP://API.COZE.CN": HTTP,
  "http://api.coze.cn:443": HTTP,
  "http://localhost.evil.example": HTTP,
  "http://127.0.0.1.evil.example": HTTP,
  "http://localhost.": HTTP,
  "http://evil.example/127.0.0.1": HTTP,
  "http://128.0.0.1": HTTP,
  "http://0.0.0.0": HTTP,
  "http://2147483649": HTTP,
  "http://0x7e000001": HTTP,
  "http://[::]": HTTP,
  "http://[::2]": HTTP,
  "http://[::ffff:127.0.0.1]": HTTP,
  "https://api.coze.cn?x=1": FORM,
  "https://api.coze.cn/#x": FORM,
  "https://api.coze.cn#@evil.example": FORM,
  "https://evil.example?@api.coze.cn": FORM,
  "ftp://api.coze.cn": FORM,
  "file:///etc/passwd": FORM,
  "javascript:alert(1)": FORM,
  "data:text/plain,x": FORM,
  "wss://api.coze.cn": FORM,
  "api.coze.cn": FORM,
  "api.coze.cn:443": FORM,
  "//api.coze.cn": FORM,
  "/v1": FORM,
  "": FORM,
  "https://": FORM,
  "https://api.coze.cn:99999": FORM,
  "https://api coze.cn": FORM,
  "https://[::1": FORM,
  "https://256.256.256.256": FORM,
};

for (const [baseUrl, [code, reason]] of Object.entries(REFUSED)) {
  Deno.test(`parseBaseUrl() refuses ${JSON.stringify(baseUrl)} (security 6)`, async () => {
    const error = assertThrows(() => parseBaseUrl(baseUrl), CozeError);
    assertEquals([error.code, error.details.reason], [code, reason]);
    assert(!JSON.stringify([error.message, error.details]).includes("hunter2"));
    const early = await assertRejects(() => createAssertion(app(baseUrl)), CozeError);
    assertEquals(early.code, code, "before the key is even looked at");
  });
}

const SCHEMES = ["https://", "http://", "https:", "HTTPS://", "https:\\\\"];
const PIECES = "a api. coze. cn com 127. 0.0.1 [::1] @ : 443 8000 / \\ ? # %2e %40 。 ａ ß - x:y@ ."
  .concat(" .. localhost \t").split(" ");

Deno.test("aud is the host that is called, whatever the base URL (security 2)", () => {
  let taken = 0;
  const baseUrls = fc.tuple(
    fc.constantFrom(...SCHEMES),
    fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }),
  ).map(([scheme, pieces]) => scheme + pieces.join(""));
  const check = (baseUrl: string) => {
    let url: URL;
    try {
      url = createTokenRequest(app(baseUrl), {}, "jwt").url;
    } catch (error) {
      assert(error instanceof CozeError, `${error}`);
      return;
    }
    taken++;
    const { protocol, host, hostname, username, password, search, pathname } = new URL(url);
    assertEquals(assertionParts(app(baseUrl), {}, 0).claims.aud, host);
    assertEquals([username, password, search], ["", "", ""]);
    assert(pathname.endsWith(PATH));
    assert(protocol === "https:" || /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname));
  };
  fc.assert(fc.property(baseUrls, check), { numRuns: 5000, seed: 7 });
  assert(taken > 500, `only ${taken} of the URLs were taken`);
});
