// The page of `serve` in a real browser. It comes from one port and its broker from another, so that
// each call crosses origins; the emulator is Coze.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createCozeClient } from "../../../lib/api/mod.ts";
import { createTokenBroker, type TokenBrokerOptions } from "../../../lib/broker/mod.ts";
import { createPage } from "../../../lib/cli/page/page.ts";
import { snippetOf } from "../../../lib/cli/page/snippets.ts";
import { createEmulator } from "../../../lib/emulator/mod.ts";
import { createTokenProvider } from "../../../lib/token_provider.ts";
import { CLIENT_ID, KEY_ID, pkcs8Pem, publicPem } from "../../testing/keys.ts";
import { serve } from "../../testing/servers.ts";
import { openTab, say, type Tab, testInBrowser } from "./chromium.ts";

const TOKEN_PATH = "/api/permission/oauth2/token";

/** An emulator with a published bot, a broker before it, and a page on a third port. */
async function createSite(options: Partial<TokenBrokerOptions> = {}) {
  const emulator = createEmulator({
    apps: [{ clientId: CLIENT_ID, keys: { [KEY_ID]: publicPem() } }],
  });
  const coze = serve(emulator);
  const app = { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: pkcs8Pem(), baseUrl: coze.url };
  const provider = createTokenProvider(app);
  const client = createCozeClient({ token: provider });
  const { value: workspace } = await client.workspaces().next();
  const { botId } = await client.createBot({ workspaceId: workspace.id, name: "node-chat2" });
  await client.publishBot(botId);
  let broker = (_: Request) => Promise.resolve(new Response());
  const tokens = serve((request) => broker(request));
  const files: Record<string, string> = {};
  const pages = serve(async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname in files) {
      const type = pathname.endsWith(".js") ? "text/javascript" : "text/html";
      return new Response(files[pathname], { headers: { "content-type": type } });
    }
    const user = searchParams.get("user") ?? "alice";
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
    botId,
    coze,
    tokens,
    pages,
    /** Pages and scripts of the test's own, by path. */
    files,
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
  const { page } = tab;
  const click = () => page.click("#stop");
  const escape = () => page.keyboard.press("Escape");
  const rows = [[click, true], [escape, false]] as const;
  for (const [stop, isAnswering] of rows) {
    await page.click("#fresh");
    await say(tab, "hello");
    await page.fill("#question", "/slow tell me a story");
    await page.press("#question", "Enter");
    // Otherwise Coze has not told the chat's id yet.
    if (isAnswering) await page.locator("#log .bots:not(.waiting)").nth(1).waitFor();
    await stop();
    await page.locator("#send").waitFor();
    assertEquals(await page.locator("#log p").last().innerText(), "stopped");
    assertEquals(await page.locator("#error").innerText(), "");
    assertMatch(await say(tab, "hello"), /You said: hello/);
  }
  const paths = site.emulator.journal.map(({ method, path, status }) =>
    `${method} ${path} ${status}`
  );
  assertEquals(paths.filter((each) => each === "POST /v3/chat/cancel 200").length, rows.length);

  // Nothing comes: there is no id to cancel the chat by, so its conversation is left.
  await page.clock.install();
  await page.route("**/v3/chat?*", () => {});
  await page.fill("#question", "hello?");
  await page.press("#question", "Enter");
  await escape();
  await page.clock.runFor(3000);
  await page.locator("#send").waitFor();
  await page.clock.resume();
  await page.unroute("**/v3/chat?*");
  assertMatch(await say(tab, "hello"), /You said: hello \(turns before: 0\)/);
  assertClean(tab);
});

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
    "Coze refused the token, so the page got a new one.",
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

/** What Coze says of a token, and of a permission that is missing. */
const REFUSALS = [
  { status: 401, isOfToken: true },
  { status: 200, body: { code: 4100, msg: "authentication is invalid" }, isOfToken: true },
  { status: 200, body: { code: 700012006, msg: "access token invalid" }, isOfToken: true },
  {
    status: 200,
    body: { code: 4101, msg: "The token you entered is incorrect." },
    isOfToken: true,
  },
  { status: 401, body: { code: 4101, msg: "no permission to access chat" }, isOfToken: false },
];

