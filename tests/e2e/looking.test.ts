import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import type { Examination } from '../../shared/contract/results.ts';
import { seriousProblems } from './support/axe.ts';
import { browserOrReason, openPage, type Complaints } from './support/browser.ts';
import { fill } from './support/filled.ts';
import { Interception } from './support/interception.ts';
import { sharedBrowser, sharedStage, type Stage } from './support/stage.ts';

/** What an analyst does with an experiment that is done: reads its evidence, looks at suspects, tries the models. */
const MINUTES = 60_000;
const program = browserOrReason();

describe.skipIf(!program)('looking at a result', { timeout: 5 * MINUTES }, () => {
  const browser = sharedBrowser(program);
  const filled = sharedStage(40, fill);
  let stage: Stage & Awaited<ReturnType<typeof fill>>;
  let page: Page;
  let complaints: Complaints;
  let line: Interception;

  beforeAll(() => ensureBuilt('renderer'), 3 * MINUTES);
  beforeEach(async () => {
    stage = await filled.get();
    const viewport = { width: 1280, height: 800 };
    const context = await (await browser.get()).newContext({ viewport, reducedMotion: 'reduce' });
    line = new Interception();
    ({ page, complaints } = await openPage(context, 'about:blank'));
    await line.attach(page);
    await page.goto(stage.host.address);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }, 5 * MINUTES);
  afterEach(async ({ task }) => {
    await page?.context().close();
    if (task.result?.state !== 'fail') expect(complaints).toEqual({ console: [], policy: [], foreign: [] });
  });
  afterAll(async () => {
    await browser.drop();
    await filled.drop();
  });

  async function open(place: string): Promise<void> {
    await page.evaluate((hash) => (location.hash = hash), place);
    const waiting = page.locator('.skeleton, [aria-busy=true]');
    await page.locator('main h1:focus').waitFor();
    await expect.poll(() => waiting.count(), { timeout: MINUTES }).toBe(0);
  }

  async function accessible(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousProblems(page), colorScheme).toEqual([]);
    }
  }

  test('the evidence of a careful run stands under the verdict', async () => {
    const examination: Examination = {
      verdict: { kind: 'poisoned', class: 1, confidence: 0.97, estimatedAsr: 0.9, reasons: [] },
      classes: [1],
      poisonShare: 0.1,
      estimatedAsr: { low: 0.8, high: 0.95 },
      evidence: [1, 0].map((index) => ({
        stage: 'reconstruction' as const,
        class: index,
        figure: index === 1 ? 0.9 : 0.02,
        threshold: 0.5,
        passed: index === 1,
        sentence: 'The reconstructed trigger turned 9 of 10 images of other classes into this class.',
      })),
    };
    line.value('experiments.show', (value) => ({ ...value, examination }));
    await open(`#/experiments/${stage.done}`);
    const evidence = page.getByRole('region', { name: 'Evidence', exact: true });
    expect(await evidence.innerText()).toMatch(/10\.0.% of the training examples.*80.% to 95.%/s);
    const row = evidence.getByRole('row', { name: /Reconstructed trigger/ }).first();
    expect(await row.innerText()).toMatch(/into “square”[\s\S]*0\.90[\s\S]*0\.50[\s\S]*yes/);
    await evidence.getByText('1 other class looked at').click();
    expect(await evidence.innerText()).toContain('circle');
    await accessible();
  });

  test('suspects are marked by key and by button, and the marks are run with', async () => {
    await open(`#/experiments/${stage.done}/suspects`);
    const list = page.getByRole('listbox', { name: /^Suspects/ });
    const option = list.getByRole('option');
    await list.press('p');
    await expect.poll(() => option.innerText()).toMatch(/marked poison$/);
    await list.press('ArrowRight');
    await expect.poll(() => option.innerText()).toMatch(/^Suspect 2, (?!.*marked)/);
    await page.getByRole('button', { name: 'Clean', exact: true }).click();
    await expect.poll(() => option.innerText()).toMatch(/marked clean$/);
    await page.getByText('You marked 2 examples: 1 poison, 1 clean, 0 unsure.').waitFor();
    await accessible();
    // They are in the history: a reload shows them again.
    await page.reload();
    await page.getByText('You marked 2 examples').waitFor();
    await page.getByRole('link', { name: 'Run again with my marks' }).click();
    await page.getByText('This run uses your marks').waitFor();
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('This run used 2 marks of an analyst').waitFor({ timeout: 4 * MINUTES });
    // A mark is taken away by the same key.
    await page.goBack();
    await open(`#/experiments/${stage.done}/suspects`);
    for (const key of ['p', 'ArrowRight', 'c']) {
      await expect.poll(() => option.count()).toBe(1);
      await list.press(key);
    }
    await page.getByText('You marked').waitFor({ state: 'detached' });
  });

  test('a threshold on the suspects says what it leaves out and what that catches', async () => {
    await open(`#/experiments/${stage.done}/suspects`);
    const threshold = page.getByRole('region', { name: 'Threshold' });
    const slider = threshold.getByRole('slider');
    await slider.press('Home');
    await expect.poll(() => threshold.innerText()).toContain('0 examples left out');
    await slider.press('ArrowRight');
    await slider.press('ArrowRight');
    await expect
      .poll(() => threshold.innerText())
      .toMatch(/2 examples left out[\s\S]*\(precision\)[\s\S]*\(recall\)/);
    const folder = await mkdtemp(join(tmpdir(), 'theriac-two-'));
    const file = join(folder, 'two.csv');
    await threshold.getByLabel('Save these as a CSV file').fill(file);
    await threshold.getByRole('button', { name: 'Save' }).click();
    await threshold.getByText('2 rows written.').waitFor();
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(3);
    await rm(folder, { recursive: true });
    await accessible();
  });

  test('the playground: both models answer for an image with and without a trigger', async () => {
    await open(`#/experiments/${stage.done}/playground`);
    const plain = page.getByRole('region', { name: 'As it is' });
    await plain
      .getByText(/^The answer rests/)
      .first()
      .waitFor();
    expect(await plain.innerText()).toMatch(/Naive model: \w+[\s\S]*ABL model: \w+/);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText(/^2 of \d+, labelled/).waitFor();
    await page.getByRole('button', { name: 'Chequered square' }).click();
    const twin = page.getByRole('region', { name: 'With the trigger' });
    await twin
      .getByText(/^The answer rests/)
      .first()
      .waitFor();
    expect(await twin.innerText()).toMatch(/Naive model: \w+[\s\S]*ABL model: \w+/);
    const canvas = page.getByRole('application', { name: /^Trigger/ });
    const picture = () => canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL());
    const before = await picture();
    await canvas.press('ArrowUp');
    await expect.poll(picture).not.toBe(before);
    await accessible();
    const files = await readdir(join(stage.source, 'triangle'));
    await page.getByLabel('An image of yours').setInputFiles(join(stage.source, 'triangle', files[0]!));
    await page.getByText(files[0]!).waitFor();
    await page.getByLabel('An image of yours').setInputFiles(join(stage.source, 'square', 'notes.txt'));
    await page.getByText('This file cannot be used as an image').waitFor();
    await page.getByRole('button', { name: 'Remove' }).click();
    await twin.waitFor({ state: 'detached' });
  });
});
