import { answerEndpoint } from "./api.ts";
import { BOT_ENDPOINTS } from "./bots.ts";
import { CHAT_ENDPOINTS } from "./chats.ts";
import { answerByText } from "./chat_answer.ts";
import { type JournalEntry, writeEntry } from "./journal.ts";
import type { EmulatorApp, EmulatorOptions, Fault } from "./options.ts";
import { answerTokenRequest, BASE64URL, readJwt, RS256, TOKEN_PATHS } from "./token_endpoint.ts";
import type { Answer, Call, World } from "./world.ts";

/** The emulator: a function from request to response, with the controls that a test needs. */
export interface Emulator {
  /** Answers one request; fits as this library's `fetch` and as an HTTP server's handler. */
  (request: Request): Promise<Response>;
  /** One entry per request, oldest first. */
  readonly journal: JournalEntry[];
  /** The apps; a change takes effect with the next request. */
  readonly apps: EmulatorApp[];
  /** Ends all tokens issued so far, as when you withdraw the app's authorisation. */
  revokeTokens(): void;
  /** Queues responses for the next requests, one each, given without any check. */
  fail(...faults: Fault[]): void;
  /**
   * Makes an RSA key pair and adds an app that has its public half.
   *
   * @param app What differs from a normal app; without `clientId` it gets the next free App ID.
   * @returns What a client needs to ask for tokens. The private key cannot be exported.
   *
   * @example
   * ```ts
   * import { createEmulator } from "@coze-jwt/coze-jwt/emulator";
   * import { assert } from "@std/assert";
   *
   * const emulator = createEmulator();
   * const { clientId } = await emulator.createApp({ state: "disabled" });
   * assert(emulator.apps[0]?.clientId === clientId);
   * ```
   */
  createApp(
    app?: Partial<Omit<EmulatorApp, "keys">>,
  ): Promise<{ clientId: string; keyId: string; privateKey: CryptoKey }>;
}

/**
 * Creates an emulator of Coze's token endpoint (pages oauth_jwt, oauth_jwt_channel,
 * oauth_jwt_collaborate and oauth_jwt_privilege) and of the API behind the token: workspaces, bots,
 * chats, conversations. Not for production.
 *
 * A token is issued as `{"access_token":"czs_emulator_…","expires_in":…}`, `expires_in` being the
 * moment of expiry in Unix seconds, and refused as `{"error","error_code","error_message"}`. The API
 * answers `{"code":0,"msg":"","data":…,"detail":{"logid"}}`, and refuses with another `code`. Words
 * that Coze was not seen to say contain `(emulator`.
 *
 * @param options Apps, workspaces, clock, faults, and how bots answer.
 * @returns The emulator.
 *
 * @example
 * ```ts
 * import { createEmulator } from "@coze-jwt/coze-jwt/emulator";
 * import { assert } from "@std/assert";
 *
 * const emulator = createEmulator();
 * emulator.fail({ status: 429, headers: { "retry-after": "2" } });
 * const url = "https://api.coze.cn/api/permission/oauth2/token";
 * for (let i = 0; i < 2; i++) await emulator(new Request(url, { method: "POST", body: "{}" }));
 * assert(emulator.journal[0]?.refusedBy === "fault");
 * assert(emulator.journal[1]?.refusedBy === "bearer");
 * ```
 */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const apps = [...options.apps ?? []];
  const faults = [...options.faults ?? []];
  const journal: JournalEntry[] = [];
  const {
    workspaces = [{ id: "7400000000000000001", name: "emulator" }],
    answer = answerByText,
    answerMs = 200,
    publishDelayMs = 0,
    now = Date.now,
    sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  } = options;
  const world: World = {
    ...{ apps, workspaces, answer, answerMs, publishDelayMs, now, sleep },
    grants: new Map(),
    usedJwts: new Set(),
    bots: new Map(),
    conversations: new Map(),
    createId: createIds(),
  };

  async function handle(request: Request): Promise<Response> {
    const call = await readCall(request, world);
    const preflight = answerPreflight(call);
    // A fault uses up no JWT; whether Coze's failures do is unknown.
    const fault = preflight ? undefined : faults.shift();
    const answer = fault ? { ...fault, refusedBy: "fault" } : preflight ?? await answerCall(call);
    journal.push(writeEntry(call, answer));
    return createResponse(call, answer);
  }

  async function createApp(app: Partial<Omit<EmulatorApp, "keys">> = {}) {
    const registered: EmulatorApp = { clientId: freeAppId(apps), ...app, keys: {} };
    apps.push(registered);
    const { privateKey, keyId, publicPem } = await createKeyPair();
    registered.keys[keyId] = publicPem;
    return { clientId: registered.clientId, keyId, privateKey };
  }

  return Object.assign(handle, {
    journal,
    apps,
    revokeTokens: () => world.grants.clear(),
    fail: (...more: Fault[]) => void faults.push(...more),
    createApp,
  });
}