testInBrowser(
  "the page asks again after a refused token, and after no other refusal",
  async (browser) => {
    await using site = await createSite();
    const context = await browser.newContext();
    for (const [index, { isOfToken, ...fault }] of REFUSALS.entries()) {
      const tab = await openTab(context, `${site.pages.url}/?user=user${index}`);
      await say(tab, "hello");
      site.emulator.journal.length = 0;
      site.emulator.fail(fault);
      const answer = await say(tab, "again");
      assertEquals(/You said: again/.test(answer), isOfToken, answer);
      assertEquals(site.exchanges(), isOfToken ? 1 : 0);
      await tab.page.close();
    }
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

testInBrowser(
  "the lines for the official SDK chat in a browser, and renew a token that has ended",
  async (browser) => {
    await using site = await createSite();
    const args = ["bundle", "--quiet", "--config=npm/deno.json", "--platform=browser"];
    const bundling = new Deno.Command(Deno.execPath(), {
      args: [...args, "tests/testing/coze_api.ts"],
    });
    const sdk = new TextDecoder().decode((await bundling.output()).stdout);
    const lines = snippetOf("coze-js", {
      broker: `${site.tokens.url}/token`,
      bot: site.botId,
      baseUrl: site.coze.url,
    });
    site.files["/sdk.js"] = sdk;
    site.files["/own.js"] = `${lines.replace('"@coze/api"', '"./sdk.js"')}
      globalThis.renew = () => renew(current.token);
      globalThis.chat = async (content) => {
        const additional_messages = [{ role: "user", content, content_type: "text" }];
        let text = "";
        const events = coze.chat.stream({ bot_id: "${site.botId}", additional_messages });
        for await (const { event, data } of events) {
          if (event === "conversation.message.delta") text += data.content;
        }
        return text;
      };`;
    site.files["/own.html"] = '<!doctype html><script type="module" src="own.js"></script>';
    // The first page logs the user in.
    const { page } = await openTab(await browser.newContext(), site.pages.url);
    await page.goto(`${site.pages.url}/own.html`);
    await page.waitForFunction("globalThis.chat");
    const answer = "[node-chat2] You said: hello (turns before: 0)";
    assertEquals(await page.evaluate('chat("hello")'), answer);
    assertEquals(await page.evaluate('chat("hello")'), answer);
    assertEquals(site.exchanges(), 1);
    site.emulator.revokeTokens();
    assertEquals(await page.evaluate('chat("hello").catch(({ status }) => status)'), 401);
    assertEquals(await page.evaluate('renew().then(() => chat("hello"))'), answer);
    assertEquals(site.exchanges(), 2);
  },
  ["deno bundle"],
);

testInBrowser(
  "the page takes one click, one Enter, and no Enter or Escape of an input method",
  async (browser) => {
    await using site = await createSite();
    const { page } = await openTab(await browser.newContext(), site.pages.url);
    await page.fill("#question", "/slow tell me a story");
    // The button to stop appears under the pointer.
    const { x, y } = (await page.locator("#send").boundingBox())!;
    await page.mouse.dblclick(x + 9, y + 9);
    await page.fill("#question", "and then?");
    for (const key of ["Enter", "Escape"]) {
      // Safari ends a composition first, and then sends the key with this number.
      await page.dispatchEvent("#question", "keydown", { key, keyCode: 229 });
      await page.dispatchEvent("#question", "keydown", { key, isComposing: true });
    }
    for (let i = 0; i < 3; i++) await page.press("#question", "Enter");
    await page.locator("#log .bots:not(.waiting)").waitFor();
    assertEquals(await page.inputValue("#question"), "and then?");
    await page.click("#stop");
    await page.locator("#send").waitFor();
    await page.dispatchEvent("#question", "keydown", { key: "Enter", keyCode: 229 });
    assertEquals(await page.locator("#log .mine").count(), 1);
    const chats = site.emulator.journal.filter(({ path }) => path === "/v3/chat");
    assertEquals(chats.map(({ method }) => method), ["OPTIONS", "POST"]);
  },
);

testInBrowser(
  "the page follows an answer, and leaves the scroll position and the focus of a reader alone",
  async (browser) => {
    await using site = await createSite();
    const tab = await openTab(await browser.newContext(), site.pages.url);
    const { page } = tab;
    const log = page.locator("#log");
    /** How far the log is scrolled from its top, and from its end. */
    const scrolled = () =>
      log.evaluate(({ scrollTop, scrollHeight, clientHeight }) => [
        scrollTop,
        scrollHeight - scrollTop - clientHeight,
      ]);
    const height = () => page.locator("html").evaluate(({ scrollHeight }) => scrollHeight);
    await say(tab, "hello");
    const before = await height();
    const text = "<b>not</b> **interpreted** ".repeat(200).trim();
    assertStringIncludes(await say(tab, text), text);
    assert((await scrolled())[0]! > 500);
    assert((await scrolled())[1]! < 2);
    assertEquals(await height(), before);
    await say(tab, "/fail");
    assert((await scrolled())[1]! < 2);

    await page.fill("#question", `/slow ${text}`);
    await page.press("#question", "Enter");
    await page.locator("#log .bots:not(.waiting)").nth(3).waitFor();
    await log.evaluate((log) => log.scrollTop = 100);
    await page.focus("#bot");
    // A screen reader tells what is new in the log: an answer comes into its view as a whole.
    assertEquals((await log.ariaSnapshot()).match(/Bot: /g)?.length, 3);
    await page.click("#stop");
    await page.locator("#send").waitFor();
    assertEquals((await log.ariaSnapshot()).match(/Bot: /g)?.length, 4);
    assertEquals((await scrolled())[0], 100);

    await say(tab, "hello");
    assert((await scrolled())[1]! < 2);
    await page.fill("#question", "/slow hello");
    await page.press("#question", "Enter");
    await page.focus("#bot");
    await page.keyboard.press("Escape");
    await page.locator("#send").waitFor();
    assertEquals(await page.locator(":focus").getAttribute("id"), "bot");
    assertClean(tab);
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
  assertEquals(
    await errorOf("hello"),
    "Coze received too many requests. Wait a moment, then ask again.",
  );
  other.emulator.fail({ status: 200, body: { code: 4028, msg: "unicorn" } });
  assertMatch(await errorOf("hello"), /^The account's quota is used up. Check plan and balance/);
  other.emulator.fail({ status: 200, body: { code: 987654, msg: "unicorn" } });
  assertStringIncludes(await errorOf("hello"), "explain 987654");
  // What was not answered goes back into the field.
  assertEquals(await tab.page.inputValue("#question"), "hello");
  assertEquals(await tab.page.locator("#log p").count(), 2);
  assertEquals(await errorOf("/fail hello"), "The bot could not answer. Ask again.");
  assertEquals(await errorOf("/stop hello"), "The answer broke off. Ask again.");
  await tab.page.fill("#bot", "abc");
  await tab.page.fill("#question", "hello");
  await tab.page.press("#question", "Enter");
  assertMatch(await tab.page.locator("#error").innerText(), /^Enter a bot's ID/);
  await tab.page.fill("#bot", "7599999999999999999");
  assertMatch(await errorOf("hello"), /does not exist\. Check the bot ID/);
  await tab.page.route("**/v3/chat", (route) => route.abort());
  assertMatch(
    await errorOf("hello"),
    /^This browser cannot reach 127.0.0.1:\d+. Check the network/,
  );
  await tab.page.unroute("**/v3/chat");
  await other.tokens[Symbol.asyncDispose]();
  other.emulator.revokeTokens();
  assertMatch(await errorOf("hello"), /server does not respond/);
});
