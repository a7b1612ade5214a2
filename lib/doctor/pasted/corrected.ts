import { DEFAULT_BASE_URL, DEFAULT_DURATION_SECONDS } from "../../token_request.ts";
import { type Address, meantBase } from "./addresses.ts";
import { GRANT_TYPE } from "./request_rules.ts";
import type { Evidence } from "./scan.ts";

/**
 * Writes the request as it should be, as a curl command. It keeps host, path and lifetime where they
 * were right, and holds no secret: the JWT is the variable that the user wrote, or a placeholder.
 */
export function correctedCurl(evidence: Evidence, target: Address | undefined): string {
  const { language, credentials, members, text } = evidence;
  const variable = language === "curl"
    ? credentials.map(({ source }) => /\$\w+|\$\{\w+\}/.exec(source)?.[0]).find(Boolean) ??
      /assertion=(\$\w+|\$\{\w+\})/.exec(text)?.[1]
    : undefined;
  const mark = variable ? '"' : "'";
  const owner = /\/(account|enterprise_id)\/([\w-]{1,64})\//.exec(target?.path ?? "");
  const path = `/api/permission/oauth2/${owner ? `${owner[1]}/${owner[2]}/` : ""}token`;
  const seconds = Number(members.find(({ name }) => name === "duration_seconds")?.text);
  const isGiven = Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_399;
  const names = /permission_list\\{0,3}["']?\s*:\s*\[([^\]]{0,200})\]/.exec(text)?.[1];
  const scope = names?.replace(/[\s"'\\]/g, "") === "Connector.botChat" && {
    "account_permission": { "permission_list": ["Connector.botChat"] },
  };
  const body = {
    "grant_type": GRANT_TYPE,
    "duration_seconds": isGiven ? seconds : DEFAULT_DURATION_SECONDS,
    ...(scope && { scope }),
  };
  return [
    `curl -X POST '${meantBase(target) ?? DEFAULT_BASE_URL}${path}'`,
    `-H ${mark}Authorization: Bearer ${variable ?? "<JWT>"}${mark}`,
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify(body)}'`,
  ].join(" \\\n  ");
}
