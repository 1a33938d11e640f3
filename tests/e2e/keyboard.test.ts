import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import { browserOrReason, openPage } from './support/browser.ts';
import { press, tabTo } from './support/keys.ts';
import { sharedBrowser, sharedStage } from './support/stage.ts';

const program = browserOrReason();
const MINUTES = 60_000;

describe.skipIf(!program)('the keyboard alone', () => {
  const browser = sharedBrowser(program);
  const stage = sharedStage(80, () => Promise.resolve({}));
  beforeAll(() => ensureBuilt('renderer'), 3 * MINUTES);
  afterAll(async () => {
    await browser.drop();
    await stage.drop();
  });

  test('imports, attacks, runs, stops, looks and trashes', { timeout: 8 * MINUTES }, async () => {
    const { host, source } = await stage.get();
    const context = await (await browser.get()).newContext();
    onTestFinished(() => context.close());
    const { page } = await openPage(context, host.address);
    await page.getByRole('heading', { level: 1 }).waitFor();
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
    while (!(await page.getByRole('radio', { name: /^Quick check/ }).isChecked()))
      await page.keyboard.press('ArrowUp');
    await press(page, /^Start$/);
    await page.getByText(/^Training the naive model/).waitFor({ timeout: MINUTES });
    await press(page, /^Stop$/);
    await page.getByText('You stopped this run.').waitFor({ timeout: MINUTES });
    await press(page, /^Resume$/);
    await page.getByRole('region', { name: 'Verdict' }).waitFor({ timeout: 3 * MINUTES });
    await press(page, /^Look at the suspects$/);
    await tabTo(page, /^Suspects, lowest/);
    // Whether the images are there yet or not: no key is lost.
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
