import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import { browserOrReason, openPage, type Complaints } from './support/browser.ts';
import { sharedBrowser, sharedStage, type Stage } from './support/stage.ts';

/** The whole product in a real browser with the real engine, with the mouse. */
const MINUTES = 60_000;
const program = browserOrReason();

/** A part of a walk: its name stands before what went wrong in it. */
async function step(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) error.message = `${name}: ${error.message}`;
    throw error;
  }
}

/** Two experiments with the same data, settings and seed. */
async function runTwice({ client, source }: Stage) {
  const datasetId = await client.finished(await client.call('datasets.import', { source, name: 'Shapes' }));
  const request = { datasetId, preset: 'quick', engine: 'auto' as const, seed: 1, overrides: {} };
  const ids: string[] = [];
  for (const name of ['Walk', 'Walk again']) {
    const { id } = await client.call('experiments.start', { ...request, name, methods: ['naive', 'abl'] });
    ids.push(id);
  }
  for (const id of ids) expect(await client.over(id)).toBe('done');
  return {};
}

describe.skipIf(!program)('walks', { timeout: 10 * MINUTES }, () => {
  const browser = sharedBrowser(program);
  const bare = sharedStage(80, () => Promise.resolve({}));
  const experienced = sharedStage(40, runTwice);
  let page: Page;
  let complaints: Complaints;

  beforeAll(() => ensureBuilt('renderer'), 3 * MINUTES);

  async function visit(address: string): Promise<void> {
    const context = await (await browser.get()).newContext({ viewport: { width: 1280, height: 800 } });
    ({ page, complaints } = await openPage(context, address));
  }

  afterEach(async ({ task }) => {
    await page?.context().close();
    // What a failed test leaves behind says nothing more.
    if (task.result?.state !== 'fail') expect(complaints).toEqual({ console: [], policy: [], foreign: [] });
  });

  afterAll(async () => {
    await browser.drop();
    await bare.drop();
    await experienced.drop();
  });

  test('the main job: import, attack, run, compare, look at the suspects', async () => {
    const { host, source } = await bare.get();
    await visit(host.address);
    await expect.poll(() => page.url()).not.toContain('token');
    await step('import a class folder with a broken file in it', async () => {
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

    await step('simulate an attack', async () => {
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

    await step('run, watch the curves, stop and resume', async () => {
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

    await step('compare the models', async () => {
      const figures = page.getByRole('table').first();
      const text = await figures.innerText();
      expect(text).toContain('Naive model');
      expect(text).toContain('ABL model');
      expect(text).toContain('Oracle model');
      // Attack success after re-estimation comes first.
      expect(text.indexOf('Attack success, after re-estimation')).toBeLessThan(
        text.indexOf('Clean accuracy'),
      );
      await page.getByRole('radio', { name: 'Images with the trigger' }).check();
      await page.getByRole('img', { name: /^Naive model, .*most frequent answer/ }).waitFor();
      expect(await page.getByRole('img', { name: /^Clean accuracy per class/ }).count()).toBe(1);
    });

    await step('open the suspects and ask both models about one', async () => {
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
  });

  describe('history', () => {
    beforeEach(async () => visit((await experienced.get()).host.address), 10 * MINUTES);

    test('find it in the history, run it again with the same settings', async () => {
      await page.getByRole('link', { name: 'History', exact: true }).first().click();
      await page.getByLabel('Search the history').fill('no such thing');
      await page.getByText('No experiment fits').waitFor();
      await page.getByLabel('Search the history').fill('walk');
      await page.getByRole('link', { name: 'Walk', exact: true }).click();
      await page.getByRole('link', { name: 'Run again', exact: true }).click();
      const name = page.getByLabel('Name', { exact: true });
      await expect.poll(() => name.inputValue()).toBe('Walk');
      expect(await page.getByRole('radio', { name: /^Quick check/ }).isChecked()).toBe(true);
      await name.fill('A third time');
      await page.getByRole('button', { name: 'Start' }).click();
      await page.getByRole('region', { name: 'Verdict' }).waitFor({ timeout: 2 * MINUTES });
    });

    test('compare two experiments, and pin one as the baseline', async () => {
      await page.getByRole('link', { name: 'History', exact: true }).first().click();
      await page.getByLabel('Choose Walk', { exact: true }).check();
      await page.getByLabel('Choose Walk again').check();
      await page.getByRole('link', { name: 'Compare' }).click();
      const figures = page.getByRole('region', { name: 'Figures', exact: true });
      const cells = () =>
        figures
          .getByRole('row', { name: /^Naive: clean accuracy, as trained/ })
          .getByRole('cell')
          .allInnerTexts();
      // Same data, settings and seed: the figures agree.
      await expect.poll(async () => new Set(await cells()).size).toBe(1);
      await page.getByText('All settings are the same').waitFor();
      const curves = page.getByRole('region', { name: 'Curves' });
      expect(await curves.getByRole('img', { name: /^Loss, in nats over/ }).count()).toBe(1);
      const summary = curves.getByText('Loss, in nats as a table');
      await summary.focus();
      await page.keyboard.press('Enter');
      const table = curves.getByRole('table');
      const [epoch, a, b] = await table.getByRole('row').nth(1).locator('th, td').allInnerTexts();
      expect([epoch, a]).toEqual(['1', b]);
      await curves.getByRole('checkbox', { name: /^B / }).uncheck();
      await expect.poll(() => table.getByRole('columnheader').count()).toBe(2);
      await figures.getByRole('button', { name: 'Set as baseline: Walk', exact: true }).click();
      await expect.poll(async () => (await cells())[1]).toMatch(/the same/);
      await page.getByRole('link', { name: 'History', exact: true }).first().click();
      await page.getByText('baseline', { exact: true }).waitFor();
      await page.getByLabel('Choose Walk again').check();
      await page.getByRole('link', { name: 'Compare with the baseline' }).click();
      await expect.poll(async () => (await cells()).length).toBe(2);
      await figures.getByRole('button', { name: 'Baseline: Walk', exact: true }).click();
      await page.getByText('Choose at least two experiments').waitFor();
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
      await page.getByRole('link', { name: 'History', exact: true }).first().click();
      await page.getByLabel('Search the history').fill('again');
      await expect.poll(() => page.url()).toContain('text=again');
      await page.reload();
      await page.getByRole('link', { name: 'Walk again' }).waitFor();
      expect(await page.getByLabel('Search the history').inputValue()).toBe('again');
    });
  });
});
