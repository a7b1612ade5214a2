import { shellOf, shellWords } from "./shell_words.ts";
import {
  cut,
  emptyTrace,
  type Place,
  placeOf,
  put,
  replaceTraced,
  traceAll,
  type Traced,
  UNKNOWN,
} from "./traced.ts";

/** A header of a pasted request. */
export interface PastedHeader {
  name: Traced;
  /** Without the blanks before it. */
  value: Traced;
  /** All of it; without a colon the name is the whole line. */
  line: Traced;
}

/** A request that somebody pasted, however it was written. */
export interface PastedRequest {
  form: "curl" | "http";
  /** What stands for the request when something is missing in it. */
  head: Place;
  /** All of it; what stands around it is not looked at. */
  whole: Place;
  method: Traced;
  url?: Traced;
  headers: PastedHeader[];
  /** Whether there are more headers, in a file or a variable. */
  moreHeaders: boolean;
  body?: Traced;
  /** How the body is sent; `unknown` is in a file or a variable. */
  bodyKind: "none" | "text" | "multipart" | "query" | "unknown";
  /** What the client says about the body when no header does. */
  defaultType?: string;
}

/** Undefined for what is neither a curl command line nor HTTP; throws `usage` for an open quote. */
export function parsePasted(text: string): PastedRequest | undefined {
  return parseCurl(text) ?? parseHttpText(text);
}

/** Long options, by the short ones that mean the same. */
// deno-fmt-ignore
const LONG: Readonly<Record<string, string>> = {
  request: "X", header: "H", data: "d", "data-ascii": "d", "data-binary": "d", form: "F",
  "form-string": "F", get: "G", user: "u", head: "I", "upload-file": "T", "proxy-user": "U",
  cookie: "b", cert: "E",
};
/** Options with a value; it must not be taken for the URL. Source: curl's manual, 8.x. */
const WITH_VALUE = new Set(
  [..."XHdFuTUbEoAecxmwKrCyYzQtDP"].concat(
    ("data-raw data-urlencode json oauth2-bearer url url-query output user-agent referer cookie-jar " +
      "proxy max-time connect-timeout write-out config range continue-at speed-limit speed-time " +
      "cacert capath resolve connect-to key pass key-type cert-type ciphers tls-max tls13-ciphers " +
      "retry retry-delay retry-max-time limit-rate max-redirs max-filesize interface noproxy " +
      "dump-header proto proto-default proto-redir unix-socket stderr trace trace-ascii socks5 " +
      "socks5-hostname socks4 preproxy proxy-header dns-servers doh-url keepalive-time " +
      "expect100-timeout happy-eyeballs-timeout-ms output-dir netrc-file aws-sigv4 hsts alt-svc " +
      "local-port variable rate time-cond quote engine crlfile pinnedpubkey").split(" "),
  ),
);

