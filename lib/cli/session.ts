import type { CliCode, CliError } from "./codes.ts";
import type { CallOptions } from "../api/api.ts";
import { type CozeClient, createCozeClient } from "../api/client.ts";
import { exitCodeOf } from "../doctor/catalogue.ts";
import type { Value } from "../doctor/facts.ts";
import { CozeError, type ErrorDetails } from "../error.ts";
import { checkRequest, parseBaseUrl } from "../token_request.ts";
import {
  type Access,
  explainFailure,
  fetchOf,
  readAccess,
  refuseToSend,
  waiting,
} from "./access.ts";
import { valueError } from "./arguments.ts";
import type { Command } from "./commands.ts";
import { sameFlags } from "./next_command.ts";
import type { Run } from "./run.ts";
import { createSessionTokens } from "./session_tokens.ts";

/** What to type when a command stops, behind `coze-jwt`. */
interface Stage {
  resume: string;
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
  /** Where the command is: what to type when it stops here. A command sets it step by step. */
  stage?: Stage;
  /** The workspace of the run. @throws {CozeError} `config-missing`, `usage-value` */
  workspaceId(): string;
  /** The workspace, when one was chosen. */
  workspaceIfSet(): string | undefined;
  /** The bot of the run; an operand wins. @throws {CozeError} `config-missing`, `usage-value` */
  botId(operand?: string): string;
  /**
   * Says why something failed, with what can be found out about it.
   *
   * @param error What went wrong.
   * @returns The exit code.
   */
  explain(error: CliError): Promise<number>;
}

/**
 * Runs a command against the API: reads the configuration, gets a token when the first request
 * needs it and a new one when it has ended, and explains what is refused.
 *
 * @param run The command line and the outside world.
 * @param act The command. What it throws is explained.
 * @param signal Ends each request early; by default ^C does.
 * @returns The exit code.
 */
export async function withSession(
  run: Run,
  act: (session: Session) => Promise<number>,
  signal: AbortSignal = run.signal,
): Promise<number> {
  const access = await readAccess(run);
  const { app } = access;
  if (!app) return await refuseToSend(run, access);
  try {
    checkRequest(app, access.request);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    return await explainFailure(run, access, error);
  }
  const { now, sleep } = run.io;
  const { host } = parseBaseUrl(app.baseUrl);
  const fetch = await fetchOf(run);
  const over = new AbortController();
  const end = AbortSignal.any([signal, over.signal]);
  const tokens = createSessionTokens(run, app, access.request, fetch, end);
  const client = createCozeClient({
    token: tokens.source,
    fetch: (request) => waiting(run, host, () => fetch(request)),
    now,
    sleep,
    timeoutMs: run.timeoutMs,
  });
  const session: Session = {
    client,
    call: { signal },
    chatCall: { signal, ...(run.args.value("timeout") && { timeoutMs: run.timeoutMs }) },
    workspaceId: () => chosen(run, access, "workspace"),
    workspaceIfSet: () =>
      access.configuration.facts.workspaceId && chosen(run, access, "workspace"),
    botId: (operand) =>
      operand === undefined ? chosen(run, access, "bot") : checked(run, operand, "ID", "bot list"),
    async explain(error) {
      if (!tokens.isFailure(error)) return await explainRefusal(run, access, session, error);
      const { resume } = session.stage ?? {};
      if (resume === undefined) return await explainFailure(run, access, error);
      if (run.output.json) return await explainFailure(run, access, withDetails(error, { resume }));
      const exitCode = await explainFailure(run, access, error);
      run.output.say(await run.text("go-on", { command: resume }));
      return exitCode;
    },
  };
  try {
    return await act(session);
  } catch (error) {
    if (!(error instanceof CozeError)) throw error;
    if (error.code !== "interrupted") return await session.explain(error);
    const { resume, unsure } = session.stage ?? {};
    if (resume === undefined) throw error;
    throw withDetails(error, { resume, ...(unsure && { reason: "unknown" }) });
  } finally {
    // A token that was to be the next one is of no use any more.
    over.abort();
  }
}

function withDetails(error: CliError, more: ErrorDetails): CliError {
  const { code, message, details, server } = error;
  return new CozeError(code, message, { ...details, ...more }, server);
}

/** A value that is chosen for a command and belongs to no app. */
function chosen(
  run: Run,
  { configuration: { facts } }: Access,
  what: "workspace" | "bot",
): string {
  const value: Value | undefined = what === "bot" ? facts.botId : facts.workspaceId;
  const list = what === "bot" ? "bot list" : "workspaces";
  if (value) return checked(run, value.text, value.source, list);
  const name = what === "bot" ? "COZE_BOT_ID" : "COZE_WORKSPACE_ID";
  const details = {
    names: `--${what}, ${name}`,
    flag: `--${what}`,
    name,
    directory: facts.directory,
    reason: "chosen",
    resume: `${list}${sameFlags(run.io.args, list)}`,
  };
  throw new CozeError("config-missing", `Cannot go on without a ${what}`, details);
}

function checked({ io }: Run, id: string, source: string, list: "bot list" | "workspaces"): string {
  if (/^\d{1,32}$/.test(id)) return id;
  const { message, details } = valueError(source, "7379462189365198898", "id");
  const resume = `${list}${sameFlags(io.args, list, ["workspace"])}`;
  throw new CozeError("usage-value", message, { ...details, resume });
}

/** What is known of a refusal beyond the server's words. */
async function explainRefusal(
  { io, output, args }: Run,
  { request, configuration: { facts } }: Access,
  { client, call, stage }: Session,
  { code, message, details, server }: CliError,
): Promise<number> {
  const workspace = facts.workspaceId?.text;
  const { unsure } = stage ?? {};
  const resume = resumeAfter(code, stage?.resume, io.args, args.command);
  let cause = code;
  let more: ErrorDetails = {};
  if (code === "permission-missing" && request.scope) cause = "scope-narrows";
  else if (code === "permission-missing" && workspace !== undefined && args.command !== "chat") {
    if (await isOutOfSight(client, call, workspace)) cause = "workspace-not-granted";
    more = { workspace };
  } else if (code === "bot-not-published") {
    more = { flags: sameFlags(io.args, "bot publish", ["bot"]) };
  } else if (code === "token-invalid") more = { flags: sameFlags(io.args, "token") };
  const isUnsure = unsure && exitCodeOf(cause) === 8;
  await output.problems([{
    code: cause,
    severity: "error",
    details: { ...more, ...resume !== undefined && { resume }, ...details },
    message: isUnsure ? `${message}; whether the bot was created is not known` : message,
    ...(isUnsure && { evidence: ["made.unknown"] }),
    ...(server && { server }),
  }]);
  return exitCodeOf(cause);
}

/** The command that goes on, where the same one would not fail again. */
function resumeAfter(
  code: CliCode,
  resume: string | undefined,
  args: readonly string[],
  command: Command | undefined,
): string | undefined {
  if (exitCodeOf(code) === 2 || code === "request-invalid") return undefined;
  // Of a bot list it is the workspace that does not exist.
  const list = command === "bot list" || command === "bot create" ? "workspaces" : "bot list";
  if (code === "resource-not-found") return `${list}${sameFlags(args, list)}`;
  return code === "timeout" ? resume?.replace(/ --timeout[ =]\S+/, "") : resume;
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
