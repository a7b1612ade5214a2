import { createCozeClient } from "../../api/mod.ts";
import { type BrokerEvent, createTokenBroker } from "../../broker/mod.ts";
import { createEmulator } from "../../emulator/mod.ts";
import { createTokenProvider, type TokenProvider } from "../../token_provider.ts";
import { checkTokenRequest, type TokenRequest } from "../../token_request.ts";
import type { Language } from "../../words/words.ts";
import { requestOf, withAccess } from "../access.ts";
import { type Context, isOlder } from "../context.ts";
import { createPage } from "../page/page.ts";
import { listen, portOf } from "../server.ts";
import { idOf } from "../session.ts";

const DEFAULT_PORT = 8787;
/** Older versions of Deno cannot import a page of HTML. */
const LEAST_DENO_FOR_PAGES = "2.8.0";

/** What the broker and the page need. */
interface Served {
  provider: TokenProvider;
  request: TokenRequest;
  /** Empty if the user gives it on the page. */
  bot: string;
}

/** Serves a token broker and a page that chats with its tokens, on 127.0.0.1 until ^C. */
export async function serve(context: Context): Promise<number> {
  const { args, io, output, signal, text } = context;
  if (isOlder(io.denoVersion, LEAST_DENO_FOR_PAGES)) {
    const details = { least: LEAST_DENO_FOR_PAGES, version: io.denoVersion };
    output.say(await text("deno-too-old", details));
    return 1;
  }
  const port = portOf(args, DEFAULT_PORT);
  if (args.has("emulator")) return await serveWith(context, port, await emulate(context));
  return await withAccess(context, async ({ app, request, facts, options }) => {
    const bot = facts.botId ? idOf(facts, "bot") : "";
    const provider = createTokenProvider(app, {}, options);
    // So a wrong key is explained in the terminal, before anyone opens the page.
    await provider.getToken(request, { signal });
    return await serveWith(context, port, { provider, request, bot });
  });
}

/** Starts an emulator that has an app and a published bot. */
async function emulate(context: Context): Promise<Served> {
  const { args, io, timeoutMs } = context;
  const request = requestOf(args);
  checkTokenRequest(request);
  await io.dropRead();
  const emulator = createEmulator({ now: io.now });
  const answer = async (request: Request) => {
    const response = await emulator(request);
    // The journal would fill the memory.
    emulator.journal.length = 0;
    return response;
  };
  const { port } = await listen(context, answer, 0, ["127.0.0.1"]);
  const app = { ...await emulator.createApp(), baseUrl: `http://127.0.0.1:${port}` };
  const options = { fetch: answer, now: io.now, timeoutMs };
  const provider = createTokenProvider(app, {}, options);
  const client = createCozeClient({ token: provider, ...options });
  const { value: workspace } = await client.workspaces().next();
  const { botId } = await client.createBot({ workspaceId: workspace.id, name: "node-chat2" });
  await client.publishBot(botId);
  return { provider, request, bot: botId };
}

async function serveWith(context: Context, port: number, served: Served): Promise<number> {
  const { args, output, signal, text } = context;
  // The broker has to know the origin, which has the port that the system chooses.
  const started = Promise.withResolvers<string>();
  const handler = started.promise.then((origin) => createHandler(context, served, origin));
  const answer = async (request: Request) => (await handler)(request);
  const server = await listen(context, answer, port, ["127.0.0.1"]);
  // Browsers leave out the port 80.
  const { origin: url } = new URL(`http://127.0.0.1:${server.port}`);
  started.resolve(url);
  const { provider: { baseUrl }, bot } = served;
  if (output.json) output.answerJson({ url, baseUrl, botId: bot || undefined });
  else {
    output.answer(url);
    output.say(await text(args.has("emulator") ? "serve-emulates" : "serve-is", { url }));
    output.say(await text("emulator-end"));
  }
  // A server ignores a signal that is already aborted.
  if (!signal.aborted) await server.finished;
  return 0;
}

/** Answers for the page, its login and its tokens; only at this origin. */
function createHandler(
  context: Context,
  { provider, request: tokenRequest, bot }: Served,
  origin: string,
): (request: Request) => Promise<Response> {
  const { args } = context;
  const broker = createTokenBroker(provider, {
    origins: [origin],
    user: userOf,
    request: tokenRequest,
    onEvent: (event) => tell(context, event),
  });
  return async (request) => {
    const { origin: called, pathname, searchParams } = new URL(request.url);
    if (called !== origin) return new Response(`Open ${origin}/\n`, { status: 421 });
    if (pathname === "/token") return await broker(request);
    const wanted = searchParams.get("lang") ?? args.value("lang") ??
      request.headers.get("accept-language") ?? context.language;
    const language: Language = wanted.startsWith("zh") ? "zh" : "en";
    const route = `${request.method} ${pathname}`;
    if (route === "POST /user") return logInAgain(request, origin, language);
    if (route !== "GET /") return new Response("Not found\n", { status: 404 });
    const user = userOf(request) ?? crypto.randomUUID();
    const page = await createPage({
      language,
      broker: `${origin}/token`,
      baseUrl: provider.baseUrl,
      bot,
      user: user.slice(0, 4),
      isEmulated: args.has("emulator"),
    });
    page.headers.set("set-cookie", cookieOf(user));
    return page;
  };
}

const USER = /(?:^|;\s*)coze_jwt_user=([\da-f-]{36})(?:;|$)/;

/** The demo login: a random id in a cookie. */
function userOf({ headers }: Request): string | undefined {
  return USER.exec(headers.get("cookie") ?? "")?.[1];
}

function cookieOf(user: string): string {
  return `coze_jwt_user=${user}; HttpOnly; SameSite=Strict; Path=/`;
}

function logInAgain({ headers }: Request, origin: string, language: Language): Response {
  // Another port of 127.0.0.1 is the same site, so SameSite does not protect from its pages.
  if (headers.get("origin") !== origin) return new Response("Forbidden\n", { status: 403 });
  const cookie = cookieOf(crypto.randomUUID());
  return new Response(null, {
    status: 303,
    headers: { "location": `/?lang=${language}`, "set-cookie": cookie },
  });
}

/** Tells in the terminal why the page got no token. */
async function tell({ args, output, text, typed }: Context, event: BrokerEvent): Promise<void> {
  const { status, code = "", reason = "", logId } = event;
  if (args.has("trace")) output.say(`trace: /token ${[status, code, reason].join(" ").trimEnd()}`);
  if (status < 500 || output.json) return;
  output.say(await text("serve-failed", { reason, log: logId ? `, logid ${logId}` : "" }));
  if (!args.has("emulator")) output.say(`  $ ${await typed({ words: ["doctor"] })}`);
}
