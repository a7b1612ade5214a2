// The page of `serve` in a real browser. It comes from one port and its broker from another, so that
// each call crosses origins; the emulator is Coze.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { createTokenBroker, type TokenBrokerOptions } from "../../../lib/broker/mod.ts";
import { createPage } from "../../../lib/cli/page/page.ts";
import { createEmulator } from "../../../lib/emulator/mod.ts";
import { createTokenProvider } from "../../../lib/token_provider.ts";
import { pkcs8Pem } from "../../testing/keys.ts";
import { CLIENT_ID, KEY_ID, publicPem } from "../../testing/keys.ts";
import { serve } from "../../testing/servers.ts";
import { openTab, say, type Tab, testInBrowser } from "./chromium.ts";

const TOKEN_PATH = "/api/permission/oauth2/token";

/** An emulator with a published bot, a broker before it, and a page on a third port. */
async function createSite(options: Partial<TokenBrokerOptions> = {}) {
  const emulator = createEmulator({
    apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() } }],
  });
  let answered = (_: Request) => Promise.resolve();
  const coze = serve(async (request) => {
    const response = await emulator(request);
    await answered(request);
    return response;
  });
  const app = { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: pkcs8Pem(), baseUrl: coze.url };
  const provider = createTokenProvider(app);
  const client = createCozeClient({ token: provider });
  const { value: workspace } = await client.workspaces().next();
  const { botId } = await client.createBot({ workspaceId: workspace.id, name: "node-chat2" });
  await client.publishBot(botId);
  let broker = (_: Request) => Promise.resolve(new Response());
  const tokens = serve((request) => broker(request));
  const pages = serve(async (request) => {
    const user = new URL(request.url).searchParams.get("user") ?? "alice";
    const page = await createPage({
      language: "en",
      broker: `${tokens.url}/token`,
      baseUrl: coze.url,
      bot: botId,
      user,
    });
    page.headers.set("set-cookie", `user=${user}; HttpOnly; SameSite=Strict`);
    return page;
  });
  broker = createTokenBroker(provider, {
    origins: [pages.url],
    user: ({ headers }) => /user=(\w+)/.exec(headers.get("cookie") ?? "")?.[1],
    ...options,
  });
  emulator.journal.length = 0;
  return {
    emulator,
    tokens,
    pages,
    /** Holds back the next answer of a chat; gives when Coze has it, and what lets it go. */
    holdChat() {
      const [begun, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      answered = async ({ method, url }) => {
        if (method !== "POST" || new URL(url).pathname !== "/v3/chat") return;
        answered = () => Promise.resolve();
        begun.resolve();
        await free.promise;
      };
      return { begun: begun.promise, release: free.resolve };
    },
    /** How often the token endpoint was called. */
    exchanges: () => emulator.journal.filter(({ path }) => path === TOKEN_PATH).length,
    async [Symbol.asyncDispose]() {
      for (const server of [pages, tokens, coze]) await server[Symbol.asyncDispose]();
    },
  };
}

/** What a test does in the page itself: TypeScript knows the names of Deno alone. */
interface PageGlobals {
  document: { querySelector(selector: string): { dataset: Record<string, string> } };
  MutationObserver: new (callback: () => void) => { observe(at: unknown, what: object): void };
}

/** No key, no JWT, no word of the token endpoint; nothing in the console. */
function assertClean(...tabs: Tab[]): void {
  for (const { received, complaints } of tabs) {
    const all = received.join("\n");
    assert(received.length > 1);
    assertEquals(/PRIVATE KEY|eyJ[\w-]{10,}|invalid_client|oauth2/.exec(all), null);
    assert(!all.includes(pkcs8Pem().split("\n")[5]!));
    assertEquals(complaints, []);
  }
}

