// What people paste.

import { judgePasted } from "../../lib/doctor/pasted/judge.ts";

export const NOW = 1_795_467_705_000;
export const URL_ = "https://api.coze.cn/api/permission/oauth2/token";
export const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
export const BODY = `{"grant_type":"${GRANT}","duration_seconds":900}`;
export const SIGNATURE = "aB3_".repeat(85);

const part = (value: unknown, omitPadding = true) =>
  new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding });

/** A JWT as documented, but for what is given. */
export function jwt(claims: object = {}, header: object = {}): string {
  const all = {
    iss: "1127900106117",
    aud: "api.coze.cn",
    iat: NOW / 1000,
    exp: NOW / 1000 + 600,
    jti: "ab".repeat(32),
    ...claims,
  };
  const kid = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
  return `${part({ alg: "RS256", typ: "JWT", kid, ...header })}.${part(all)}.${SIGNATURE}`;
}

/** A healthy request as curl sends it. */
export function healthyCurl(token = jwt(), body = BODY, url = URL_): string {
  return `curl '${url}' -H "Authorization: Bearer ${token}" -H 'Content-Type: application/json' ` +
    `-d '${body}'`;
}

/** A healthy request as HTTP has it. */
export function healthyHttp(token = jwt(), body = BODY): string {
  return `POST /api/permission/oauth2/token HTTP/1.1\r\nHost: api.coze.cn\r\n` +
    `Content-Type: application/json\r\nAuthorization: Bearer ${token}\r\n\r\n${body}`;
}

/** What is found in a text, each as `code.reason`; warnings and notes are marked. */
export function found(text: string): string[] {
  return judgePasted(text, { now: NOW }).findings.map(({ code, details, severity }) => {
    const mark = { error: "", warning: "? ", note: "# " }[severity];
    return `${mark}${code}${details.reason ? `.${details.reason}` : ""}`;
  });
}

/** The common first attempt by hand: as other services want it. */
export const FIRST_ATTEMPT = `curl -X POST ${URL_} \\
  -H 'Content-Type: application/x-www-form-urlencoded' \\
  -d "grant_type=${encodeURIComponent(GRANT)}" \\
  -d "assertion=${jwt({ scope: '["Connector.botChat"]', aud: "https://api.coze.cn" })}"
`;
