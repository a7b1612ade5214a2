import { quote } from "../../redact.ts";
import { JWT_LIKE } from "./authorization_rules.ts";
import { isOpen } from "./body.ts";
import { type Mistake, mistake, type PastedFacts } from "./mistake.ts";
import { cut, type Place, placeOf } from "./traced.ts";

/** The one grant type for a JWT. Source: Coze's page oauth_jwt. */
export const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** The one documented name of a permission. Source: Coze's page oauth_jwt_channel. */
const DOCUMENTED_PERMISSION = "Connector.botChat";

/** A JWT among the values of the body or the address. */
export function assertionInBody({ body }: PastedFacts): Mistake[] {
  return body.fields
    .filter(({ name, value }) => /^(?:client_)?assertion$/.test(name) || JWT_LIKE.test(value.text))
    .map(({ namePlace, json }) =>
      mistake("wire-assertion-in-body", namePlace, json ? "json" : "form")
    );
}

/** A body that is no JSON, or does not say that it is. */
export function bodyForm({ request, body }: PastedFacts): Mistake[] {
  const { bodyKind, head } = request;
  const text = request.body;
  const wrong = (place: Place, reason: string) => [mistake("wire-body-not-json", place, reason)];
  if (bodyKind === "none") return wrong(head, "none");
  if (bodyKind === "multipart") return wrong(placeOf(text!), "multipart");
  if (bodyKind === "query") return wrong(placeOf(text!), "query");
  if (body.form === "form" && !isOpen(text!.text)) {
    // Of a body with a form's type one finding says all.
    return wrong(placeOf(text!), text!.text.trim() === "" ? "none" : "form");
  }
  const found: Mistake[] = [];
  if (body.mistake !== undefined && !text!.text.includes("\ufffc")) {
    const rest = text!.text.slice(body.mistake);
    const reason = /^[A-Za-z_$]/.test(rest) && !/^"|'/.test(rest)
      ? "unquoted"
      : rest.startsWith("'")
      ? "single-quotes"
      : /^[}\]]/.test(rest) && /,\s*$/.test(text!.text.slice(0, body.mistake))
      ? "comma"
      : rest === ""
      ? "end"
      : "syntax";
    const at = Math.min(body.mistake, text!.text.length - 1);
    found.push(...wrong(placeOf(cut(text!, at, at + 1)), reason));
  } else if (body.root && !body.root.members) found.push(...wrong(placeOf(text!), "object"));
  const { type, typeText } = body;
  if (typeText === undefined || isOpen(typeText)) return found;
  if (!/^application\/json\s*(?:;|$)/i.test(typeText)) {
    const place = type ? placeOf(type) : text ? placeOf(text) : head;
    const reason = type ? "type" : typeText === "" ? "no-type" : "client-type";
    found.push(mistake("wire-body-not-json", place, reason, { type: quote(typeText, 60) }));
  }
  return found;
}

/** Another grant type, or none. */
export function grantType({ request, body }: PastedFacts): Mistake[] {
  const field = body.fields.find(({ name }) => name === "grant_type");
  if (field) {
    const { value, json } = field;
    if ((json ? json.value === GRANT_TYPE : value.text === GRANT_TYPE) || isOpen(value.text)) {
      return [];
    }
    const details = { value: quote(value.text, 60) };
    return [mistake("wire-wrong-grant", placeOf(value), "other", details)];
  }
  const known = (body.root?.members && body.mistake === undefined) ||
    (body.form === "form" && !isOpen(request.body!.text));
  if (!known || request.body!.text.trim() === "") return [];
  return [mistake("wire-wrong-grant", placeOf(request.body!), "missing")];
}

/** A lifetime that Coze does not give, or that is no number. */
export function duration({ body }: PastedFacts): Mistake[] {
  return body.fields.filter(({ name }) => name === "duration_seconds").flatMap((field) => {
    const { value, json } = field;
    if (isOpen(value.text) || json?.value === null) return [];
    const isString = typeof json?.value === "string";
    const inRange = durationOf(value.text) !== undefined;
    if (inRange && !isString) return [];
    const details = { value: quote(value.text, 40) };
    const reason = inRange ? "string" : "range";
    return [mistake("duration-out-of-range", placeOf(value), reason, details)];
  });
}

/**
 * Reads a lifetime.
 *
 * @param text What stands in the body.
 * @returns Seconds from 1 to 86399, or nothing.
 */
export function durationOf(text: string): number | undefined {
  const seconds = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return seconds >= 1 && seconds <= 86_399 ? seconds : undefined;
}

/** A scope of another form or with other names than documented. */
export function scopeInBody({ request, body }: PastedFacts): Mistake[] {
  const field = body.fields.find(({ name }) => name === "scope");
  if (!field || isOpen(field.value.text) || field.json?.value === null) return [];
  const list = field.json?.members?.get("account_permission")?.node.members
    ?.get("permission_list")?.node.items;
  if (!list || list.some(({ value }) => typeof value !== "string")) {
    const form = mistake("scope-rejected", placeOf(field.value), "form");
    return [{ ...form, certainty: "likely" }];
  }
  return list.filter(({ value }) => value !== DOCUMENTED_PERMISSION && !isOpen(String(value)))
    .map(({ value, from, to }) => ({
      ...mistake("scope-rejected", placeOf(cut(request.body!, from, to)), "name", {
        value: quote(String(value), 60),
      }),
      severity: "warning",
      certainty: "likely",
    }));
}
