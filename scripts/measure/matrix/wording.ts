import type { Chance } from "./random.ts";

/** The five checks of an assertion. Their order is not documented. */
export const CHECKS = ["kid", "iss", "signature", "claims", "time"] as const;
export type Check = typeof CHECKS[number];

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

/** Messages that Coze sends or documents, with Coze's spelling. */
const SEEN: Partial<Record<Refusal, string>> = {
  kid: "invalid jwt: kid not been registred",
  empty: "invalid jwt: empty jwt token",
  grant: "not supported grant type: ",
  "app-type-wrong": "invalid app type",
  "app-disabled": "app: node-chat2 is currently deactivated by the owner",
  "connector-not-bound": "connector app should bind connector id",
  "login-session-invalid": "login session invalid",
};

/** Invented messages. Some mislead: the doctor must trust only messages that Coze is known to send. */
// deno-fmt-ignore
const OTHER = ["denied", "the signature is not valid", "not accepted (17)", "token expired",
  "unknown issuer", "E2041", "audience mismatch", "check your client", "please try again", "kid",
  "no such key", "refused by policy", "认证失败", "jti", "internal check 4"];

/** The messages from which a wording chooses for a refusal. */
interface Texts {
  /** The message that Coze is known to send. */
  seen?: string;
  /** A message that no other refusal has. */
  own: string;
  /** One of three messages, which refusals share. */
  shared: string;
  /** One of two messages, chosen anew each time. */
  coin: string;
  /** A new message each time. */
  fresh: string;
  /** Whether this refusal uses a new message each time. */
  isVarying: boolean;
}

/** How servers word their refusals. */
const SPEAKERS = {
  documented: ({ seen, own }) => seen ?? own,
  blank: ({ seen }) => seen ?? "",
  random: ({ seen, fresh }) => seen ?? fresh,
  "all-blank": () => "",
  other: ({ own }) => own,
  alike: ({ seen, own }, error) => error === "invalid_client" ? "invalid client" : seen ?? own,
  "some-shared": ({ shared }) => shared,
  "some-varying": ({ own, fresh, isVarying }) => isVarying ? fresh : own,
  coin: ({ coin }) => coin,
} satisfies Record<string, (texts: Texts, error: string) => string>;
export type Wording = keyof typeof SPEAKERS;

/** Wordings by how much they help the doctor: `hostile` ones mislead it. */
export const WORDINGS = {
  telling: ["documented", "blank", "random"],
  hard: ["all-blank", "other", "alike"],
  hostile: ["some-shared", "some-varying", "coin"],
} as const satisfies Record<string, readonly Wording[]>;

/** Makes the function that gives one server's message for a refusal and its error code. */
export function createSpeaker(wording: Wording, chance: Chance) {
  const speaker: (texts: Texts, error: string) => string = SPEAKERS[wording];
  const texts = chance.shuffle(OTHER);
  const kept = new Map<Refusal, Pick<Texts, "own" | "shared" | "isVarying">>();
  return (refusal: Refusal, error: string) => {
    const own = texts[kept.size]!;
    const made = { own, shared: chance.pick(texts.slice(0, 3)), isVarying: chance.holds(0.5) };
    const same = kept.get(refusal) ?? made;
    kept.set(refusal, same);
    const coin = chance.pick(texts.slice(0, 2));
    const fresh = chance.digits(20).replace(/\d/g, (digit) => "abcd efghi"[Number(digit)]!);
    return speaker({ seen: SEEN[refusal], ...same, coin, fresh }, error);
  };
}
