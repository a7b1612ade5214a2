import type { Language } from "../doctor/catalogue.ts";
import type { Command } from "./commands.ts";

/** The words of the command line in one language, but for those about causes and the help. */
export interface Text {
  /** `coze-jwt` without a command. */
  short: string;
  /** Single sentences, with `{name}` for values. */
  say: Readonly<Record<Sentence, string>>;
}

/** What `--help` says in one language. */
export interface Help {
  /** `coze-jwt --help`. */
  general: string;
  /** What `--help` says of each command, `Needs:` included. */
  help: Readonly<Record<Command, string>>;
  /** The flags that several commands share. */
  credentialFlags: string;
  requestFlags: string;
  callFlags: string;
  commonFlags: string;
}

/** Keys of single sentences. */
export type Sentence =
  | "go-on"
  | "bot-created"
  | "bot-published"
  | "bot-waiting"
  | "bot-ids"
  | "bot-ids-draft"
  | "other-host"
  | "waiting"
  | "see-doctor"
  | "default"
  | "request"
  | "configuration"
  | "header"
  | "claims"
  | "body"
  | "app-id"
  | "key-id"
  | "private-key"
  | "base-url"
  | "not-set"
  | "unusable"
  | "key-form"
  | "paste"
  | "nothing-sent"
  | "pair-proven"
  | "not-verified"
  | "all-well"
  | "doctor-plan"
  | "doctor-probe"
  | "doctor-key"
  | "doctor-assertion"
  | "doctor-clock"
  | "doctor-endpoint"
  | "doctor-refusal"
  | "doctor-token"
  | "pair-unknown"
  | "pair-by-token"
  | "key-repairs"
  | "clock-unknown"
  | "clock-right"
  | "clock-ahead"
  | "clock-behind"
  | "not-asked"
  | "no-answer"
  | "answered"
  | "not-refused"
  | "probe-same"
  | "probe-token"
  | "token-none"
  | "token-ends"
  | "token-works"
  | "token-unclear"
  | "doctor-well"
  | "corrected"
  | "unjudged-jwt"
  | "unjudged-headers"
  | "unjudged-body"
  | "causes"
  | "explain-meaning"
  | "explain-example"
  | "explain-happens"
  | "explain-fix"
  | "explain-prevent"
  | "explain-source"
  | "init-ready"
  | "init-next"
  | "init-mend"
  | "init-walk"
  | "init-missing"
  | "keygen-normal"
  | "keygen-done"
  | "emulator-is"
  | "emulator-next"
  | "emulator-no-keys"
  | "emulator-end"
  | "chat-head"
  | "chat-leave"
  | "chat-cleared"
  | "chat-stopped"
  | "chat-not-asked"
  | "chat-not-told"
  | "chat-follow-ups"
  | "chat-action";

/**
 * Loads the words of one language.
 *
 * @param language The language.
 */
export async function loadText(language: Language): Promise<Text> {
  return language === "zh" ? (await import("./text_zh.ts")).zh : (await import("./text_en.ts")).en;
}

/**
 * Loads the help of one language.
 *
 * @param language The language.
 */
export async function loadHelp(language: Language): Promise<Help> {
  return language === "zh" ? (await import("./help_zh.ts")).zh : (await import("./help_en.ts")).en;
}