testInBrowser(
  "the page asks before it calls, streams the answer and keeps the conversation",
  async (browser) => {
    await using site = await createSite();
    const tab = await openTab(await browser.newContext(), site.pages.url);
    // Counts the pieces in which the answer comes.
    await tab.page.evaluate(() => {
      const { document, MutationObserver } = globalThis as unknown as PageGlobals;
      const log = document.querySelector("#log");
      const count = () => log.dataset.pieces = String(Number(log.dataset.pieces ?? 0) + 1);
      new MutationObserver(count).observe(log, { characterData: true, subtree: true });
    });
    assertEquals(await say(tab, "hello"), "Bot: [node-chat2] You said: hello (turns before: 0)");
    const pieces = Number(await tab.page.locator("#log").getAttribute("data-pieces"));
    assert(pieces > 3, `${pieces} pieces`);
    assertEquals(await say(tab, "again"), "Bot: [node-chat2] You said: again (turns before: 1)");
    const [preflight, ...chats] = site.emulator.journal.filter(({ path }) => path === "/v3/chat");
    assertEquals([preflight!.method, preflight!.status], ["OPTIONS", 204]);
    assertEquals(chats.filter(({ method }) => method === "POST").map(({ status }) => status), [
      200,
      200,
    ]);
    assertEquals(site.exchanges(), 1);
    assertMatch(await tab.page.locator("#ends").innerText(), /^at .*, in (?:15:00|14:5\d)$/);
    assertClean(tab);
  },
);

testInBrowser("the page stops an answer, and the next message is answered", async (browser) => {
  await using site = await createSite();
  const tab = await openTab(await browser.newContext(), site.pages.url);
  for (const stop of [() => tab.page.click("#stop"), () => tab.page.keyboard.press("Escape")]) {
    await tab.page.fill("#question", "/slow tell me a story");
    await tab.page.press("#question", "Enter");
    await tab.page.locator("#log .bots:last-child:not(.waiting)").waitFor();
    await stop();
    await tab.page.locator("#send").waitFor();
    assertEquals(await tab.page.locator("#log p").last().innerText(), "stopped");
    assertEquals(await tab.page.locator("#error").innerText(), "");
    assertMatch(await say(tab, "hello"), /You said: hello/);
  }
  const paths = site.emulator.journal.map(({ method, path, status }) =>
    `${method} ${path} ${status}`
  );
  assertEquals(paths.filter((each) => each === "POST /v3/chat/cancel 200").length, 2);
  assertClean(tab);
});

testInBrowser(
  "the page cancels a chat that was stopped before its first event",
  async (browser) => {
    await using site = await createSite();
    const tab = await openTab(await browser.newContext(), site.pages.url);
    await say(tab, "hello");
    const { begun, release } = site.holdChat();
    await tab.page.fill("#question", "/slow tell me a story");
    await tab.page.press("#question", "Enter");
    await begun;
    await tab.page.keyboard.press("Escape");
    release();
    await tab.page.locator("#send").waitFor();
    assertEquals(await tab.page.locator("#log p").last().innerText(), "stopped");
    assertMatch(await say(tab, "again"), /You said: again/);
  },
);

testInBrowser("the page renews a token that has ended, by one exchange", async (browser) => {
  await using site = await createSite();
  const tab = await openTab(await browser.newContext(), site.pages.url);
  await say(tab, "hello");
  site.emulator.revokeTokens();
  assertMatch(await say(tab, "again"), /You said: again/);
  assertEquals(site.exchanges(), 2);
  assertEquals(await tab.page.locator("#count").innerText(), "2");
  assertEquals(
    await tab.page.locator("#told").innerText(),
    "Coze refused the token; a new one was issued.",
  );
  assertEquals(new Set(tab.bearers).size, 2);
  assertClean(tab);
});

