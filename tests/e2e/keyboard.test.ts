import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import { browserOrReason, launch, openPage } from './support/browser.ts';
import { Host } from './support/host.ts';
import { drawClassFolder } from './support/scene.ts';

const program = browserOrReason();
const MINUTES = 60_000;

/** Presses Tab until what has the focus is the control of that name; fails after going once round. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let i = 0; i < 160; i++) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      if (!element) return '';
      const labels = (element as HTMLInputElement).labels;
      const label =
        element.getAttribute('aria-label') ?? (labels?.length ? labels[0]!.innerText : element.innerText);
      return (label ?? '').trim();
    });
    if (name.test(focused)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never came to ${name}`);
}

async function press(page: Page, name: RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}

describe.skipIf(!program)('the keyboard alone', () => {
  let host: Host;
  let browser: Browser;
  let source: string;
  let page: Page;

  beforeAll(async () => {
    await ensureBuilt('renderer');
    [source, host, browser] = await Promise.all([drawClassFolder(40), Host.start(), launch(program!)]);
    ({ page } = await openPage(await browser.newContext(), host.address));
    await page.getByRole('heading', { level: 1 }).waitFor();
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await host?.stop();
    await rm(source, { recursive: true, force: true });
  });

  test('imports, attacks, runs, stops, looks and trashes', { timeout: 5 * MINUTES }, async () => {
    await press(page, /^Import your images/);
    await tabTo(page, /^Folder or file/);
    await page.keyboard.type(source);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Found: / }).waitFor();
    await press(page, /^Import$/);
    await page.getByText('is imported.').waitFor();
    // A new screen begins at its title.
    await page.keyboard.press('Home');
    await press(page, /^Simulate an attack$/);
    await page.getByRole('button', { name: 'Make the poisoned copy' }).waitFor();
    await press(page, /^Make the poisoned copy$/);
    await page.getByRole('heading', { name: 'Simulated attack' }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await press(page, /^Run$/);
    await page.getByText('How thorough').waitFor();
    await tabTo(page, /^(Quick check|Standard|Careful)/);
    await page.keyboard.press('ArrowUp');
    while (!(await page.getByRole('radio', { name: /^Quick check/ }).isChecked()))
      await page.keyboard.press('ArrowUp');
    await press(page, /^Start$/);
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.getByText(/^Training the naive model/).waitFor({ timeout: MINUTES });
    await press(page, /^Stop$/);
    await page.getByText('You stopped this run.').waitFor({ timeout: MINUTES });
    await press(page, /^Resume$/);
    await page.getByRole('region', { name: 'Verdict' }).waitFor({ timeout: 3 * MINUTES });
    await press(page, /^Look at the suspects$/);
    await tabTo(page, /^Suspects, lowest/);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.getByRole('option').innerText()).toMatch(/^Suspect 2/);
    await press(page, /^More actions$/);
    await page.getByRole('menuitem', { name: 'Move to the trash' }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.getByText('in the trash').waitFor();
    await press(page, /^Restore$/);
    await page.getByText('in the trash').waitFor({ state: 'detached' });
  });
});
