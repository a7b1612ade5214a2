// `serve --emulator`, as a user starts it, in a real browser.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { firstLine, folder, start } from "../../testing/process.ts";
import { openTab, say, testInBrowser } from "./chromium.ts";

testInBrowser("serve --emulator chats in both languages, by keyboard alone", async (browser) => {
  await using place = await folder();
  const args = ["serve", "--emulator", "--port", "0", "--json"];
  const child = start({ ...place, flags: ["--allow-net=127.0.0.1"], args });
  const { url } = JSON.parse(await firstLine(child));
  try {
    const context = await browser.newContext({ locale: "zh-CN", colorScheme: "dark" });
    const tab = await openTab(context, url);
    const { page } = tab;
    assertEquals(await page.title(), "与智能体对话 · coze-jwt");
    assertEquals(await say(tab, "你好"), "智能体：[node-chat2] 你说：你好（此前 0 轮）");
    const aria = await page.locator("body").ariaSnapshot();
    for (
      const part of ['log "会话"', 'textbox "你的消息"', 'button "发送"', 'textbox "智能体 ID"']
    ) {
      assertStringIncludes(aria, part);
    }
    assertStringIncludes(aria, "这里由模拟器代替扣子");
    // The field has the focus; the next key leads to the button.
    await page.keyboard.type("再见");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("你说：再见").waitFor();

    const user = await page.locator("#user-title").innerText();
    await page.getByRole("button", { name: "换一个用户登录" }).click();
    await page.locator("#log:empty").waitFor({ state: "attached" });
    assert(await page.locator("#user-title").innerText() !== user);
    assertMatch(await say(tab, "你好"), /此前 0 轮/);
    const [first, last] = [tab.bearers[0], tab.bearers.at(-1)];
    assert(first !== last);

    await page.getByRole("link", { name: "English" }).click();
    await page.getByRole("heading", { name: "Chat with your bot" }).waitFor();
    assertEquals(await page.locator("html").getAttribute("lang"), "en");
    await page.getByText("@coze/api, the official SDK").click();
    assertStringIncludes(await page.locator("details[open] code").innerText(), `${url}/token`);
    for (const text of [...tab.received, aria]) assert(!/PRIVATE|eyJ[\w-]{10,}|\[\[/.test(text));
    assertEquals(tab.complaints, []);
  } finally {
    child.kill("SIGINT");
    assertEquals((await child.output()).code, 0);
  }
});

testInBrowser(
  "serve: no width and no language makes the page scroll sideways; the page says when serve has ended",
  async (browser) => {
    await using place = await folder();
    const args = ["serve", "--emulator", "--port", "0"];
    const child = start({ ...place, flags: ["--allow-net=127.0.0.1"], args });
    const url = await firstLine(child);
    const context = await browser.newContext();
    const tab = await openTab(context, url);
    for (const lang of ["en", "zh"]) {
      await tab.page.goto(`${url}/?lang=${lang}`);
      for (const summary of await tab.page.locator("summary").all()) await summary.click();
      await say(tab, `${"a".repeat(300)} ${"长".repeat(300)}`);
      for (const width of [320, 390, 800, 1400]) {
        await tab.page.setViewportSize({ width, height: 800 });
        const wide = await tab.page.locator("html").evaluate((html) => html.scrollWidth);
        assert(wide <= width, `${lang}, ${width} px: ${wide}`);
      }
    }
    child.kill("SIGINT");
    await child.output();
    // The emulator has gone with the server: nothing is wrong with the network.
    assertEquals(await say(tab, "还在吗"), "页面的服务器没有响应，请确认 serve 命令仍在运行。");
  },
);
