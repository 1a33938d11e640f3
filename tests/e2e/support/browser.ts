import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser that the walks use: THERIAC_BROWSER, or Debian's Chromium; null where there is none. */
export function findBrowser(): string | null {
  const given = process.env['THERIAC_BROWSER'];
  return [...(given ? [given] : []), ...PLACES].find((path) => existsSync(path)) ?? null;
}

export const NO_BROWSER =
  'Chromium is not installed (Debian: apt-get install chromium); or name one in THERIAC_BROWSER.';

/** Prints why the walks are skipped, once for each file of tests. */
export function browserOrReason(): string | null {
  const browser = findBrowser();
  if (!browser) console.warn(`Skipped: ${NO_BROWSER}`);
  return browser;
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--no-first-run',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What a page must never say: collected from its first moment on. */
export interface Complaints {
  console: string[];
  /** Violations of the Content-Security-Policy. */
  policy: string[];
  /** Addresses on other computers that it asked for. */
  foreign: string[];
}

/** A page that keeps a list of what went wrong in it. Its clipboard works. */
export async function openPage(
  context: BrowserContext,
  address: string,
): Promise<{ page: Page; complaints: Complaints }> {
  const complaints: Complaints = { console: [], policy: [], foreign: [] };
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  // A page that is opened empty goes to its host later.
  const local = /^(https?|wss?):\/\/127\.0\.0\.1:\d+\//;
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.console.push(message.text());
  });
  page.on('pageerror', (error) => complaints.console.push(error.stack ?? error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!local.test(url) && !/^(blob|data|about):/.test(url)) complaints.foreign.push(url);
  });
  page.on('websocket', (socket) => {
    if (!local.test(socket.url())) complaints.foreign.push(socket.url());
  });
  await page.exposeFunction('policyViolated', (what: string) => complaints.policy.push(what));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = (globalThis as unknown as { policyViolated(what: string): void }).policyViolated;
      report(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  await page.goto(address);
  return { page, complaints };
}
