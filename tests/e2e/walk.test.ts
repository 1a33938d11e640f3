import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import { browserOrReason, launch, openPage, type Complaints } from './support/browser.ts';
import { Host } from './support/host.ts';
import { drawClassFolder } from './support/scene.ts';

/** The whole product in a real browser with the real engine: once with the mouse, once with the keyboard alone. */
const MINUTES = 60_000;
const program = browserOrReason();

describe.skipIf(!program)('the main job', () => {
  let host: Host;
  let browser: Browser;
  let source: string;
  let page: Page;
  let complaints: Complaints;

  beforeAll(async () => {
    await ensureBuilt('renderer');
    [source, host, browser] = await Promise.all([drawClassFolder(80), Host.start(), launch(program!)]);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    ({ page, complaints } = await openPage(context, host.address));
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    await host?.stop();
    await rm(source, { recursive: true, force: true });
  });

  test('the token does not stay in the address', () => {
    expect(page.url()).not.toContain('token');
  });

  test('import a class folder with a broken file in it', { timeout: MINUTES }, async () => {
    await page.getByRole('link', { name: 'Import your images' }).click();
    await page.getByLabel('Folder or file on this computer').fill(source);
    await page.getByRole('button', { name: 'Look inside' }).click();
    await page.getByRole('heading', { name: /^Found: / }).waitFor();
    expect(await page.getByRole('table', { name: 'Examples per class' }).innerText()).toMatch(
      /circle[\s\S]*square[\s\S]*triangle/,
    );
    await page.getByLabel('Name', { exact: true }).fill('Shapes');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Shapes is imported.').waitFor();
    const skipped = page.getByRole('region', { name: 'Skipped files' });
    await expect.poll(() => skipped.innerText()).toContain('broken.png');
    const row = await skipped.getByRole('row', { name: /broken\.png/ }).innerText();
    expect(row.replace(/^.*broken\.png/, '').trim().length).toBeGreaterThan(10);
  });

  test('simulate an attack', { timeout: MINUTES }, async () => {
    await page.getByRole('link', { name: 'Simulate an attack' }).click();
    await page
      .getByRole('radio', { name: /^BadNets / })
      .first()
      .check();
    await page.getByLabel('Target class', { exact: true }).selectOption('square');
    await page.getByRole('img', { name: 'Image 1 with the trigger' }).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Shapes, poisoned');
    await page.getByRole('button', { name: 'Make the poisoned copy' }).click();
    await page.getByRole('heading', { name: 'Shapes, poisoned' }).waitFor();
    await page.getByRole('heading', { name: 'Simulated attack' }).waitFor();
  });

  test('run, watch the curves, stop and resume', { timeout: 5 * MINUTES }, async () => {
    await page.getByRole('link', { name: 'Run', exact: true }).last().click();
    await page.getByRole('radio', { name: /^Quick check/ }).check({ force: true });
    await page.getByLabel('Name', { exact: true }).fill('Walk');
    await page.getByLabel('Tags').fill('e2e, shapes');
    await page.getByRole('button', { name: 'Start' }).click();
    const curve = page.getByRole('img', { name: /^Loss, in nats/ });
    await expect
      .poll(() => curve.getAttribute('aria-label'), { timeout: 2 * MINUTES })
      .toMatch(/Latest: Loss \d/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('You stopped this run.').waitFor({ timeout: MINUTES });
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('region', { name: 'Verdict' }).waitFor({ timeout: 4 * MINUTES });
  });

  test('compare the models', async () => {
    const figures = page.getByRole('table').first();
    const text = await figures.innerText();
    expect(text).toContain('Naive model');
    expect(text).toContain('ABL model');
    expect(text).toContain('Oracle model');
    // Attack success after re-estimation comes first.
    expect(text.indexOf('Attack success, after re-estimation')).toBeLessThan(text.indexOf('Clean accuracy'));
    await page.getByRole('radio', { name: 'Images with the trigger' }).check();
    await page.getByRole('img', { name: /^Naive model, .*most frequent answer/ }).waitFor();
    expect(await page.getByRole('img', { name: /^Clean accuracy per class/ }).count()).toBe(1);
  });

  test('open the suspects and ask both models about one', { timeout: MINUTES }, async () => {
    await page.getByRole('link', { name: 'Look at the suspects' }).click();
    const list = page.getByRole('listbox', { name: /^Suspects/ });
    const option = list.getByRole('option');
    await expect.poll(() => option.innerText()).toMatch(/^Suspect 1, labelled/);
    await list.press('ArrowRight');
    await expect.poll(() => option.innerText()).toMatch(/^Suspect 2, labelled/);
    await list.press('End');
    await expect
      .poll(() => option.getAttribute('aria-posinset'))
      .toBe(await option.getAttribute('aria-setsize'));
    await page
      .getByText('ABL model:')
      .or(page.locator('p', { hasText: /^ABL model: / }))
      .first()
      .waitFor();
    await page.getByRole('img', { name: /^Histogram of losses: \d+ examples/ }).waitFor();
  });

  test('find it in the history, run it again with the same settings', { timeout: 3 * MINUTES }, async () => {
    await page.getByRole('link', { name: 'History', exact: true }).first().click();
    await page.getByLabel('Search the history').fill('no such thing');
    await page.getByText('No experiment fits').waitFor();
    await page.getByLabel('Search the history').fill('walk');
    await page.getByRole('link', { name: 'Walk' }).click();
    await page.getByRole('link', { name: 'Run again', exact: true }).click();
    const name = page.getByLabel('Name', { exact: true });
    await expect.poll(() => name.inputValue()).toBe('Walk');
    expect(await page.getByRole('radio', { name: /^Quick check/ }).isChecked()).toBe(true);
    await name.fill('Walk again');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('region', { name: 'Verdict' }).waitFor({ timeout: 2 * MINUTES });
  });

  test('compare two experiments', async () => {
    await page.getByRole('link', { name: 'History', exact: true }).first().click();
    await page.getByLabel('Choose Walk', { exact: true }).check();
    await page.getByLabel('Choose Walk again').check();
    await page.getByRole('link', { name: 'Compare' }).click();
    const table = page.getByRole('table');
    await table.waitFor();
    // Same data, settings and seed: the figures agree.
    const row = await table
      .getByRole('row', { name: /^Naive: clean accuracy/ })
      .getByRole('cell')
      .allInnerTexts();
    expect(row[0]).toBe(row[1]);
  });

  test('trash and restore', async () => {
    await page.getByRole('link', { name: 'History', exact: true }).first().click();
    await page.getByLabel('Choose Walk again').check();
    await page.getByRole('button', { name: 'Move to the trash' }).click();
    await expect.poll(() => page.getByRole('link', { name: 'Walk again' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Trash', exact: true }).click();
    await page.getByLabel('Choose Walk again').check();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('The trash is empty').waitFor();
    await page.getByRole('button', { name: 'Kept' }).click();
    await page.getByRole('link', { name: 'Walk again' }).waitFor();
  });

  test('a reload keeps the place', async () => {
    await page.getByLabel('Search the history').fill('again');
    await expect.poll(() => page.url()).toContain('text=again');
    await page.reload();
    await page.getByRole('link', { name: 'Walk again' }).waitFor();
    expect(await page.getByLabel('Search the history').inputValue()).toBe('again');
  });

  test('nothing was complained about, and nothing was asked of another computer', () => {
    expect(complaints).toEqual({ console: [], policy: [], foreign: [] });
  });
});
