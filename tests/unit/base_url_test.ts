import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { assertionParts, createAssertion } from "../../lib/assertion.ts";
import { CozeError } from "../../lib/error.ts";
import { createTokenRequest, parseBaseUrl, tokenEndpoint } from "../../lib/token_request.ts";

const PATH = "/api/permission/oauth2/token";
const app = (baseUrl: string) => ({ clientId: "1", keyId: "k", privateKey: "", baseUrl });

/** Base URLs that are taken: the audience that follows, and the path prefix. */
const TAKEN: Record<string, [aud: string, prefix?: string]> = {
  "https://api.coze.cn": ["api.coze.cn"],
  "https://api.coze.cn/": ["api.coze.cn"],
  "https://api.coze.cn//": ["api.coze.cn"],
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
    assertEquals(assertionParts(app(baseUrl), {}, Date.now).claims.aud, aud);
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

Deno.test("parseBaseUrl() leaves nothing behind the path of the endpoint", () => {
  for (
    const baseUrl of ["https://api.coze.cn?", "https://api.coze.cn/#", "https://api.coze.cn?#"]
  ) {
    let href: string;
    try {
      href = tokenEndpoint(app(baseUrl), {}).href;
    } catch (error) {
      assertEquals((error as CozeError).code, "base-url-not-api");
      continue;
    }
    assertEquals(href, `https://api.coze.cn${PATH}`, baseUrl);
  }
});

/** A generator of whole numbers with a fixed seed (Park and Miller). */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = state * 48_271 % 2_147_483_647;
    return state % below;
  };
}

Deno.test("aud is the host that is called, for 20,000 random base URLs (security 2)", () => {
  const random = createRandom(20_260_728);
  const pick = (choices: readonly string[]) => choices[random(choices.length)]!;
  const PIECES = [
    "a",
    "api.",
    "coze.",
    "cn",
    "com",
    "127.",
    "0.0.1",
    "[::1]",
    "@",
    ":",
    "443",
    "8000",
  ];
  const ODD = [
    "/",
    "\\",
    "?",
    "#",
    "%2e",
    "%40",
    "。",
    "ａ",
    "ß",
    "-",
    "x:y@",
    "localhost",
    ".",
    "..",
    "\t",
  ];
  let taken = 0;
  for (let i = 0; i < 20_000; i++) {
    let baseUrl = pick(["https://", "http://", "https:", "HTTPS://", "https:\\\\"]);
    for (let n = random(6) + 1; n > 0; n--) baseUrl += pick(random(3) === 0 ? ODD : PIECES);
    let request: Request;
    try {
      request = createTokenRequest(app(baseUrl), {}, "jwt");
    } catch (error) {
      assert(error instanceof CozeError, `${baseUrl}: ${error}`);
      continue;
    }
    taken++;
    const called = new URL(request.url);
    assertEquals(assertionParts(app(baseUrl), {}, Date.now).claims.aud, called.host, baseUrl);
    assertEquals([called.username, called.password, called.search], ["", "", ""], baseUrl);
    assert(called.pathname.endsWith(PATH), baseUrl);
    assert(
      called.protocol === "https:" || /^(localhost|127\.[\d.]+|\[::1\])$/.test(called.hostname),
      baseUrl,
    );
  }
  assert(taken > 5000, `only ${taken} of the URLs were taken`);
});
