// A real browser: Debian's chromium, driven by playwright-core. It reaches this machine alone.

import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
} from "../../testing/playwright.ts";
import { findChromium, type Need, testWith } from "../../testing/needs.ts";

/** What a tab has received and told: addresses, headers and bodies, and its console. */
export interface Tab {
  page: Page;
  /** All that came over the network, as text. */
  received: string[];
  /** The `Authorization` headers of its requests. */
  bearers: string[];
  /** Errors and warnings of its console, without Chromium's own lines about statuses of 400 and more. */
  complaints: string[];
}

const ARGS = [
  "--no-sandbox",
  "--no-proxy-server",
  "--disable-background-networking",
  "--disable-component-update",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/** Defines a test with a browser. It is closed at the end, whatever happens. */
export function testInBrowser(
  name: string,
  fn: (browser: Browser) => Promise<void>,
  needs: readonly Need[] = [],
): void {
  testWith(["chromium", ...needs], name, async () => {
    const browser = await chromium.launch({ executablePath: findChromium(), args: ARGS });
    try {
      await fn(browser);
    } finally {
      await browser.close();
    }
  }, { sanitizeOps: false, sanitizeResources: false });
}

/** Opens a tab and keeps what it receives. */
export async function openTab(context: BrowserContext, url: string): Promise<Tab> {
  const page = await context.newPage();
  const tab: Tab = { page, received: [], bearers: [], complaints: [] };
  page.on("request", (request) => {
    const bearer = request.headers()["authorization"];
    if (bearer) tab.bearers.push(bearer.replace(/^Bearer /, ""));
  });
  page.on("response", async (response) => {
    // A redirect has no body, and neither has a request that was stopped.
    const parts = [response.allHeaders(), response.text()].map((part) => part.catch(() => ""));
    tab.received.push(`${response.url()} ${JSON.stringify(await Promise.all(parts))}`);
  });
  page.on("console", (message) => {
    if (!/^(?:error|warning)$/.test(message.type())) return;
    // Chromium itself writes this line about each status of 400 and more.
    if (/^Failed to load resource: .* status of 4\d\d/.test(message.text())) return;
    tab.complaints.push(message.text());
  });
  page.on("pageerror", (error) => tab.complaints.push(error.message));
  await page.goto(url);
  return tab;
}

/** Sends a message, and waits until the answer has come; gives the answer, or the error. */
export async function say({ page }: Tab, text: string): Promise<string> {
  await page.fill("#question", text);
  await page.press("#question", "Enter");
  await page.locator("#send").waitFor();
  const error = await page.locator("#error").textContent();
  return error || (await page.locator("#log p").last().textContent())!;
}
