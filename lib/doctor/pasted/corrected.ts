import { DEFAULT_DURATION_SECONDS } from "../../token_request.ts";
import { isOpen, type JsonNode, type PastedFacts } from "./facts.ts";
import { durationOf, GRANT_TYPE, meantBase, meantPath } from "./request_rules.ts";
import { placeOf } from "./traced.ts";

/**
 * Writes the request as it should be. It keeps what was right, and holds no secret: the JWT is
 * the variable that the user wrote, or a placeholder.
 */
export function correctedCurl(source: string, { request, body, jwts }: PastedFacts): string {
  // A variable in single quotes was meant to be one.
  const variable = jwts.map(({ text }) => placeOf(text))
    .map(({ from, to }) => source.slice(from, to))
    .find((text) => /^\$\w+$|^\$\{\w+\}$/.test(text));
  const quote = variable ? '"' : "'";
  const lines = [
    `curl -X POST '${meantBase(request).base}${meantPath(request)}'`,
    `-H ${quote}Authorization: Bearer ${variable ?? "<JWT>"}${quote}`,
    "-H 'Content-Type: application/json'",
  ];
  const duration = body.fields.find(({ name }) => name === "duration_seconds");
  const scope = plainScope(body.root?.members?.get("scope")?.node);
  const json = {
    "grant_type": GRANT_TYPE,
    "duration_seconds": durationOf(duration?.value.text ?? "") ?? DEFAULT_DURATION_SECONDS,
    ...(scope && { scope }),
  };
  lines.push(`-d '${JSON.stringify(json)}'`);
  return lines.join(" \\\n  ");
}

/** The two documented members, when they hold plain names. */
function plainScope(scope: JsonNode | undefined): Record<string, unknown> | undefined {
  const permissions = plainNames(scope, "account_permission", "permission_list");
  if (!permissions) return undefined;
  const bots = plainNames(
    scope,
    "attribute_constraint",
    "connector_bot_chat_attribute",
    "bot_id_list",
  );
  return {
    "account_permission": { "permission_list": permissions },
    ...(bots && {
      "attribute_constraint": { "connector_bot_chat_attribute": { "bot_id_list": bots } },
    }),
  };
}

function plainNames(node: JsonNode | undefined, ...path: string[]): string[] | undefined {
  for (const name of path) node = node?.members?.get(name)?.node;
  const names = node?.items?.map(({ value }) => value);
  // Longer ones are no names, and might be secrets.
  const isPlain = names?.every((name) =>
    typeof name === "string" && !isOpen(name) && /^(?!eyJ|pat_|cz._)[\w.]{1,40}$/.test(name)
  );
  return isPlain ? names as string[] : undefined;
}
