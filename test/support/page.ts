import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { launchChromium } from './chromium.ts';

/** A busy machine takes long to show a page. */
const WITHIN_MS = 120_000;

export interface OpenedPage extends AsyncDisposable {
  page: Page;
  /** Opens a path of the same server in the same tab. */
  open: (path: string) => Promise<void>;
  /** Warnings and errors of the console, and requests to other hosts, which a test expects. They are forgotten. */
  takeComplaints: () => string[];
}

/** A browser for the tests of one file, with arguments of Chromium. */
export const launchBrowser = (...args: string[]): Promise<Browser> => launchChromium(...args);

/**
 * The page of a server in a tab of its own. At its end it fails where the console had a warning or an error, or where the page asked
 * another host.
 */
export async function openPage(
  browser: Browser,
  url: string,
  path = '/',
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  context.setDefaultTimeout(WITHIN_MS);
  const complaints: string[] = [];
  await context.route('**', (route) => {
    const asked = route.request().url();
    if (asked.startsWith(url)) return route.continue();
    complaints.push(`asked another host: ${asked}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack ?? error.message}`));
  const open = async (to: string): Promise<void> => {
    await page.goto(`${url}${to}`);
  };
  await open(path);
  return {
    page,
    open,
    takeComplaints: () => complaints.splice(0),
    async [Symbol.asyncDispose]() {
      await context.close();
      expect(complaints).toEqual([]);
    },
  };
}
