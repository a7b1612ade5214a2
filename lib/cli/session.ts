import type { CallOptions } from "../api/api.ts";
import { type CozeClient, createCozeClient } from "../api/client.ts";
import { exitCodeOf } from "../doctor/kinds.ts";
import type { Facts } from "../doctor/facts.ts";
import type { NextCommand } from "../doctor/report.ts";
import { CozeError, type ErrorDetails } from "../error.ts";
import { createTokenProvider } from "../token_provider.ts";
import { VARIABLE_OF } from "./config/configuration.ts";
import { type Access, withAccess } from "./access.ts";
import { explainFailure, printProblems } from "./problems.ts";
import { CliError, type Context, usageError } from "./context.ts";

/** What a command needs to call the API. */
export interface Session {
  client: CozeClient;
  /** The options of a call; ^C aborts it. */
  call: CallOptions;
  /** The options of a chat, which has a longer default timeout. */
  chatCall: CallOptions;
  /**
   * Set by the command at each step: how to continue when it stops there, and whether Coze may have
   * done the step although the answer was lost.
   */
  stage?: { next: NextCommand; mayHaveHappened?: boolean };
  /** Whether a workspace is configured. */
  hasWorkspace: boolean;
  /** An id of the run; an operand wins. @throws {CliError} `config-missing`, `usage` */
  idOf(what: "workspace" | "bot", operand?: string): string;
  /** Prints why a call failed, and returns the exit code. */
  explain(error: CliError): Promise<number>;
}

/**
 * Runs a command against the API: reads the configuration, gets a token before the first request,
 * and explains refusals.
 */
export function withSession(
  context: Context,
  act: (session: Session) => Promise<number>,
): Promise<number> {
  return withAccess(context, async (access) => {
    const { app, request, facts, options } = access;
    const { signal, timeoutMs } = context;
    const provider = createTokenProvider(app, request, options);
    let tokenFailure: unknown;
    const token: typeof provider = {
      ...provider,
      async getToken(more, options) {
        try {
          return await provider.getToken(more, options);
        } catch (error) {
          tokenFailure = error;
          throw error;
        }
      },
    };
    const session: Session = {
      client: createCozeClient({ token, ...options }),
      call: { signal },
      chatCall: { signal, timeoutMs: context.args.has("timeout") ? timeoutMs : undefined },
      hasWorkspace: facts.workspaceId !== undefined,
      idOf: (what, operand) => idOf(facts, what, operand),
      async explain(error) {
        if (error !== tokenFailure) return await explainRefusal(context, access, session, error);
        return await explainFailure(context, { ...facts, request }, error, session.stage?.next);
      },
    };
    try {
      return await act(session);
    } catch (error) {
      if (!(error instanceof CozeError)) throw error;
      if (error.code !== "interrupted") return await session.explain(error as CliError);
      if (!session.stage) throw error;
      const { next, mayHaveHappened } = session.stage;
      throw new CliError("interrupted", mayHaveHappened ? { reason: "unknown" } : {}, next);
    }
  });
}

/** An id of the run; an operand wins. @throws {CliError} `config-missing`, `usage` */
export function idOf(facts: Facts, what: "workspace" | "bot", operand?: string): string {
  const value = operand === undefined ? facts[`${what}Id`] : { text: operand, source: "ID" };
  const words = [what === "bot" ? "bot list" : "workspaces"];
  if (!value) {
    const name = VARIABLE_OF[what]!;
    const details = { names: `--${what}, ${name}`, flag: `--${what}`, name, reason: "chosen" };
    throw new CliError("config-missing", { ...details, directory: facts.directory }, { words });
  }
  if (/^\d{1,32}$/.test(value.text)) return value.text;
  const details = { name: value.source, expected: "7379462189365198898" };
  throw usageError("id", details, { words, without: ["workspace"] });
}

/** Prints a refusal of the API with its cause. Returns the exit code. */
async function explainRefusal(
  context: Context,
  { request, facts }: Access,
  { client, call, stage }: Session,
  error: CliError,
): Promise<number> {
  const { args } = context;
  const { code, message, details, server } = error;
  const workspace = facts.workspaceId?.text;
  let cause = code;
  let more: ErrorDetails = {};
  if (code === "token-invalid") more = { reason: "fresh" };
  else if (code === "permission-missing" && request.scope) cause = "scope-narrows";
  else if (code === "permission-missing" && workspace !== undefined && args.command !== "chat") {
    const seen = await Array.fromAsync(client.workspaces(call)).catch(() => undefined);
    if (seen?.every(({ id }) => id !== workspace)) cause = "workspace-not-granted";
    more = { workspace };
  }
  const mayBeDone = stage?.mayHaveHappened && exitCodeOf(cause) === 8;
  // The list shows whether the bot was created; after a refusal it was not.
  const isList = stage?.next.words[0] === "bot list";
  const next = mayBeDone || !isList ? stage?.next : undefined;
  await printProblems(context, [{
    code: cause,
    severity: "error",
    certainty: "proven",
    details: { ...more, ...details },
    message: mayBeDone ? `${message}; whether the bot was created is not known` : message,
    evidence: mayBeDone ? ["made.unknown"] : undefined,
    server,
    next: error.next ?? nextAfter(cause, next, args.command),
  }]);
  return exitCodeOf(cause);
}

/** The command that continues; `undefined` when it would fail again. */
function nextAfter(
  code: CliError["code"],
  next: NextCommand | undefined,
  command: string | undefined,
): NextCommand | undefined {
  if (exitCodeOf(code) === 2 || /^(?:request|token)-invalid$/.test(code)) return undefined;
  // Of a bot list it is the workspace that does not exist.
  if (code === "resource-not-found") {
    const isList = command === "bot list" || command === "bot create";
    return { words: [isList ? "workspaces" : "bot list"] };
  }
  const cause = code === "scope-narrows"
    ? ["scope-bot", "scope-permission"]
    : code === "timeout" && next
    ? ["timeout"]
    : undefined;
  return cause ? { words: [], ...next, without: [...next?.without ?? [], ...cause] } : next;
}