/** Finds the lowest App ID, in the form of Coze's, that no app has. */
function freeAppId(apps: readonly EmulatorApp[]): string {
  let id = 1127900106117;
  while (apps.some(({ clientId }) => clientId === String(id))) id++;
  return String(id);
}

/** Makes a key pair. The key id is the SHA-256 of the public key; Coze's algorithm is unknown. */
async function createKeyPair() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    false,
    ["sign", "verify"],
  );
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", spki));
  const keyId = digest.toBase64(BASE64URL);
  const publicPem = `-----BEGIN PUBLIC KEY-----\n${spki.toBase64()}\n-----END PUBLIC KEY-----\n`;
  return { privateKey, keyId, publicPem };
}

/**
 * Makes ids in the form of Coze's: 19 digits, the first a 7. They count up, so that each run gives
 * the same; the last digits differ, so that a client that reads ids as numbers mixes them up.
 */
function createIds(): () => string {
  let count = 0;
  return () => `75${String(++count).padStart(17, "0")}`;
}

/** All endpoints, each with a pattern of its path. Node 22 has no URLPattern. */
const ROUTES = [
  ...TOKEN_PATHS.map((path) => ({ method: "POST", path, answer: answerTokenRequest })),
  ...[...BOT_ENDPOINTS, ...CHAT_ENDPOINTS].map((endpoint) => ({
    ...endpoint,
    answer: (call: Call) => answerEndpoint(endpoint, call),
  })),
].map((route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
}));

/** Whether web pages call this path. They cannot call the token endpoint without the key. */
function isForPages({ pathname }: URL): boolean {
  return ROUTES.some(({ path, pattern }) => pattern.test(pathname) && !TOKEN_PATHS.includes(path));
}

/**
 * Answers a browser's preflight. `[INF]` that Coze lets pages of any origin call the API, and with
 * these headers: Coze's JavaScript SDK has examples for browsers, which need it.
 */
function answerPreflight({ request, url }: Call): Answer | undefined {
  const isPreflight = request.method === "OPTIONS" &&
    request.headers.has("access-control-request-method");
  if (!isPreflight || !isForPages(url)) return undefined;
  const headers = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers":
      "authorization, content-type, x-coze-client-user-agent, agw-js-conv",
  };
  return { status: 204, headers };
}

/** Finds the endpoint. How Coze answers other calls is unknown: these texts are the emulator's. */
function answerCall(call: Call): Answer | Promise<Answer> {
  const { request, url, text } = call;
  const routes = ROUTES.filter(({ pattern }) => pattern.test(url.pathname));
  if (routes.length === 0) return { status: 404, body: { emulator: "nothing is at this path" } };
  const route = routes.find(({ method }) => method === request.method);
  if (!route) {
    const allow = routes.map(({ method }) => method).join(", ");
    return { status: 405, headers: { allow }, body: { emulator: `only ${allow} is answered` } };
  }
  if (text === undefined) return { status: 413, body: { emulator: "the body is over 1 MiB" } };
  return route.answer({ ...call, names: route.pattern.exec(url.pathname)!.groups ?? {} });
}

async function readCall(request: Request, world: World): Promise<Call> {
  const text = await readText(request);
  const time = world.now();
  // Coze's pages write "Bearer {token}"; nothing shows that another case or spacing is taken.
  const [, bearer] = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
  const jwt = bearer === undefined ? undefined : readJwt(bearer);
  const url = new URL(request.url);
  return { world, request, url, names: {}, text, bearer, jwt, time, logId: createLogId(time) };
}

/** Coze documents 15 MB; no request that the emulator knows needs even this. */
const BODY_LIMIT = 1024 * 1024;

/** Reads a body; undefined, and not read to its end, when it is over the limit. */
async function readText(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.length;
      if (length > BODY_LIMIT) return undefined;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch {
    // The client has gone, so nobody reads the response.
    return undefined;
  }
  return text + decoder.decode();
}

/** Makes a log id in the form of Coze's: 14 digits of date and time, 20 hex digits. */
function createLogId(time: number): string {
  const digits = new Date(time).toISOString().replace(/\D/g, "").slice(0, 14);
  return digits + crypto.getRandomValues(new Uint8Array(10)).toHex().toUpperCase();
}

function createResponse(
  { request, url, time, logId }: Call,
  { status, headers, body }: Answer,
): Response {
  const all = new Headers({
    "content-type": "application/json",
    "date": new Date(time).toUTCString(),
    "x-tt-logid": logId,
  });
  if (request.headers.has("origin") && isForPages(url)) all.set("access-control-allow-origin", "*");
  for (const [name, value] of Object.entries(headers ?? {})) all.set(name, value);
  const isJson = typeof body === "object" && !(body instanceof ReadableStream);
  return new Response(isJson ? JSON.stringify(body) : body, { status, headers: all });
}
