import type { EmulatorApp } from "./app.ts";
import type { BotAnswer, BotQuestion } from "./bot_answer.ts";
import type { CheckName } from "./checks.ts";
import type { Fault } from "./faults.ts";
import type { Wording } from "./wording.ts";
import type { EmulatorWorkspace } from "./world.ts";

/** What the emulator is to be like. */
export interface EmulatorOptions {
  /**
   * The apps that may ask for tokens.
   *
   * @default {[]}
   */
  apps?: readonly EmulatorApp[];
  /**
   * The clock, in milliseconds since the epoch.
   *
   * @default {Date.now}
   */
  now?: () => number;
  /**
   * The checks that run first; those not named follow in the default order.
   *
   * @default {DEFAULT_ORDER}
   */
  order?: readonly CheckName[];
  /**
   * What stands where Coze's words are unknown.
   *
   * @default {"documented"}
   */
  wording?: Wording;
  /**
   * The seed of random words and of `faultRate`.
   *
   * @default {1}
   */
  seed?: number;
  /**
   * Answers given to the first requests instead of judging them.
   *
   * @default {[]}
   */
  faults?: readonly Fault[];
  /**
   * The share of requests, 0 to 1, that fail with 503 or 429.
   *
   * @default {0}
   */
  faultRate?: number;
  /**
   * How many seconds `iat` may lie ahead of the clock and `exp` behind it. Coze's value is unknown.
   *
   * @default {0}
   */
  clockToleranceSeconds?: number;
  /**
   * How many seconds may lie between `iat` and `exp`. Coze documents no maximum.
   *
   * @default {Infinity}
   */
  maxLifetimeSeconds?: number;
  /**
   * The workspaces there are.
   *
   * @default {one, named after the app that asks}
   */
  workspaces?: readonly EmulatorWorkspace[];
  /**
   * How many milliseconds after its publishing a bot is published: until then it is in no list of
   * published bots and its chats are refused with 4015. Coze's value is unknown.
   *
   * @default {0}
   */
  publishDelayMs?: number;
  /**
   * How many milliseconds an answer takes that does not say so itself.
   *
   * @default {200}
   */
  answerMs?: number;
  /**
   * What bots answer.
   *
   * @default {the question, with the bot's name and prompt; `/slow`, `/fail`, `/stop`, `/error`,
   *   `/think` and `/suggest` before a question show what else an answer can be}
   */
  answer?: (question: BotQuestion) => BotAnswer;
  /**
   * Waits between two events of a stream. The signal aborts when nobody reads on.
   *
   * @default {setTimeout}
   */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}
