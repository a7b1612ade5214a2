import type { FindingCode } from "../codes.ts";
import { type Mistake, mistake, type PastedFacts } from "./mistake.ts";
import { placeOf } from "./traced.ts";

/** What can be wrong inside a JWT; the place of all of it is the JWT. */
const CODES: readonly FindingCode[] = [
  "wire-claims-invalid",
  "audience-mismatch",
  "wire-scope-in-claims",
];

/** Members of header and claims that are not as documented, and padding. */
export function badClaims({ jwts }: PastedFacts): Mistake[] {
  return jwts.flatMap(({ text, verdicts }) => {
    const place = placeOf(text);
    const found = CODES.flatMap((code) => {
      const wrong = verdicts.filter((verdict) => verdict.code === code);
      if (wrong.length === 0) return [];
      const details = {
        ...wrong.find(({ details }) => details.host)?.details,
        names: wrong.map(({ name }) => name).join(", "),
      };
      return [mistake(code, place, "members", details)];
    });
    // RFC 7515, section 2: base64url without padding.
    return /=(?:\.|$)/.test(text.text) && verdicts.length > 0
      ? [...found, mistake("wire-claims-invalid", place, "padding")]
      : found;
  });
}
