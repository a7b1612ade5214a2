import type { TokenSource } from "../api/api.ts";
import { type Fetch, interrupted } from "../http.ts";
import { createTokenProvider, type TokenProvider } from "../token_provider.ts";
import { type CozeApp, parseBaseUrl, type TokenRequest } from "../token_request.ts";
import { wait } from "../clock.ts";
import { announce, waiting } from "./access.ts";
import type { Run } from "./run.ts";

/** What a session needs of its tokens. */
export interface SessionTokens {
  /** For the client. */
  source: Exclude<TokenSource, string>;
  /** Whether an error says that there is no token. */
  isFailure(error: unknown): boolean;
}

/**
 * Makes what gives the tokens of a command: names a host that is not Coze's before anything is sent,
 * says on a terminal that a token is waited for, and lets the redactor know each one.
 *
 * @param run The command line and the outside world.
 * @param app Who asks.
 * @param request What for.
 * @param fetch What sends the requests.
 * @param signal Ends the exchange too, so that nothing keeps the program alive.
 * @returns The tokens.
 * @throws {CozeError} As `createTokenProvider`.
 */
export function createSessionTokens(
  run: Run,
  app: CozeApp & { baseUrl: string },
  request: TokenRequest,
  fetch: Fetch,
  signal: AbortSignal,
): SessionTokens {
  const { now, sleep = wait } = run.io;
  const { host } = parseBaseUrl(app.baseUrl);
  const orLeft = (other: AbortSignal) => AbortSignal.any([other, signal]);
  const { baseUrl, getToken, invalidate } = createTokenProvider(app, request, {
    now,
    sleep: (ms, other) => sleep(ms, orLeft(other)),
    fetch: async (sent) => {
      try {
        return await fetch(new Request(sent, { signal: orLeft(sent.signal) }));
      } catch (error) {
        // A connection that was lost would be tried again.
        throw signal.aborted ? interrupted() : error;
      }
    },
    timeoutMs: run.timeoutMs,
  });
  let announced: Promise<void> | undefined;
  let failure: unknown;
  const source: Pick<TokenProvider, "baseUrl" | "getToken" | "invalidate"> = {
    baseUrl,
    invalidate,
    async getToken(more, options) {
      // Only now is anything sent.
      await (announced ??= announce(run, app, request));
      try {
        // Not around fetch: nobody waits for a token that is fetched in time, before the old one ends.
        const token = await waiting(run, host, () => getToken(more, options));
        run.redactor.add(token);
        return token;
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  };
  return { source, isFailure: (error) => error !== undefined && error === failure };
}