/** Reads a curl command line. Nothing is run, and no file that it names is read. */
function parseCurl(text: string): PastedRequest | undefined {
  const found = /(?<![^\s;&|(])curl(?:\.exe)?(?=[\s^\\`])/i.exec(text);
  if (!found) return undefined;
  const before = text.slice(text.lastIndexOf("\n", found.index) + 1, found.index);
  if (!/^\s*$|[$%#>=;&|(]/.test(before)) return undefined;
  const source = cut(traceAll(text), found.index);
  const { words: [program, ...words], end } = shellWords(source, shellOf(source.text));
  const head = placeOf(program!);
  const request: PastedRequest = {
    form: "curl",
    head,
    whole: { from: head.from, to: end },
    method: cut(source, 0, found[0].length),
    headers: [],
    moreHeaders: false,
    bodyKind: "none",
  };
  let method: Traced | undefined;
  let verb: string | undefined;
  for (const [name, value] of options(words)) {
    if (name === "X") method = value;
    else if (name === "G") verb = "GET";
    else if (name === "I") verb = "HEAD";
    // Another word is the value of an option that is not known here.
    else if (name === "url" && /:\/\/|\.\w+[/:]|coze|\ufffc/.test(value.text)) {
      request.url ??= value;
    } else if (name === "H") addHeader(request, value);
    else if (name === "u") addAuthorization(request, "Basic ", value);
    else if (name === "oauth2-bearer") addAuthorization(request, "Bearer ", value);
    else if (/^(?:d|data-raw|data-urlencode|json|F|T)$/.test(name)) addData(request, name, value);
  }
  const sends = request.bodyKind !== "none";
  request.method = method ?? { ...request.method, text: verb ?? (sends ? "POST" : "GET") };
  if (verb === "GET" && sends) request.bodyKind = "query";
  return request;
}

/** Pairs of option and value; `url` for what is no option. */
function* options(words: readonly Traced[]): Generator<[name: string, value: Traced]> {
  const queue = [...words].reverse();
  const next = (end: Traced) => queue.pop() ?? cut(end, end.text.length);
  for (let word = queue.pop(); word; word = queue.pop()) {
    if (!/^-./.test(word.text)) yield ["url", word];
    else if (word.text.startsWith("--")) {
      const equals = word.text.indexOf("=");
      const long = word.text.slice(2, equals < 0 ? undefined : equals);
      const name = LONG[long] ?? long;
      if (equals >= 0) yield [name, cut(word, equals + 1)];
      else yield [name, WITH_VALUE.has(name) ? next(word) : word];
    } else {
      for (let at = 1; at < word.text.length; at++) {
        const name = word.text[at]!;
        if (!WITH_VALUE.has(name)) yield [name, word];
        else {
          yield [name, at + 1 < word.text.length ? cut(word, at + 1) : next(word)];
          break;
        }
      }
    }
  }
}

function addHeader(request: PastedRequest, value: Traced): void {
  if (/^@/.test(value.text) || value.text === UNKNOWN) request.moreHeaders = true;
  // "Name:" takes a header away that curl would send.
  else if (!/^[\w-]+:\s*$/.test(value.text)) request.headers.push(readHeader(value));
}

function addAuthorization(request: PastedRequest, scheme: string, secret: Traced): void {
  const line = emptyTrace(secret.start);
  put(line, `Authorization: ${scheme}`, secret, 0, 1);
  put(line, secret.text, secret, 0, secret.text.length);
  request.headers.push(readHeader(line));
}

function addData(request: PastedRequest, name: string, value: Traced): void {
  if (name === "F") {
    request.bodyKind = "multipart";
    request.body = value;
    return;
  }
  request.defaultType ??= name === "json"
    ? "application/json"
    : name === "T"
    ? ""
    : "application/x-www-form-urlencoded";
  const fromFile = name === "data-urlencode" ? /^[^=]*@/ : name === "data-raw" ? /$^/ : /^@/;
  if (fromFile.test(value.text) || value.text === UNKNOWN || name === "T") {
    request.bodyKind = "unknown";
    request.body = value;
    return;
  }
  if (request.bodyKind === "unknown") return;
  const body = request.bodyKind === "text" ? request.body! : emptyTrace(value.start);
  if (request.bodyKind === "text" && name !== "json") put(body, "&", value, 0, 1);
  const sent = name === "data-urlencode" ? urlEncoded(value) : value;
  put(body, sent.text, sent, 0, sent.text.length);
  request.bodyKind = "text";
  request.body = body;
}

/** `content`, `=content` or `name=content`, of which the content is to be encoded. */
function urlEncoded(value: Traced): Traced {
  const equals = value.text.indexOf("=");
  const content = cut(value, equals + 1);
  const encoded = replaceTraced(
    content,
    /[^\w.~\ufffc-]/gu,
    ([unit]) => encodeURIComponent(unit.toWellFormed()),
  );
  if (equals <= 0) return encoded;
  const result = cut(value, 0, equals + 1);
  put(result, encoded.text, encoded, 0, encoded.text.length);
  return result;
}

const REQUEST_LINE =
  /^(> ?)?(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)[ \t]+([^\s]+)(?:[ \t]+HTTP\/[\d.]+)?[ \t]*\r?$/im;

/** Reads a request in the form in which HTTP sends it, or as `curl -v` shows it. */
function parseHttpText(text: string): PastedRequest | undefined {
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
    url,
    headers,
    moreHeaders: false,
    body: hasBody ? body : undefined,
    bodyKind: hasBody ? "text" : mark && sent ? "unknown" : "none",
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

/** Splits a header line at its colon. */
function readHeader(line: Traced): PastedHeader {
  const colon = line.text.indexOf(":");
  if (colon < 0) return { name: line, value: cut(line, line.text.length), line };
  const blanks = /^[ \t]*/.exec(line.text.slice(colon + 1))![0].length;
  return { name: cut(line, 0, colon), value: cut(line, colon + 1 + blanks), line };
}
