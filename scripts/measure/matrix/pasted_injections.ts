import { formOf, goodRequest, jwtOf, partsOf, type Pasted, TELLINGS } from "./pasted_requests.ts";
import type { Injection, Setup } from "./setup.ts";

type Code = Injection["code"];
type Change = (request: Pasted, setup: Setup) => Partial<Pasted>;

const FORM = "application/x-www-form-urlencoded";

/** One fault, told in each of the ways; one that is not an error is nothing at all. */
function told(
  code: Code,
  name: string,
  change: Change,
  accepts: Code[] = [],
  implies: Code[] = [],
): Injection[] {
  return Object.entries(TELLINGS).map(([way, tell]) => ({
    code,
    name: `${name}, ${way}`,
    group: "pasted",
    touches: ["stdin"],
    accepts,
    implies,
    apply: (setup) => {
      const good = goodRequest(setup);
      setup.stdin = tell({ ...good, ...change(good, setup) });
      setup.args.unshift("-");
    },
  }));
}

/** Changes the Authorization header; nothing takes it out. */
const authorization =
  (value: (jwt: string, setup: Setup) => string | undefined): Change => ({ headers }, setup) => {
    const { Authorization: _, ...others } = headers;
    const made = value(jwtOf(setup), setup);
    return { headers: made === undefined ? others : { ...others, "Authorization": made } };
  };
const body = (text: (jwt: string) => string, type = "application/json"): Change => (_, setup) => ({
  headers: { "Content-Type": type },
  body: text(jwtOf(setup)),
});
const claims = (changed: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  authorization((_, setup) => `Bearer ${jwtOf(setup, changed, header)}`);
const times = (convert: (seconds: number) => unknown) =>
  authorization((_, setup) => {
    const { iat, exp } = partsOf(setup).claims;
    const changed = { iat: convert(Number(iat)), exp: convert(Number(exp)) };
    return `Bearer ${jwtOf(setup, changed)}`;
  });
const grant = (text: string | undefined): Change => ({ body }) => ({
  body: JSON.stringify({ ...JSON.parse(body), "grant_type": text }),
});
const path = (text: string): Change => ({ url }) => ({ url: new URL(text, url).href });
const narrow = JSON.stringify({
  "account_permission": { "permission_list": ["Connector.botChat"] },
});

const bearer: Injection[] = [
  ...told("wire-no-bearer", "no header", authorization(() => undefined)),
  ...told("wire-bearer-malformed", "no blank", authorization((jwt) => `Bearer${jwt}`)),
  ...told("wire-bearer-malformed", "two blanks", authorization((jwt) => `Bearer  ${jwt}`)),
  ...told("wire-bearer-malformed", "Bearer twice", authorization((jwt) => `Bearer Bearer ${jwt}`)),
  ...told("wire-bearer-malformed", "quotes", authorization((jwt) => `Bearer '${jwt}'`)),
  ...told("wire-bearer-malformed", "no Bearer", authorization((jwt) => jwt)),
  ...told("wire-bearer-malformed", "a colon", authorization((jwt) => `Bearer: ${jwt}`)),
  ...told(
    "wire-not-a-jwt",
    "a personal token",
    authorization(() => `Bearer pat_${"a1".repeat(32)}`),
  ),
  ...told(
    "wire-not-a-jwt",
    "an access token",
    authorization(() => `Bearer czs_${"a1".repeat(24)}`),
  ),
  ...told(
    "wire-not-a-jwt",
    "two parts",
    authorization((jwt) => `Bearer ${jwt.replace(/\.[^.]*$/, "")}`),
  ),
];

const form: Injection[] = [
  ...told(
    "wire-assertion-in-body",
    "a form",
    body((assertion) => formOf({ assertion }), FORM),
    [],
    [
      "wire-no-bearer",
      "wire-body-not-json",
    ],
  ),
  ...told(
    "wire-assertion-in-body",
    "JSON",
    body((assertion) => JSON.stringify({ ...JSON.parse(grantBody), assertion })),
    [],
    ["wire-no-bearer"],
  ),
  ...told("wire-body-not-json", "a form beside a good header", ({ headers }) => ({
    headers: { ...headers, "Content-Type": FORM },
    body: formOf({ "duration_seconds": "900" }),
  })),
  ...told("wire-body-not-json", "a comma too many", ({ body }) => ({
    body: body.replace(/\}$/, ",}"),
  })),
  ...told("wire-wrong-grant", "client_credentials", grant("client_credentials")),
  ...told("wire-wrong-grant", "authorization_code", grant("authorization_code")),
  ...told("wire-wrong-grant", "cut short", grant("jwt-bearer")),
  ...told("wire-wrong-grant", "none", grant(undefined)),
  ...told("wire-wrong-path", "of RFC 6749", path("/oauth2/token")),
  ...told("wire-wrong-path", "of the web flow", path("/api/permission/oauth2/authorize")),
  ...told("wire-wrong-path", "a letter more", path("/api/permission/oauth2/tokens")),
  ...told("wire-wrong-method", "GET", () => ({ method: "GET", body: "" }), [], [
    "wire-body-not-json",
  ]),
  ...told("wire-wrong-method", "PUT", () => ({ method: "PUT" })),
];
const grantBody = '{"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer","ttl":900}';

const inside: Injection[] = [
  ...told("wire-scope-in-claims", "an object", claims({ scope: JSON.parse(narrow) })),
  ...told("wire-scope-in-claims", "a text", claims({ scope: narrow })),
  ...["iss", "aud", "iat", "exp", "jti"].flatMap((name) =>
    told(
      "wire-claims-invalid",
      `no ${name}`,
      claims({ [name]: undefined }),
      name === "aud" ? ["audience-mismatch"] : [],
    )
  ),
  ...told("wire-claims-invalid", "milliseconds", times((seconds) => seconds * 1000)),
  ...told("wire-claims-invalid", "texts as times", times(String)),
  ...told("wire-claims-invalid", "fractions", times((seconds) => seconds + 0.25)),
  ...told("wire-claims-invalid", "expired", times((seconds) => seconds - 86_400)),
  ...told("wire-claims-invalid", "a number as App ID", claims({ iss: 1127900106117 })),
  ...told("wire-claims-invalid", "HS256", claims({}, { alg: "HS256" })),
  ...told("wire-claims-invalid", "no key id", claims({}, { kid: undefined })),
  ...told(
    "wire-claims-invalid",
    "a list of audiences",
    (good, setup) => claims({ aud: [`api.coze.${setup.user.region}`] })(good, setup),
    ["audience-mismatch"],
  ),
  ...told(
    "wire-claims-invalid",
    "a URL as audience",
    (good, setup) => claims({ aud: `https://api.coze.${setup.user.region}` })(good, setup),
    ["audience-mismatch"],
  ),
  ...told("audience-mismatch", "the other region", (good, setup) => {
    const other = setup.user.region === "cn" ? "com" : "cn";
    return claims({ aud: `api.coze.${other}` })(good, setup);
  }),
  ...told("audience-mismatch", "the console", claims({ aud: "www.coze.cn" })),
];

/** Requests in which nothing is wrong. */
const healthy: Injection[] = told("unexpected", "a good request", () => ({})).map((each) => ({
  ...each,
  group: "healthy",
  severity: "none",
}));

/** Faults of a request that is pasted into `doctor -`. */
export const PASTED_INJECTIONS: readonly Injection[] = [...bearer, ...form, ...inside];
/** Pasted requests in which nothing is wrong. */
export const HEALTHY_PASTED: readonly Injection[] = healthy;
