import { DEFAULT_BASE_URL, DEFAULT_DURATION_SECONDS } from "../../token_request.ts";
import { meantBase } from "./addresses.ts";
import { durationOf, GRANT_TYPE } from "./body_rules.ts";
import type { Evidence } from "./evidence.ts";

/**
 * Writes the request as it should be, as a curl command. It keeps host, path and lifetime where they
 * were right, and holds no secret: the JWT is the variable that the user wrote, or a placeholder.
 */
export function correctedCurl(evidence: Evidence): string {
  const { language, headers, text, target } = evidence;
  const places = [...headers.map(({ source }) => source), /assertion=\S+/.exec(text)?.[0] ?? ""];
  const [variable] = language === "curl" ? /\$\w+|\$\{\w+\}/.exec(places.join(" ")) ?? [] : [];
  const mark = variable ? '"' : "'";
  const owner = /\/(?:account|enterprise_id)\/[\w-]{1,64}(?=\/)/.exec(target?.path ?? "")?.[0] ??
    "";
  const url = `${meantBase(target) ?? DEFAULT_BASE_URL}/api/permission/oauth2${owner}/token`;
  const body = {
    "grant_type": GRANT_TYPE,
    "duration_seconds": durationOf(evidence) ?? DEFAULT_DURATION_SECONDS,
  };
  return [
    `curl -X POST '${url}'`,
    `-H ${mark}Authorization: Bearer ${variable ?? "<JWT>"}${mark}`,
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify(body)}'`,
  ].join(" \\\n  ");
}