testInBrowser(
  "four tabs whose token has ended make one exchange; another user makes another",
  async (browser) => {
    await using site = await createSite();
    const context = await browser.newContext();
    const tabs = await Promise.all(
      Array.from({ length: 4 }, () => openTab(context, site.pages.url)),
    );
    await Promise.all(tabs.map((tab) => say(tab, "hello")));
    assertEquals(site.exchanges(), 1);
    site.emulator.revokeTokens();
    const answers = await Promise.all(tabs.map((tab) => say(tab, "again")));
    for (const answer of answers) assertMatch(answer, /You said: again/);
    assertEquals(site.exchanges(), 2);
    assertEquals(new Set(tabs.flatMap(({ bearers }) => bearers)).size, 2);

    const bob = await openTab(await browser.newContext(), `${site.pages.url}/?user=bob`);
    await say(bob, "hello");
    assertEquals(site.exchanges(), 3);
    assert(tabs.every(({ bearers }) => !bearers.includes(bob.bearers[0]!)));
    assertClean(bob, ...tabs);
  },
);

testInBrowser(
  "pages of other origins get nothing from the broker (security 22)",
  async (browser) => {
    await using site = await createSite();
    await using evil = serve(() =>
      new Response(
        "<!doctype html><link rel=icon href=data:,><iframe sandbox=allow-scripts></iframe>",
        {
          headers: { "content-type": "text/html", "set-cookie": "user=alice" },
        },
      )
    );
    const { page } = await openTab(await browser.newContext(), evil.url);
    const url = `${site.tokens.url}/token`;
    /** What a page can learn from the broker. */
    const attack = async ({ url, init }: { url: string; init: RequestInit }) => {
      try {
        const response = await fetch(url, init);
        return `${response.type} ${response.status} ${await response.text()}`;
      } catch (error) {
        return (error as Error).name;
      }
    };
    const json = { "content-type": "application/json" };
    const attempts: [RequestInit, string][] = [
      [{ method: "POST", body: "{}", headers: json, credentials: "include" }, "TypeError"],
      [{ method: "POST", body: "{}", headers: json }, "TypeError"],
      [{ method: "POST", body: "{}", mode: "no-cors", credentials: "include" }, "opaque 0 "],
      [{ credentials: "include" }, "TypeError"],
      [{ mode: "no-cors", credentials: "include" }, "opaque 0 "],
    ];
    for (const [init, expected] of attempts) {
      for (const frame of page.frames()) {
        assertEquals(await frame.evaluate(attack, { url, init }), expected, JSON.stringify(init));
      }
    }
    assertEquals(site.exchanges(), 0);
  },
);

testInBrowser("the page says in words what went wrong", async (browser) => {
  await using site = await createSite({ perMinute: 1 });
  const tab = await openTab(await browser.newContext(), site.pages.url);
  const errorOf = (text: string) => say(tab, text);
  const { emulator } = site;
  emulator.fail({ status: 429, headers: { "retry-after": "60" } });
  assertEquals(
    await errorOf("hello"),
    "Coze receives too many requests at the moment. Try again in 60 seconds.",
  );
  assertMatch(
    await errorOf("hello"),
    /^Too many tokens within a minute. Try again in (?:60|5\d) seconds\.$/,
  );

  await using other = await createSite();
  await tab.page.goto(other.pages.url);
  assertMatch(await say(tab, "hello"), /^Bot: /);
  other.emulator.fail({ status: 429 });
  assertEquals(await errorOf("hello"), "Coze received too many requests");
  other.emulator.fail({ status: 200, body: { code: 4028, msg: "unicorn" } });
  assertEquals(await errorOf("hello"), "The account's quota is used up");
  other.emulator.fail({ status: 200, body: { code: 987654, msg: "unicorn" } });
  assertStringIncludes(await errorOf("hello"), "explain 987654");
  assertEquals(await errorOf("/fail hello"), "The bot could not answer. Ask again.");
  assertEquals(await errorOf("/stop hello"), "The answer broke off. Ask again.");
  await tab.page.fill("#bot", "abc");
  await tab.page.fill("#question", "hello");
  await tab.page.press("#question", "Enter");
  assertMatch(await tab.page.locator("#error").innerText(), /^Give the ID of a bot/);
  await tab.page.fill("#bot", "7599999999999999999");
  assertMatch(await errorOf("hello"), /does not exist/);
  await other.tokens[Symbol.asyncDispose]();
  other.emulator.revokeTokens();
  assertMatch(await errorOf("hello"), /server does not respond/);
});
