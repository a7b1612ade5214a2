import type { Code } from "../../../../lib/words/words.ts";
import type { Setup } from "../setup.ts";
import { injectInto, type Injection } from "./injection.ts";
import { FORMATS, formOf, goodRequest, jwtOf, partsOf, type Pasted } from "./pasted_requests.ts";

type Change = (request: Pasted, setup: Setup) => Partial<Pasted>;
type More = Pick<Injection, "accepts" | "implies" | "severity">;

const FORM = "application/x-www-form-urlencoded";
const inject = injectInto("pasted");

/** One fault, pasted in each format. */
const inFormats = (code: Code, name: string, change: Change, more?: More): Injection[] =>
  Object.entries(FORMATS).map(([format, write]) =>
    inject(code, `${name}, ${format}`, ["stdin"], (setup) => {
      const good = goodRequest(setup);
      setup.stdin = write({ ...good, ...change(good, setup) });
      setup.args.unshift("-");
    }, more)
  );

/** Changes the Authorization header; undefined removes it. */
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
  ...inFormats("wire-no-bearer", "no header", authorization(() => undefined)),
  ...inFormats("wire-bearer-malformed", "no blank", authorization((jwt) => `Bearer${jwt}`)),
  ...inFormats("wire-bearer-malformed", "two blanks", authorization((jwt) => `Bearer  ${jwt}`)),
  ...inFormats(
    "wire-bearer-malformed",
    "Bearer twice",
    authorization((jwt) => `Bearer Bearer ${jwt}`),
  ),
  ...inFormats("wire-bearer-malformed", "quotes", authorization((jwt) => `Bearer '${jwt}'`)),
  ...inFormats("wire-bearer-malformed", "no Bearer", authorization((jwt) => jwt)),
  ...inFormats("wire-bearer-malformed", "a colon", authorization((jwt) => `Bearer: ${jwt}`)),
  ...inFormats(
    "wire-not-an-assertion",
    "a personal token",
    authorization(() => `Bearer pat_${"a1".repeat(32)}`),
  ),
  ...inFormats(
    "wire-not-an-assertion",
    "an access token",
    authorization(() => `Bearer czs_${"a1".repeat(24)}`),
  ),
  ...inFormats(
    "wire-not-an-assertion",
    "two parts",
    authorization((jwt) => `Bearer ${jwt.replace(/\.[^.]*$/, "")}`),
  ),
];

const form: Injection[] = [
  ...inFormats(
    "wire-assertion-in-body",
    "a form",
    body((assertion) => formOf({ assertion }), FORM),
    { implies: ["wire-no-bearer", "wire-body-invalid"] },
  ),
  ...inFormats(
    "wire-assertion-in-body",
    "JSON",
    body((assertion) => JSON.stringify({ ...JSON.parse(grantBody), assertion })),
    { implies: ["wire-no-bearer"] },
  ),
  ...inFormats("wire-body-invalid", "a form beside a good header", ({ headers }) => ({
    headers: { ...headers, "Content-Type": FORM },
    body: formOf({ "duration_seconds": "900" }),
  })),
  ...inFormats("wire-body-invalid", "a comma too many", ({ body }) => ({
    body: body.replace(/\}$/, ",}"),
  })),
  ...inFormats("wire-body-invalid", "client_credentials", grant("client_credentials")),
  ...inFormats("wire-body-invalid", "authorization_code", grant("authorization_code")),
  ...inFormats("wire-body-invalid", "cut short", grant("jwt-bearer")),
  ...inFormats("wire-body-invalid", "none", grant(undefined)),
  ...inFormats("wire-wrong-endpoint", "of RFC 6749", path("/oauth2/token")),
  ...inFormats("wire-wrong-endpoint", "of the web flow", path("/api/permission/oauth2/authorize")),
  ...inFormats("wire-wrong-endpoint", "a letter more", path("/api/permission/oauth2/tokens")),
  ...inFormats("wire-wrong-endpoint", "GET", () => ({ method: "GET", body: "" }), {
    implies: ["wire-body-invalid"],
  }),
  ...inFormats("wire-wrong-endpoint", "PUT", () => ({ method: "PUT" })),
];
const grantBody = '{"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer","ttl":900}';

const inside: Injection[] = [
  ...inFormats("wire-claims-invalid", "an object", claims({ scope: JSON.parse(narrow) })),
  ...inFormats("wire-claims-invalid", "a text", claims({ scope: narrow })),
  ...["iss", "aud", "iat", "exp", "jti"].flatMap((name) =>
    inFormats("wire-claims-invalid", `no ${name}`, claims({ [name]: undefined }), {
      accepts: name === "aud" ? ["wire-claims-invalid"] : [],
    })
  ),
  ...inFormats("wire-claims-invalid", "milliseconds", times((seconds) => seconds * 1000)),
  ...inFormats("wire-claims-invalid", "texts as times", times(String)),
  ...inFormats("wire-claims-invalid", "fractions", times((seconds) => seconds + 0.25)),
  ...inFormats("wire-claims-invalid", "expired", times((seconds) => seconds - 86_400), {
    severity: "warning",
  }),
  ...inFormats("wire-claims-invalid", "a number as App ID", claims({ iss: 1127900106117 })),
  ...inFormats("wire-claims-invalid", "HS256", claims({}, { alg: "HS256" })),
  ...inFormats("wire-claims-invalid", "no key id", claims({}, { kid: undefined })),
  ...inFormats(
    "wire-claims-invalid",
    "a list of audiences",
    (good, setup) => claims({ aud: [`api.coze.${setup.user.region}`] })(good, setup),
    { accepts: ["wire-claims-invalid"] },
  ),
  ...inFormats(
    "wire-claims-invalid",
    "a URL as audience",
    (good, setup) => claims({ aud: `https://api.coze.${setup.user.region}` })(good, setup),
    { accepts: ["wire-claims-invalid"] },
  ),
  ...inFormats("wire-claims-invalid", "the other region", (good, setup) => {
    const other = setup.user.region === "cn" ? "com" : "cn";
    return claims({ aud: `api.coze.${other}` })(good, setup);
  }),
  ...inFormats("wire-claims-invalid", "the console", claims({ aud: "www.coze.cn" })),
];

/** Faults of a request that the user pastes into `doctor -`. */
export const PASTED_INJECTIONS: readonly Injection[] = [...bearer, ...form, ...inside];
/** Pasted requests without a fault. */
export const HEALTHY_PASTED = inFormats("unexpected", "a good request", () => ({})).map((each) => ({
  ...each,
  group: "healthy" as const,
  severity: "none" as const,
}));
