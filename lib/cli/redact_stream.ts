import { mask } from "../redact.ts";
import { redactContent, type Redactor } from "./redactor.ts";

/** Takes a text piece by piece and gives back what can be shown of it already. */
export interface Stage {
  write(text: string): string;
  /** The rest; the next piece begins a new text. */
  end(): string;
}

/** Most characters of one word that wait for its end, as in redactContent(). */
const LIMIT = 8192;

/**
 * Masks in pieces what the redactor masks in a whole text that somebody wrote, in its order.
 *
 * @param redactor Knows the secrets of this run, those that it is told meanwhile too.
 * @returns A stage whose pieces make up what the redactor makes of the whole.
 */
export function createRedactStream(redactor: Redactor): Stage {
  const byValue = new Map<string, Stage>();
  const byForm = maskWords();
  const stages = () => {
    for (const secret of redactor.secrets()) {
      if (!byValue.has(secret)) byValue.set(secret, maskValue(secret));
    }
    return [...byValue.values(), byForm];
  };
  return {
    write: (text) => stages().reduce((text, stage) => stage.write(text), text),
    end: () => stages().reduce((text, stage) => stage.write(text) + stage.end(), ""),
  };
}

/**
 * Masks one secret that is known by value.
 *
 * @param secret The secret.
 * @returns A stage that holds back what may be the secret's beginning.
 */
function maskValue(secret: string): Stage {
  let held = "";
  return {
    write(text) {
      const parts = (held + text).split(secret);
      const last = parts.pop()!;
      let from = Math.max(0, last.length - secret.length + 1);
      while (!secret.startsWith(last.slice(from))) from++;
      held = last.slice(from);
      return [...parts, last.slice(0, from)].join(mask(secret));
    },
    end: () => take(held, () => held = ""),
  };
}

/** What secrets are made of; all other characters end one. */
const IN_WORD = /[\w.~+/=-]/;

/**
 * Masks what is a secret by its form, all of which are words: JWTs and tokens.
 *
 * @returns A stage that holds back the last word.
 */
function maskWords(): Stage {
  let held = "";
  /** Of a word that is too long to be held: how it begins, and its length so far. */
  let long: { head: string; length: number } | undefined;
  function endLong(): string {
    const shown = long ? `${long.head}…(${long.length} chars)` : "";
    long = undefined;
    return shown;
  }
  return {
    write(text) {
      let shown = "";
      if (long) {
        const [run] = /^[\w.~+/=-]*/.exec(text)!;
        long.length += run.length;
        if (run.length === text.length) return "";
        shown = endLong();
        text = text.slice(run.length);
      }
      let from = text.length;
      while (from > 0 && IN_WORD.test(text[from - 1]!)) from--;
      if (from === 0) held += text;
      else {
        shown += redactContent(held + text.slice(0, from));
        held = text.slice(from);
      }
      if (held.length > LIMIT) {
        long = { head: held.slice(0, 6), length: held.length };
        held = "";
      }
      return shown;
    },
    end: () => endLong() + redactContent(take(held, () => held = "")),
  };
}

function take(text: string, clear: () => void): string {
  clear();
  return text;
}
