import type { CallOptions, TokenSource } from "../api/api.ts";
import { type CozeClient, createCozeClient } from "../api/client.ts";
import { exitCodeOf } from "../doctor/kinds.ts";
import type { Value } from "../doctor/facts.ts";
import type { NextCommand } from "../doctor/report.ts";
import { wait } from "../clock.ts";
import { CozeError, type ErrorDetails } from "../error.ts";
import { interrupted } from "../http.ts";
import { createTokenProvider } from "../token_provider.ts";
import { checkRequest, type CozeApp, parseBaseUrl, type TokenRequest } from "../token_request.ts";
import { type Access, announce, fetchOf, readAccess, waiting } from "./access.ts";
import { explainFailure, printProblems, refuseToSend } from "./problems.ts";
import { CliError, type Context, usageError } from "./context.ts";

/** Where a command is, so that it can be gone on with. */
interface Stage {
  next: NextCommand;
  /** Whether a lost answer leaves open if the step was carried out. */
  unsure?: boolean;
}

/** What a command has once it can talk to the API. */
export interface Session {
  client: CozeClient;
  /** How a request is made: ^C ends it. */
  call: CallOptions;
  /** The same for a chat, which may take longer unless `--timeout` says how long. */
  chatCall: CallOptions;
  /** What to type when the command stops here. A command sets it step by step. */
  stage?: Stage;
  /** The workspace of the run. @throws {CliError} `config-missing`, `usage` */
  workspaceId(): string;
  /** The workspace, when one was chosen. */
  workspaceIfSet(): string | undefined;
  /** The bot of the run; an operand wins. @throws {CliError} `config-missing`, `usage` */
  botId(operand?: string): string;
  /** Says why something failed, with what can be found out about it, and gives the exit code. */
  explain(error: CliError): Promise<number>;
}

/**
 * Runs a command against the API: reads the configuration, gets a token when the first request
 * needs it, and explains what is refused.
 */
export async function withSession(
  context: Context,
  act: (session: Session) => Promise<number>,
  signal: AbortSignal = context.signal,
): Promise<number> {
  const access = await readAccess(context);
  const { app, request, configuration: { facts } } = access;
  if (!app) return await refuseToSend(context, access);
  try {
    checkRequest(app, request);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    return await explainFailure(context, access, error as CliError);
  }
  const { io: { now, sleep }, timeoutMs } = context;
  const { host } = parseBaseUrl(app.baseUrl);
  const fetch = await fetchOf(context);
  const over = new AbortController();
  const end = AbortSignal.any([signal, over.signal]);
  let tokenFailure: unknown;
  const session: Session = {
    client: createCozeClient({
      token: tokenSource(context, app, request, fetch, end, (error) => tokenFailure = error),
      fetch: (sent) => waiting(context, host, () => fetch(sent)),
      now,
      sleep,
      timeoutMs,
    }),
    call: { signal },
    chatCall: { signal, timeoutMs: context.args.has("timeout") ? timeoutMs : undefined },
    workspaceId: () => chosen(facts.workspaceId, "workspace", facts.directory),
    workspaceIfSet: () =>
      facts.workspaceId && chosen(facts.workspaceId, "workspace", facts.directory),
    botId: (operand) =>
      operand === undefined
        ? chosen(facts.botId, "bot", facts.directory)
        : checkedId(operand, "ID", "bot list"),
    async explain(error) {
      if (error !== tokenFailure) return await explainRefusal(context, access, session, error);
      return await explainFailure(context, access, error, session.stage?.next);
    },
  };
  try {
    return await act(session);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    if (error.code !== "interrupted") return await session.explain(error as CliError);
    if (!session.stage) throw error;
    const { next, unsure } = session.stage;
    throw new CliError("interrupted", unsure ? { reason: "unknown" } : {}, next);
  } finally {
    // Ends the exchange for a next token.
    over.abort();
  }
}

