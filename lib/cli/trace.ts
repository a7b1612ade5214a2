import { quote } from "../redact.ts";
import type { Redactor } from "./redactor.ts";
import type { Fetch } from "../transport.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

/** Most characters of a body that are logged. */
const EXCERPT = 2000;
/** The one member whose value is a secret whatever it looks like. */
const ACCESS_TOKEN = /("access_token"\s*:\s*")([^"]*)/;

/**
 * Makes a fetch that logs each request and answer to stderr, secrets masked.
 *
 * @param io Whose fetch and clock are used.
 * @param output Where the log goes.
 * @param redactor Learns the assertion and the token.
 */
export function traced(io: Io, output: Output, redactor: Redactor): Fetch {
  return async (request) => {
    const startedAt = io.now();
    const log = (line: string) => output.say(`trace: ${line}`);
    redactor.add(request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "");
    log(`> ${request.method} ${request.url}`);
    for (const [name, value] of request.headers) log(`> ${name}: ${value}`);
    log(`> ${await request.clone().text()}`);
    const response = await io.fetch(request);
    log(`< ${response.status} after ${io.now() - startedAt} ms`);
    for (const [name, value] of response.headers) log(`< ${name}: ${quote(value)}`);
    let seen = "";
    const decoder = new TextDecoder();
    const body = response.body?.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          if (seen.length < EXCERPT) seen += decoder.decode(chunk, { stream: true });
          controller.enqueue(chunk);
        },
        flush() {
          const token = ACCESS_TOKEN.exec(seen)?.[2];
          if (token) redactor.add(token);
          log(`< ${quote(seen, EXCERPT)}`);
        },
      }),
    );
    const { status, statusText, headers } = response;
    return new Response(body ?? null, { status, statusText, headers });
  };
}
