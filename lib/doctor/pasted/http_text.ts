import type { PastedHeader, PastedRequest } from "./pasted_request.ts";
import { cut, emptyTrace, placeOf, put, traceAll, type Traced } from "./traced.ts";

const REQUEST_LINE =
  /^(> ?)?(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)[ \t]+([^\s]+)(?:[ \t]+HTTP\/[\d.]+)?[ \t]*\r?$/im;

/**
 * Reads a request in the form in which HTTP sends it, or as `curl -v` shows it.
 *
 * @param text Request line, headers, an empty line, body. Lines may end in CRLF or LF.
 * @returns The request, or nothing when there is no request line.
 */
export function parseHttpText(text: string): PastedRequest | undefined {
  const first = REQUEST_LINE.exec(text);
  if (!first) return undefined;
  const source = traceAll(text);
  const [line, mark = "", verb, target] = first;
  const methodAt = first.index + mark.length;
  const targetAt = first.index + line.indexOf(target!, mark.length + verb!.length);
  const method = cut(source, methodAt, methodAt + verb!.length);

  const headers: PastedHeader[] = [];
  let at = first.index + line.length + 1;
  let bodyAt = text.length;
  let end = text.length;
  while (at < text.length) {
    const stop = text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at);
    if (mark && text[at] !== ">") {
      end = at;
      break;
    }
    const from = Math.min(at + mark.length, stop);
    const header = cut(source, from, text[stop - 1] === "\r" ? Math.max(from, stop - 1) : stop);
    at = stop + 1;
    if (header.text.trim() === "") {
      bodyAt = at;
      break;
    }
    // A line that goes on with the one before it: so old HTTP did, and so terminals wrap.
    const before = headers.at(-1);
    if (before && /^[ \t]|^[^:]*$/.test(header.text)) {
      for (const whole of [before.value, before.line]) {
        put(whole, "\n", source, from - 1, from);
        put(whole, header.text, header, 0, header.text.length);
      }
    } else headers.push(readHeader(header));
  }
  const body = cut(source, Math.min(bodyAt, text.length), text.trimEnd().length);
  const hasBody = !mark && body.text !== "";
  const sent = headers.some(({ name, value }) =>
    /^content-length$/i.test(name.text) && value.text.trim() !== "0"
  );
  const url = addressOf(cut(source, targetAt, targetAt + target!.length), headers);
  return {
    form: "http",
    head: placeOf(method),
    whole: { from: first.index, to: end },
    method,
    ...(url && { url }),
    headers,
    moreHeaders: false,
    ...(hasBody && { body }),
    bodyKind: hasBody ? "text" : mark && sent ? "unknown" : "none",
    words: [source, ...headers.map(({ value }) => value)],
    secrets: [],
  };
}

/** An address without host gets that of the Host header. */
function addressOf(target: Traced, headers: readonly PastedHeader[]): Traced | undefined {
  if (!target.text.startsWith("/")) return target;
  const host = headers.find(({ name }) => /^host$/i.test(name.text))?.value;
  if (!host) return undefined;
  const url = emptyTrace(host.start);
  put(url, "https://", host, 0, 1);
  put(url, host.text.trimEnd(), host, 0, host.text.trimEnd().length);
  put(url, target.text, target, 0, target.text.length);
  return url;
}

/**
 * Parts a header line at its colon.
 *
 * @param line `Name: value`.
 */
export function readHeader(line: Traced): PastedHeader {
  const colon = line.text.indexOf(":");
  if (colon < 0) return { name: line, value: cut(line, line.text.length), line };
  const blanks = /^[ \t]*/.exec(line.text.slice(colon + 1))![0].length;
  return { name: cut(line, 0, colon), value: cut(line, colon + 1 + blanks), line };
}
