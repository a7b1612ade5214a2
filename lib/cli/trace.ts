import { quote } from "../redact.ts";
import type { Fetch } from "../http.ts";
import type { Io } from "./io.ts";
import type { Output, Redactor } from "./output.ts";

/** The longest logged part of a body, in characters. */
const EXCERPT = 2000;
/** The member that holds the token, whatever it looks like. */
const ACCESS_TOKEN = /("access_token"\s*:\s*")([^"]*)/;

/** A fetch that logs each request and response to stderr, with secrets masked. */
export function traced(io: Io, output: Output, redactor: Redactor): Fetch {
  return async (request) => {
    const startedAt = io.now();
    const log = (line: string) => output.say(`trace: ${line}`);
    log(`> ${request.method} ${request.url}`);
    for (const [name, value] of request.headers) log(`> ${name}: ${value}`);
    log(`> ${await request.clone().text()}`);
    const response = await io.fetch(request);
    log(`< ${response.status} after ${io.now() - startedAt} ms`);
    const logHeaders = () => {
      for (const [name, value] of response.headers) {
        log(`< ${name}: ${quote(decodeEscapes(value))}`);
      }
    };
    // Do not read a stream of events: it may last long, and no member of it is known as a token.
    const isStream = /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
    if (isStream || !response.body) logHeaders();
    let seen = "";
    const decoder = new TextDecoder();
    const body = response.body?.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          if (seen.length < EXCERPT) seen += decoder.decode(chunk, { stream: true });
          controller.enqueue(chunk);
        },
        flush() {
          const text = decodeEscapes(seen);
          const token = ACCESS_TOKEN.exec(text)?.[2];
          if (token) redactor.add(token);
          if (!isStream) logHeaders();
          log(`< ${quote(text, EXCERPT)}`);
        },
      }),
    );
    const { status, statusText, headers } = response;
    return new Response(body ?? null, { status, statusText, headers });
  };
}

/** Decodes JSON escapes and percent-encoding, so that the redactor finds secrets. */
function decodeEscapes(text: string): string {
  return text.replace(
    /(?<!\\)\\+u00([2-7][\da-f])|%([2-7][\da-f])/gi,
    (_, json, percent) => String.fromCharCode(parseInt(json ?? percent, 16)),
  );
}