/** Tokens for the client: says that one is waited for, and lets the redactor know it. */
function tokenSource(
  context: Context,
  app: CozeApp & { baseUrl: string },
  request: TokenRequest,
  fetch: (request: Request) => Promise<Response>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Exclude<TokenSource, string> {
  const { io: { now, sleep = wait }, timeoutMs, redactor } = context;
  const { host } = parseBaseUrl(app.baseUrl);
  const either = (other: AbortSignal) => AbortSignal.any([other, signal]);
  const provider = createTokenProvider(app, request, {
    now,
    sleep: (ms, other) => sleep(ms, either(other)),
    async fetch(sent) {
      try {
        return await fetch(new Request(sent, { signal: either(sent.signal) }));
      } catch (error) {
        // A lost connection would be tried again.
        throw signal.aborted ? interrupted() : error;
      }
    },
    timeoutMs,
  });
  let announced: Promise<void> | undefined;
  return {
    baseUrl: provider.baseUrl,
    invalidate: provider.invalidate,
    async getToken(more, options) {
      // Only now is anything sent.
      await (announced ??= announce(context, app, request));
      try {
        const token = await waiting(context, host, () => provider.getToken(more, options));
        redactor.add(token);
        return token;
      } catch (error) {
        onFailure(error);
        throw error;
      }
    },
  };
}

/** A value that is chosen for a command and belongs to no app. */
function chosen(value: Value | undefined, what: "workspace" | "bot", directory: string): string {
  const list = what === "bot" ? "bot list" : "workspaces";
  if (value) return checkedId(value.text, value.source, list);
  const name = what === "bot" ? "COZE_BOT_ID" : "COZE_WORKSPACE_ID";
  const details = { names: `--${what}, ${name}`, flag: `--${what}`, name, directory };
  throw new CliError("config-missing", { ...details, reason: "chosen" }, { words: [list] });
}

function checkedId(id: string, source: string, list: "bot list" | "workspaces"): string {
  if (/^\d{1,32}$/.test(id)) return id;
  const details = { name: source, expected: "7379462189365198898" };
  throw usageError("id", details, { words: [list], without: ["workspace"] });
}

/** Tells a refusal of the API, with what is known of it beyond the server's words. */
async function explainRefusal(
  context: Context,
  { request, configuration: { facts } }: Access,
  { client, call, stage }: Session,
  error: CliError,
): Promise<number> {
  const { args } = context;
  const { code, message, details, server } = error;
  const workspace = facts.workspaceId?.text;
  let cause = code;
  let more: ErrorDetails = {};
  if (code === "permission-missing" && request.scope) cause = "scope-narrows";
  else if (code === "permission-missing" && workspace !== undefined && args.command !== "chat") {
    if (await isOutOfSight(client, call, workspace)) cause = "workspace-not-granted";
    more = { workspace };
  }
  const isUnsure = stage?.unsure && exitCodeOf(cause) === 8;
  await printProblems(context, [{
    code: cause,
    severity: "error",
    details: { ...more, ...details },
    message: isUnsure ? `${message}; whether the bot was created is not known` : message,
    evidence: isUnsure ? ["made.unknown"] : undefined,
    server,
    next: error.next ?? nextAfter(error, stage?.next, args.command),
  }]);
  return exitCodeOf(cause);
}

/** The command that goes on, where the same one would not fail again. */
function nextAfter(
  { code, details }: CliError,
  next: NextCommand | undefined,
  command: string | undefined,
): NextCommand | undefined {
  if (exitCodeOf(code) === 2 || code === "request-invalid") return undefined;
  // A bot that is not published has a command of its own.
  if (code === "bot-not-published" && details.reason !== "waiting") return undefined;
  // Of a bot list it is the workspace that does not exist.
  if (code === "resource-not-found") {
    const isList = command === "bot list" || command === "bot create";
    return { words: [isList ? "workspaces" : "bot list"] };
  }
  return code === "timeout" && next
    ? { ...next, without: [...next.without ?? [], "timeout"] }
    : next;
}

/** Whether the token sees workspaces, but not this one. What cannot be told is no. */
async function isOutOfSight(
  client: CozeClient,
  call: CallOptions,
  workspace: string,
): Promise<boolean> {
  try {
    for await (const { id } of client.workspaces(call)) if (id === workspace) return false;
    return true;
  } catch {
    return false;
  }
}
