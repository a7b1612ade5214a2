import type { Chance } from "../random.ts";
import type { Check } from "./checks.ts";

/** States of an app for which Coze refuses it. */
export const APP_STATES = [
  "app-type-wrong",
  "app-disabled",
  "connector-not-bound",
  "login-session-invalid",
] as const;
export type AppState = typeof APP_STATES[number];
/** Why a server refuses a request. */
export type Refusal = Check | "empty" | "replay" | "path" | "scope" | "grant" | AppState;

/** How a server words its refusals. */
export const WORDINGS = ["documented", "blank", "random", "all-blank", "other", "alike"] as const;
export type Wording = typeof WORDINGS[number];

/** Texts that Coze sends or documents, with Coze's spelling. */
const SEEN: Partial<Record<Refusal, string>> = {
  kid: "invalid jwt: kid not been registred",
  empty: "invalid jwt: empty jwt token",
  grant: "not supported grant type: ",
  "app-type-wrong": "invalid app type",
  "app-disabled": "app: node-chat2 is currently deactivated by the owner",
  "connector-not-bound": "connector app should bind connector id",
  "login-session-invalid": "login session invalid",
};

/** Texts that a server might send. We have not seen Coze's. */
const INVENTED: Partial<Record<Refusal, string>> = {
  signature: "invalid jwt: signature verification failed",
  iss: "invalid jwt: issuer not found",
  claims: "invalid jwt: claims not accepted",
  time: "invalid jwt: token used before issued or after expiry",
  replay: "invalid jwt: jti has been used",
  path: "no permission on this account",
  scope: "invalid request: scope",
};

/** Some mislead: the doctor must not rely on a text that Coze was not seen to send. */
const OTHER = [
  "denied",
  "the signature is not valid",
  "not accepted (17)",
  "token expired",
  "unknown issuer",
  "E2041",
  "audience mismatch",
  "check your client",
  "please try again",
  "kid",
  "no such key",
  "refused by policy",
  "认证失败",
  "jti",
  "internal check 4",
];
const REFUSALS = [...Object.keys(SEEN), ...Object.keys(INVENTED)] as Refusal[];

/** Four letters from one draw, so that a text of four such words does not come twice. */
function randomWord(chance: Chance): string {
  return chance.integer(0, 26 ** 4 - 1).toString(26).padStart(4, "0")
    .replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)]!);
}

/**
 * Chooses the texts of one server.
 *
 * @param wording How it words its refusals.
 * @param chance Chooses the words that are not fixed.
 * @returns The text for a refusal and its error code.
 */
export function createSpeaker(
  wording: Wording,
  chance: Chance,
): (refusal: Refusal, error: string) => string {
  const texts = chance.shuffle(OTHER);
  const other = new Map(REFUSALS.map((refusal, i) => [refusal, texts[i]]));
  const unseen: Record<Wording, (refusal: Refusal) => string> = {
    documented: (refusal) => INVENTED[refusal] ?? "",
    blank: () => "",
    random: () => Array.from({ length: 4 }, () => randomWord(chance)).join(" "),
    "all-blank": () => "",
    other: (refusal) => other.get(refusal)!,
    alike: (refusal) => INVENTED[refusal] ?? "",
  };
  return (refusal, error) => {
    if (wording === "alike" && error === "invalid_client") return "invalid client";
    const usesSeen = wording !== "all-blank" && wording !== "other";
    return (usesSeen ? SEEN[refusal] : undefined) ?? unseen[wording](refusal);
  };
}
