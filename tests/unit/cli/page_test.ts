import { assert, assertEquals } from "@std/assert";
import { createPage } from "../../../lib/cli/page/page.ts";

const OPTIONS = {
  language: "en",
  broker: "http://127.0.0.1:8787/token",
  baseUrl: "https://api.coze.cn",
  bot: "75",
  user: "a1",
  isEmulated: false,
} as const;

Deno.test("createPage() shows hostile values as text (security 25)", async () => {
  const hostile = `"'><script>alert(1)</script>&[[nonce]]`;
  const page = await createPage({ ...OPTIONS, bot: hostile, user: hostile });
  const html = await page.text();
  assert(!html.includes("<script>alert"));
  // What a browser reads of the attributes.
  const decode = (text: string) =>
    text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  const [, config = ""] = /<main data-config="([^"]*)">/.exec(html) ?? [];
  const { broker, snippets } = JSON.parse(decode(config));
  assertEquals(broker, OPTIONS.broker);
  assert(snippets[0].code.includes(hostile));
  assertEquals(decode(/ value="([^"]*)"/.exec(html)![1]!), hostile);
});
