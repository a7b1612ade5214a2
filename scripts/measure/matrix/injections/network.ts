import type { Code } from "../../../../lib/words/words.ts";
import * as proxies from "../server/proxies.ts";
import { injectInto, type Injection } from "./injection.ts";

const injectNetwork = injectInto("network");
const network = (code: Code, name: string, proxy: proxies.Proxy, args: string[] = []) =>
  injectNetwork(code, name, ["net"], (setup) => {
    setup.proxies.push(proxy);
    setup.args.push(...args);
  });

const json = (status: number, body: unknown) =>
  proxies.responds(status, JSON.stringify(body), { "content-type": "application/json" });
const html = (status: number, headers: Record<string, string> = {}) =>
  proxies.responds(status, proxies.HTML, { "content-type": "text/html", ...headers });
const internal = {
  "error": "internal_error",
  "error_code": "internal_error",
  "error_message": "Service internal error.",
};
const connect = (words: string) => proxies.fails(`client error (Connect): ${words}`);
const send = (words: string) => proxies.fails(`client error (SendRequest): ${words}`);

/** Faults of the network, of proxies and of the server. */
export const NETWORK_INJECTIONS: readonly Injection[] = [
  network(
    "dns-failure",
    "unknown name",
    connect("dns error: failed to lookup address information"),
  ),
  network(
    "connection-refused",
    "closed port",
    connect("tcp connect error: Connection refused (os error 111)"),
  ),
  network("connection-lost", "closed early", send("connection closed before message completed")),
  network(
    "connection-lost",
    "reset",
    send("connection error: Connection reset by peer (os error 104)"),
  ),
  network("timeout", "no answer", proxies.hangs, ["--timeout", "1s"]),
  network("tls-untrusted", "company proxy", connect("invalid peer certificate: UnknownIssuer")),
  network("proxy-refused", "407", html(407, { "proxy-authenticate": "Basic" })),
  network("proxy-refused", "no tunnel", connect("tunnel error: proxy authorization required")),
  network("sandbox-net", "forbidden", proxies.isForbidden),
  network("rate-limited", "seconds to wait", html(429, { "retry-after": "120" })),
  network("rate-limited", "JSON", json(429, { code: 4009, msg: "too many requests" })),
  network(
    "rate-limited",
    "a date to wait for",
    html(429, { "retry-after": "Thu, 31 Dec 2026 23:59:59 GMT" }),
  ),
  network("server-fault", "502 with a page", html(502)),
  network("server-fault", "503 in plain text", proxies.responds(503, "no healthy upstream")),
  network("server-fault", "500 internal_error", json(500, internal)),
  network("server-fault", "200 internal_error", json(200, internal)),
  network("answer-invalid", "a page", html(200)),
  network("answer-invalid", "nothing", proxies.responds(200, "")),
  network("answer-invalid", "broken off", proxies.responds(200, '{"access_token":"czs_01')),
  network("answer-invalid", "404 with a page", html(404)),
  network("answer-invalid", "a megabyte", proxies.responds(200, " ".repeat(2 ** 20))),
  network("answer-invalid", "another envelope", json(200, { code: 0, msg: "", data: {} })),
  network("answer-invalid", "a number as token", json(200, { "access_token": 7, "expires_in": 9 })),
  network("answer-invalid", "no expiry", json(200, { "access_token": "czs_0123456789abcdef" })),
  ...[301, 302, 307, 308].map((status) =>
    network(
      "redirected",
      `${status} to the console`,
      html(status, { location: "https://www.coze.cn/" }),
    )
  ),
  network("redirected", "302 without a location", proxies.responds(302, null)),
];

const HELP = "Please verify whether the resource ID or token is correct, and ensure that the " +
  "necessary permissions are enabled at https://coze.cn/open/oauth/pats.";
const INCORRECT = "The token you entered is incorrect. Please double-check and try again. For " +
  "more information, refer to https://coze.com/docs/developer_guides/authentication";

const injectAfterToken = injectInto("after-token");
/** The API's response to the token that the server issued. */
const read = (
  code: Code,
  name: string,
  status: number,
  body: unknown,
  more: { headers?: Record<string, string>; args?: string[]; severity?: "note" } = {},
) => {
  const { headers, args = [], severity } = more;
  const touches = args.length > 0 ? ["read", "scope"] : ["read"];
  return injectAfterToken(code, name, touches, (setup) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    setup.server.read = { status, body: text, headers };
    setup.args.push(...args);
  }, { severity });
};
const api = (code: number, msg: string) => ({ code, msg, detail: { logid: "20260102030405A1" } });
const noPermission = api(
  4101,
  `Your token does not have permission to access listWorkspace. ${HELP}`,
);
const inSpace = api(
  4101,
  `Your token does not have permission to access space_id=73 listWorkspace. ${HELP}`,
);

/** The API refuses the token that the server issued. */
export const AFTER_TOKEN_INJECTIONS: readonly Injection[] = [
  read("token-invalid", "401 and 4100", 401, api(4100, "authentication is invalid")),
  read("token-invalid", "4100 with 200", 200, api(4100, "authentication is invalid")),
  read("token-invalid", "401 and 700012006", 401, api(700012006, "access token invalid")),
  read("token-invalid", "700012006 with 200", 200, api(700012006, "Login verification is invalid")),
  read("permission-missing", "4101 with 200", 200, noPermission),
  read("permission-missing", "4101 with a space", 200, inSpace),
  read("permission-missing", "4101 with 403", 403, noPermission),
  read("scope-narrows", "4101, asked for with a scope", 200, noPermission, {
    args: ["--scope-permission", "Connector.botChat"],
    // A scope is meant to narrow what the token may do.
    severity: "note",
  }),
  read("token-invalid", "4101 with 200", 200, api(4101, INCORRECT)),
  read("token-invalid", "4101 with 401", 401, api(4101, INCORRECT)),
  read("quota-exhausted", "4011", 200, api(4011, "Coze Token balance is insufficient")),
  read("quota-exhausted", "4019", 200, api(4019, "balance is empty")),
  read("rate-limited", "429", 429, "", { headers: { "retry-after": "30" } }),
  read("rate-limited", "429 with 4100", 429, api(4100, "too many requests")),
  read("rate-limited", "4009", 200, api(4009, "system at capacity")),
  read("server-fault", "503", 503, proxies.HTML, { headers: { "content-type": "text/html" } }),
  read("server-fault", "500 with 4100", 500, api(4100, "authentication is invalid")),
];
