// Nothing is sent twice by accident. Deno repeats a POST by itself when a kept-alive connection drops
// before the response: a server has to read the second request whole, an injected fetch sees nothing.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type CozeClient, createCozeClient, type TokenSource } from "../../../lib/api/mod.ts";
import { sealed } from "../../../lib/stores/mod.ts";
import {
  type CozeApp,
  CozeError,
  createTokenProvider,
  exchangeJwt,
  type TokenStore,
} from "../../../mod.ts";
import { healthyFiles, runIn } from "../../testing/fake_io.ts";
import { pkcs8Pem } from "../../testing/keys.ts";
import { run } from "../../testing/process.ts";
import { BOT, CHAT, QUESTION, REFERENCE } from "../../testing/scripted.ts";
import { appAt, keepAlive, sleep, type WireAnswer, wireJson } from "../../testing/servers.ts";
import { frame } from "../../testing/streams.ts";

const TOKEN_PATH = "/api/permission/oauth2/token";

/** How a server drops the connection, after it has read the whole request. */
const DROPS: Record<string, (isStream: boolean) => WireAnswer> = {
  "before the response": () => ({ text: "", isLast: true }),
  "after the head of the response": (isStream) => cut(isStream, ""),
  "in the middle of the body": (isStream) =>
    cut(isStream, isStream ? frame("conversation.chat.created", CHAT) : '{"code":0,"data":{'),
};

