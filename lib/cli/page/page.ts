import { API_CODES } from "../../api/api_errors.ts";
import type { ErrorCode } from "../../error.ts";
import { fill, type Language, loadWords, lookUp } from "../../words/words.ts";
import { type SnippetName, snippetOf, SNIPPETS } from "./snippets.ts";

/** What the page of `serve` shows. */
export interface PageOptions {
  language: Language;
  /** The URL of the broker. */
  broker: string;
  /** The API that the page calls. */
  baseUrl: string;
  /** The bot to chat with; empty if the user has to give one. */
  bot: string;
  /** The user, as shown. */
  user: string;
  /** Whether an emulator that ends with this server takes Coze's place. */
  isEmulated?: boolean;
}

/** Makes the page and its headers. The page loads nothing and calls only the broker and the API. */
export async function createPage(options: PageOptions): Promise<Response> {
  const { language, broker, baseUrl, bot, user, isEmulated } = options;
  const words = await loadWords(language);
  const { default: html } = await import("./page.html", { with: { type: "text" } });
  const nonce = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const prefix = "page.say.";
  const said: Record<string, string> = Object.fromEntries(
    Object.entries(words).filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [key.slice(prefix.length), text]),
  );
  if (isEmulated) said["coze-unreachable"] = words["page.say.unreachable"];
  const refusal = (code: ErrorCode) => {
    const fix = lookUp(words, `page.fix.${code}`) ?? words[`${code}.fix`];
    return fill(words["page.refused"], { title: words[`${code}.title`], fix });
  };
  const config = {
    broker,
    words: said,
    refusals: Object.fromEntries(
      Array.from(API_CODES, ([number, code]) => [number, refusal(code)]),
    ),
    snippets: (Object.keys(SNIPPETS) as SnippetName[]).map((name) => ({
      title: words[`page.snippet.${name}`],
      trap: words[`page.snippet.${name}.trap`],
      code: snippetOf(name, { broker, bot: bot || "YOUR_BOT", baseUrl }),
    })),
  };
  const hint = isEmulated ? words["page.emulated"] : "";
  const values: Readonly<Record<string, string>> = {
    ...words,
    ...{ lang: language, nonce, bot, user, hint, config: JSON.stringify(config) },
  };
  const body = html.replace(/\[\[([\w.-]+)\]\]/g, (_, key) => escapeHtml(values[key] ?? ""));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    `connect-src ${new URL(broker).origin} ${new URL(baseUrl).origin}`,
    "img-src data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return new Response(body, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy.join("; "),
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
    },
  });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
