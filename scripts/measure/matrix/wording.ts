import type { Chance } from "./random.ts";
import type { Check } from "./judge.ts";

/** Everything a server can have to say against a request. */
export type Complaint = Check | "empty" | "replay" | "path" | "scope" | "grant" | AppState;
/** States of an app that are refused, by what Coze says of them. */
export type AppState =
  | "app-type-wrong"
  | "app-disabled"
  | "connector-not-bound"
  | "login-session-invalid";

/** How a server puts it. */
export const WORDINGS = [
  "documented",
  "blank",
  "random",
  "all-blank",
  "other",
  "alike",
] as const;
/** One way of putting it. */
export type Wording = typeof WORDINGS[number];

/** Texts that were seen or are documented, misspelt as the server misspells them. */
const SEEN: Partial<Record<Complaint, string>> = {
  kid: "invalid jwt: kid not been registred",
  empty: "invalid jwt: empty jwt token",
  grant: "not supported grant type: ",
  "app-type-wrong": "invalid app type",
  "app-disabled": "app: node-chat2 is currently deactivated by the owner",
  "connector-not-bound": "connector app should bind connector id",
  "login-session-invalid": "login session invalid",
};

/** Nobody knows these; they are what a server might say. */
const INVENTED: Partial<Record<Complaint, string>> = {
  signature: "invalid jwt: signature verification failed",
  iss: "invalid jwt: issuer not found",
  claims: "invalid jwt: claims not accepted",
  time: "invalid jwt: token used before issued or after expiry",
  replay: "invalid jwt: jti has been used",
  path: "no permission on this account",
  scope: "invalid request: scope",
};

/** Some lead astray: no verdict may rest on a text that nobody has seen. */
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
const WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "islet"];
const COMPLAINTS = [...Object.keys(SEEN), ...Object.keys(INVENTED)] as Complaint[];

/** What puts a complaint into words. */
export type Speak = (complaint: Complaint, error: string) => string;

/**
 * Makes the words of one server.
 *
 * @param wording How it puts things.
 * @param chance Chooses the words that are not fixed.
 * @returns A function of what is wrong and of the error code that goes with it.
 */
export function createSpeaker(wording: Wording, chance: Chance): Speak {
  const other = new Map(
    chance.shuffle(OTHER).slice(0, COMPLAINTS.length).map((text, i) =>
      [COMPLAINTS[i]!, text] as const
    ),
  );
  const unknown: Record<Wording, (complaint: Complaint) => string> = {
    documented: (complaint) => INVENTED[complaint] ?? "",
    blank: () => "",
    random: () => Array.from({ length: 4 }, () => chance.pick(WORDS)).join(" "),
    "all-blank": () => "",
    other: (complaint) => other.get(complaint) ?? "refused",
    alike: (complaint) => INVENTED[complaint] ?? "",
  };
  return (complaint, error) => {
    if (wording === "alike" && error === "invalid_client") return "invalid client";
    const keepsSeen = wording !== "all-blank" && wording !== "other";
    return (keepsSeen ? SEEN[complaint] : undefined) ?? unknown[wording](complaint);
  };
}