function cut(isStream: boolean, text: string): WireAnswer {
  const type = isStream ? "text/event-stream" : "application/json";
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: 5000\r\n\r\n`;
  return { text: head + text, isLast: true };
}

/**
 * A token endpoint and an API that keep connections alive.
 *
 * @param keepsAlive Whether connections outlive one response.
 * @param path Where the connection is dropped.
 * @param drops What is written before that, for the first requests; the others are answered.
 */
function startServer(keepsAlive: boolean, path: string, drops: WireAnswer[]) {
  let tokens = 0;
  let isDropping = false;
  const server = keepAlive((request) => {
    const drop = isDropping && request.path === path ? drops.shift() : undefined;
    if (drop) return drop;
    const isLast = !keepsAlive && !isDropping;
    if (request.path === TOKEN_PATH) {
      const number = String(++tokens).padStart(12, "0");
      return wireJson({ "access_token": `czs_${number}`, "expires_in": 2_000_000_000 }, isLast);
    }
    return wireJson({ code: 0, data: { "bot_id": "1", workspaces: [], items: [] } }, isLast);
  });
  return Object.assign(server, {
    /** Drops connections from now on. */
    drop: () => isDropping = true,
    sentTo: (to: string) => server.received.filter((request) => request.path === to),
  });
}

/** How the connection came about that the request uses. */
const CONNECTIONS: Record<string, undefined | ((app: CozeApp) => Promise<unknown>)> = {
  "a new connection": undefined,
  "the connection of an exchange": (app) => exchangeJwt(app),
  "the connection of workspaces()": ({ baseUrl }) =>
    Array.fromAsync(createCozeClient({ token: "czs_0123456789ab", baseUrl }).workspaces()),
  "the connection of the caller's GET": async ({ baseUrl }) =>
    await (await fetch(`${baseUrl}/get`)).text(),
  "the connection of the caller's POST": async ({ baseUrl }) =>
    await (await fetch(`${baseUrl}/post`, { method: "POST", body: "text" })).text(),
};

/** A store in memory, and when the first lock in it is freed: the token is written then. */
function createStore() {
  const entries = new Map<string, string>();
  const { promise: isWritten, resolve } = Promise.withResolvers<void>();
  const store: TokenStore = {
    get: (key) => Promise.resolve(entries.has(key) ? { value: entries.get(key)! } : undefined),
    set: (key, value) => Promise.resolve(entries.set(key, value)),
    add(key, value) {
      const isFree = !entries.has(key);
      if (isFree) entries.set(key, value);
      return Promise.resolve(isFree);
    },
    delete(key) {
      resolve();
      return Promise.resolve(entries.delete(key));
    },
  };
  return { store, isWritten };
}

/** How a store is used, if one is. */
const STORES: Record<string, undefined | ((store: TokenStore) => TokenStore)> = {
  "a provider": undefined,
  "a provider with a store": (store) => store,
  "a provider with a sealed store": (store) => sealed(store, "s".repeat(32)),
};

/** Creates a provider, and tells when it has written its first token. */
function createProvider(app: CozeApp, wrap: (typeof STORES)[string]) {
  if (!wrap) return { provider: createTokenProvider(app, {}, { sleep }) };
  const { store, isWritten } = createStore();
  return { provider: createTokenProvider(app, {}, { sleep, store: wrap(store) }), isWritten };
}

/** Where the token comes from. A provider holds one before the request. */
const TOKENS: Record<string, (app: CozeApp) => Promise<TokenSource>> = {
  "a text": () => Promise.resolve("czs_0123456789ab"),
  "a function": () => {
    let number = 0;
    // Always another token, so that nothing but the rule keeps a request from being repeated.
    return Promise.resolve(() => `czs_0123456789ab${++number}`);
  },
  ...Object.fromEntries(
    Object.entries(STORES).map(([name, wrap]) => [name, async (app: CozeApp) => {
      const { provider, isWritten } = createProvider(app, wrap);
      await provider.getToken();
      await isWritten;
      return provider;
    }]),
  ),
};

/** What must not be sent twice. */
const CALLS: Record<string, [path: string, call: (client: CozeClient) => Promise<unknown>]> = {
  "createBot()": ["/v1/bot/create", (client) => client.createBot(BOT)],
  "publishBot()": ["/v1/bot/publish", (client) => client.publishBot("1")],
  "chat()": ["/v3/chat", (client) => Array.fromAsync(client.chat(QUESTION))],
  "ask()": ["/v3/chat", (client) => client.ask(QUESTION)],
  "ask() by polling": ["/v3/chat", (client) => client.ask(QUESTION, { stream: false })],
  "cancelChat()": ["/v3/chat/cancel", (client) => client.cancelChat(REFERENCE)],
};

/** How a call ends: `success`, or the code of its error. */
async function codeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return "success";
  } catch (error) {
    if (error instanceof CozeError) return error.code;
    throw error;
  }
}

for (const [name, [path, call]] of Object.entries(CALLS)) {
  for (const [connection, warm] of Object.entries(CONNECTIONS)) {
    Deno.test(`${name} is sent once on ${connection} that drops (security 14)`, async () => {
      const isStream = /^(?:chat|ask)\(\)$/.test(name);
      const rows: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      for (const [token, createSource] of Object.entries(TOKENS)) {
        for (const [when, drop] of Object.entries(DROPS)) {
          await using server = startServer(warm !== undefined, path, Array(9).fill(drop(isStream)));
          const app = await appAt(server.url);
          const client = createCozeClient({ token: await createSource(app), baseUrl: server.url });
          await warm?.(app);
          server.drop();
          const code = await codeOf(() => call(client));
          const requests = server.sentTo(path);
          const row = `${token}, ${when}`;
          rows[row] = { code, requests: requests.length, isWarm: requests[0]!.place > 1 };
          expected[row] = { code: "connection-lost", requests: 1, isWarm: warm !== undefined };
        }
      }
      assertEquals(rows, expected);
    });
  }
}

/** What exchanges. */
const EXCHANGES: Record<string, (app: CozeApp) => Promise<unknown>> = {
  "exchangeJwt()": (app) => exchangeJwt(app, {}, { sleep }),
};
for (const [name, wrap] of Object.entries(STORES)) {
  EXCHANGES[`getToken() of ${name}`] = async (app) => {
    const { provider, isWritten } = createProvider(app, wrap);
    await provider.getToken();
    await isWritten;
  };
  EXCHANGES[`createBot() with ${name}`] = async (app) => {
    const { provider, isWritten } = createProvider(app, wrap);
    await createCozeClient({ token: provider }).createBot(BOT);
    await isWritten;
  };
}

for (const [name, exchange] of Object.entries(EXCHANGES)) {
  Deno.test(`${name} exchanges with a new JWT after each connection that drops (security 3)`, async () => {
    const rows: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const [connection, warm] of Object.entries(CONNECTIONS)) {
      for (const [when, drop] of Object.entries(DROPS)) {
        const drops = Array(2).fill(drop(false));
        await using server = startServer(warm !== undefined, TOKEN_PATH, drops);
        const app = await appAt(server.url);
        await warm?.(app);
        const before = server.sentTo(TOKEN_PATH).length;
        server.drop();
        const code = await codeOf(() => exchange(app));
        const all = server.sentTo(TOKEN_PATH);
        const row = `${connection}, ${when}`;
        rows[row] = {
          code,
          exchanges: all.length - before,
          jwts: new Set(all.map(({ bearer }) => bearer)).size - before,
          bots: server.sentTo("/v1/bot/create").length,
          isWarm: all[before]!.place > 1,
        };
        const bots = name.startsWith("createBot") ? 1 : 0;
        const isWarm = warm !== undefined;
        expected[row] = { code: "success", exchanges: 3, jwts: 3, bots, isWarm };
      }
    }
    assertEquals(rows, expected);
  });
}

/** Commands, which wrap the requests: their own signal, and --trace, which reads a copy. */
const COMMANDS: [args: string[], path: string, requests: number][] = [
  [["token"], TOKEN_PATH, 3],
  [["bot", "create", "b", "--workspace", "1"], "/v1/bot/create", 1],
  [["bot", "publish", "1"], "/v1/bot/publish", 1],
  [["chat", "x", "--bot", "1"], "/v3/chat", 1],
];

for (const [args, path, requests] of COMMANDS) {
  for (const flags of [[], ["--trace"]]) {
    const line = [...args, ...flags].join(" ");
    Deno.test(`"${line}" sends nothing twice on a connection that drops (security 14)`, async () => {
      const drops = Array(2).fill(DROPS["before the response"]!(false));
      await using server = startServer(true, path, drops);
      await (await fetch(`${server.url}/get`)).text();
      server.drop();
      const { stderr } = await runIn({
        args: [...args, ...flags, "--base-url", server.url],
        files: healthyFiles(),
        fetch: (request) => fetch(request),
      });
      const sent = server.sentTo(path);
      assertEquals([sent.length, sent[0]!.place > 1], [requests, true], stderr);
      const jwts = server.sentTo(TOKEN_PATH).map(({ bearer }) => bearer);
      assertEquals(new Set(jwts).size, jwts.length);
      for (const { method, headers, body } of server.received) {
        const framing = [headers.get("content-length"), headers.get("transfer-encoding")];
        assertEquals(framing, [method === "POST" ? String(body.length) : null, null]);
      }
      if (path !== TOKEN_PATH) assertStringIncludes(stderr, "connection-lost");
      assertEquals(stderr.includes("trace: > POST"), flags.length > 0);
    });
  }
}

/** Flags of a program that exchanges and creates a bot, and how both end. */
const SANDBOXES: [flags: (host: string) => string[], outcomes: string][] = [
  [(host) => [`--allow-net=${host}`], "success connection-lost"],
  [() => ["--allow-net=127.0.0.1"], "success connection-lost"],
  [() => ["--allow-net"], "success connection-lost"],
  [() => [], "sandbox-net sandbox-net"],
  [() => ["--allow-net=127.0.0.2"], "sandbox-net sandbox-net"],
  [(host) => ["--allow-net", `--deny-net=${host}`], "sandbox-net sandbox-net"],
];

for (const [flags, outcomes] of SANDBOXES) {
  const line = flags("127.0.0.1:PORT").join(" ") || "no permission";
  Deno.test(`exchangeJwt() and createBot() send once and end under ${line}`, async () => {
    const drop = { text: "", isLast: true };
    await using server = keepAlive((request) => {
      if (request.path === "/v1/bot/create") return drop;
      const isFirst = server.received.filter(({ path }) => path === TOKEN_PATH).length === 1;
      if (request.path === TOKEN_PATH && isFirst) return drop;
      return wireJson({ "access_token": "czs_0123456789ab", "expires_in": 2_000_000_000 });
    });
    const script = fileURLToPath(new URL("testdata/exchange_and_create.ts", import.meta.url));
    const args = [server.url, pkcs8Pem()];
    const ended = await run({ cwd: Deno.cwd(), flags: flags(server.host), script, args });
    assertEquals([ended.stdout, ended.code], [`${outcomes}\n`, 0], ended.stderr);
    const posts = server.received.filter(({ method }) => method === "POST");
    const isAllowed = outcomes.startsWith("success");
    const paths = isAllowed ? [TOKEN_PATH, TOKEN_PATH, "/v1/bot/create"] : [];
    assertEquals(posts.map(({ path }) => path), paths);
    assertEquals(new Set(posts.map(({ bearer }) => bearer)).size, posts.length);
    if (isAllowed) assertEquals([posts[0]!.place > 1, posts[2]!.place > 1], [true, true]);
  });
}
