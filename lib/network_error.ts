import { CozeError, type ErrorCode } from "./error.ts";
import { quote } from "./redact.ts";
import type { Call } from "./transport.ts";

/** Words of Deno's network errors. They are all there is: the codes are not passed on. */
const WORDS: readonly [RegExp, ErrorCode, string][] = [
  [
    /dns error|invalid dns name|failed to lookup address/i,
    "dns-failure",
    "its name cannot be resolved",
  ],
  [/proxy auth|tunnel/i, "proxy-refused", "the proxy refuses"],
  [/certificate|tls|handshake/i, "tls-untrusted", "its certificate is not trusted"],
  [/refused/i, "connection-refused", "nothing listens there"],
];

/**
 * Says in our words what went wrong on the way.
 *
 * @param error What fetch or the body threw.
 * @param url What was called.
 * @param call The call, whose signal tells a time-out from an interruption.
 * @returns The same error when it is one of ours.
 */
export function networkError(error: unknown, url: string, call: Call): CozeError {
  if (error instanceof CozeError) return error;
  const { host, hostname } = new URL(url);
  const name = error instanceof Error ? error.name : "";
  if (call.signal.aborted) {
    const late = (call.signal.reason as Error | undefined)?.name === "TimeoutError";
    return late
      ? new CozeError("timeout", `Cannot get an answer from ${host} within ${call.timeoutMs} ms`, {
        host,
        timeoutMs: call.timeoutMs,
      })
      : interrupted();
  }
  if (name === "NotCapable") {
    return new CozeError("sandbox-net", `Cannot reach ${host} without --allow-net=${host}`, {
      host,
    });
  }
  const words: string[] = [];
  // A cause may lead back to its error; Deno's own lead no further than this.
  for (let e = error; e instanceof Error && words.length < 10; e = e.cause) words.push(e.message);
  // The address is taken out: a host or a path may hold any of the words below.
  const text = words.join(": ").replace(/error sending request .*?(?=client error)/s, "");
  const [, code, sentence] = WORDS.find(([pattern]) => pattern.test(text)) ??
    [null, "connection-lost" as const, "the connection was lost"];
  return new CozeError(code, `Cannot reach ${host} as ${sentence}`, {
    host: code === "dns-failure" ? hostname : host,
    reason: quote(text),
  });
}

/** Says that somebody's signal ended a call. */
export function interrupted(): CozeError {
  return new CozeError("interrupted", "The call was interrupted");
}
