import { rm } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import type { ExperimentDetail } from '../../shared/contract/api.ts';
import { seriousProblems } from './support/axe.ts';
import { browserOrReason, openPage, type Complaints } from './support/browser.ts';
import type { Host } from './support/host.ts';
import { Interception } from './support/interception.ts';
import { fill } from './support/filled.ts';
import { drawClassFolder } from './support/scene.ts';
import { sharedBrowser, sharedStage, type Stage } from './support/stage.ts';

/** Every screen and every state of it: accessible in both themes, and no complaint of the browser. */
const MINUTES = 60_000;
const program = browserOrReason();

describe.skipIf(!program)('screens', { timeout: 5 * MINUTES }, () => {
  const browser = sharedBrowser(program);
  const bare = sharedStage(4, () => Promise.resolve({}));
  const filled = sharedStage(40, fill);
  let page: Page;
  let complaints: Complaints;
  let line: Interception;

  beforeAll(() => ensureBuilt('renderer'), 3 * MINUTES);

  afterEach(async (context) => {
    await page?.context().close();
    // What a failed test leaves behind says nothing more.
    if (context.task.result?.state === 'fail') return;
    expect(complaints.policy).toEqual([]);
    expect(complaints.foreign).toEqual([]);
    // The line that a test cuts is complained about.
    expect(complaints.console.filter((text) => !text.includes('WebSocket'))).toEqual([]);
  });

  afterAll(async () => {
    await browser.drop();
    await bare.drop();
    await filled.drop();
  });

  async function visit(host: Host): Promise<void> {
    // Without motion, colours change at once with the theme.
    const context = await (
      await browser.get()
    ).newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
    });
    line = new Interception();
    ({ page, complaints } = await openPage(context, 'about:blank'));
    await line.attach(page);
    await page.goto(host.address);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }

  /** Goes to a place anew, so that everything is asked for again. */
  async function open(place: string): Promise<void> {
    const nowhere = page.getByText('There is no screen at this address');
    await page.evaluate((hash) => (location.hash = hash), '#/nowhere');
    await nowhere.waitFor();
    await page.evaluate((hash) => (location.hash = hash), place);
    await nowhere.waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    const waiting = page.locator('.skeleton, [aria-busy=true]');
    await expect.poll(() => waiting.count(), { timeout: MINUTES }).toBe(0);
  }

  async function accessible(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousProblems(page), colorScheme).toEqual([]);
    }
  }

  describe('with nothing in it', () => {
    beforeEach(async () => visit((await bare.get()).host), 2 * MINUTES);

    test.each([
      ['#/', 'What happens'],
      ['#/import', 'Where are the images?'],
      ['#/run', 'There is nothing to train on yet'],
      ['#/data', 'No data set yet'],
      ['#/history', 'No experiment yet'],
      ['#/history?trashed=yes', 'The trash is empty'],
      ['#/compare', 'Choose at least two experiments'],
      ['#/import/gone', 'This import is over'],
      ['#/data/gone', 'Try again'],
      ['#/experiments/gone', 'Try again'],
      ['#/engine', 'This computer'],
      ['#/settings', 'Where things are'],
      ['#/help/trigger', 'Glossary'],
    ])('%s', async (place, text) => {
      await open(place);
      await page.getByRole('main').getByText(text, { exact: false }).first().waitFor();
      await accessible();
    });
  });

  describe('with something in it', () => {
    let host: Host;
    let client: Stage['client'];
    let source: string;
    let clean = '';
    let poisoned = '';
    let done = '';
    let other = '';
    beforeEach(async () => {
      ({ host, client, source, clean, poisoned, done, other } = await filled.get());
      await visit(host);
    }, 5 * MINUTES);

    test('every screen with something in it', async () => {
      const places = [
        '#/',
        `#/import?source=${encodeURIComponent(source)}`,
        '#/run',
        '#/data',
        `#/data/${poisoned}`,
        `#/data/${poisoned}/images`,
        `#/data/${clean}/attack`,
        `#/experiments/${done}`,
        `#/experiments/${done}/suspects`,
        `#/experiments/${done}/training`,
        `#/experiments/${done}/record`,
        `#/experiments/${other}`,
        '#/history',
        `#/compare?ids=${done},${other}`,
      ];
      for (const place of places) {
        await open(place);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await seriousProblems(page), `${place} ${colorScheme}`).toEqual([]);
        }
      }
    });

    test('keys that are pressed before the suspects have come are not lost', async () => {
      line.hold('experiments.suspects');
      await page.evaluate((hash) => (location.hash = hash), `#/experiments/${done}/suspects`);
      const list = page.getByRole('listbox', { name: /^Suspects/ });
      await list.press('ArrowRight');
      await list.press('ArrowRight');
      expect(await list.getByRole('option').count()).toBe(0);
      line.release('experiments.suspects');
      await expect.poll(() => list.getByRole('option').innerText()).toMatch(/^Suspect 3/);
    });

    const experiment = (part: Partial<ExperimentDetail>) =>
      line.value('experiments.show', (value) => ({ ...value, ...part }));

    test('interrupted: says that nothing is lost and offers to resume', async () => {
      experiment({ state: 'interrupted', fullVerdict: null, verdict: null });
      await open(`#/experiments/${done}`);
      await page.getByText('This run was interrupted.').waitFor();
      expect(await page.getByRole('button', { name: 'Resume' }).isEnabled()).toBe(true);
      await accessible();
    });

    test('failed: the error with its code and remedy, and resume', async () => {
      experiment({
        state: 'failed',
        error: { code: 'run-failed', message: 'The memory ran out.', remedy: 'Choose a smaller batch size.' },
      });
      await open(`#/experiments/${done}`);
      const alert = page.getByRole('alert');
      await alert.waitFor();
      expect(await alert.innerText()).toMatch(
        /The memory ran out\.[\s\S]*smaller batch[\s\S]*Code: run-failed/,
      );
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      await accessible();
    });

    test('without a triggered test set it says what cannot be known', async () => {
      line.value('experiments.show', (value) => {
        const blind = <T extends ExperimentDetail['abl']>(one: T): T =>
          one && { ...one, asr: null, ra: null, asrReestimated: null, raReestimated: null };
        return { ...value, naive: blind(value.naive), abl: blind(value.abl), oracle: null };
      });
      await open(`#/experiments/${done}`);
      await page.getByText('Attack success could not be measured').waitFor();
      expect(await page.getByText('Attack success, after re-estimation').count()).toBe(0);
      await accessible();
    });

    test.each([
      ['poisoned', 'This data set is poisoned. Its target class is “square”.'],
      ['uncertain', 'Uncertain: something is unusual about class “square”.'],
      ['no-evidence', 'No evidence of poison in this data set.'],
    ] as const)('the verdict "%s" in words', async (kind, sentence) => {
      const fullVerdict = {
        kind,
        class: 1,
        confidence: 0.62,
        estimatedAsr: null,
        reasons: ['Because of this.'],
      };
      experiment({ fullVerdict, classes: ['circle', 'square', 'triangle'] });
      await open(`#/experiments/${done}`);
      const verdict = page.getByRole('region', { name: 'Verdict' });
      expect(await verdict.innerText()).toContain(sentence);
      expect(await verdict.innerText()).toMatch(/More likely than not\s\(confidence\s62.%\)/);
      await accessible();
    });

    test('of the reasons all but figures are shown, and these behind a fold', async () => {
      const figures = ['a', 'b', 'c'].map((letter) => `Figure ${letter} of “square”.`);
      const reasons = ['Why.', 'Measured.', ...figures, 'Do not use this model.'];
      const fullVerdict = {
        kind: 'poisoned',
        class: 1,
        confidence: 0.97,
        estimatedAsr: 0.9,
        reasons,
      } as const;
      const evidence = ['a', 'b', 'c'].map((letter) => ({
        ...{ stage: 'check' as const, class: 1, figure: 0.1, threshold: 0.3, passed: true },
        sentence: `Figure ${letter} of this class.`,
        ...(letter === 'c' ? { rule: 'labels-surely-wrong' } : {}),
      }));
      const examination = {
        ...{ verdict: fullVerdict, classes: [1], poisonShare: 0.1, estimatedAsr: null },
        ...{ evidence, triggers: [], differences: [] },
      };
      experiment({ fullVerdict, examination, classes: ['circle', 'square', 'triangle'] });
      await open(`#/experiments/${done}`);
      const verdict = page.getByRole('region', { name: 'Verdict' });
      await verdict.getByText('Do not use this model.').waitFor();
      expect(await verdict.getByText('Figure b').isVisible()).toBe(false);
      await verdict.getByText('3 figures behind this').click();
      expect(await verdict.getByText('Figure b').isVisible()).toBe(true);
      const decided = page.getByRole('row', { name: /What decided/ });
      expect(await decided.innerText()).toContain('A model that never saw these images says');
      await accessible();
    });

    test.each([
      ['missing', 'The native engine is not installed.'],
      ['damaged', 'The native engine is damaged.'],
    ] as const)('the engine %s: why, and both ways to install it', async (state, headline) => {
      line.value('engine.status', (value) => ({
        ...value,
        runtime: { ...value.runtime, state, version: null, variant: null, reason: 'A file is gone.' },
      }));
      await open('#/engine');
      await page.getByText(headline).waitFor();
      await page.getByText('A file is gone.').waitFor();
      await page.getByRole('button', { name: 'Install from the network' }).waitFor();
      await page.getByLabel('Wheel file').waitFor();
      await accessible();
      line.clear();
      await page.getByRole('button', { name: 'Check again' }).click();
      await page.getByText(headline).waitFor({ state: 'detached' });
    });

    test('a source that cannot be imported: the reason, and the field keeps what was typed', async () => {
      await open('#/import?source=/no/such/folder');
      await page.getByText('This source cannot be imported').waitFor();
      expect(await page.getByRole('alert').innerText()).toContain('/no/such/folder');
      expect(await page.getByLabel('Folder or file on this computer').inputValue()).toBe('/no/such/folder');
      await accessible();
    });

    test('a folder that vanishes between preview and import', async () => {
      const doomed = await drawClassFolder(4);
      await open(`#/import?source=${encodeURIComponent(doomed)}`);
      await page.getByRole('heading', { name: /^Found: / }).waitFor();
      await rm(doomed, { recursive: true });
      await page.getByRole('button', { name: 'Import', exact: true }).click();
      const alert = page.getByRole('alert').first();
      await alert.waitFor();
      expect(await alert.innerText()).toContain(doomed);
    });

    test('a lost connection is said, mended by itself, and the screen asks again', async () => {
      await open('#/data');
      await line.cut();
      await page.getByText('Not connected to Theriac.').waitFor();
      await accessible();
      const tryNow = page.getByRole('button', { name: 'Try now' });
      await tryNow.waitFor();
      line.mend();
      // It may have mended by itself before the click.
      await tryNow.click({ timeout: 3000 }).catch(() => undefined);
      await page.getByText('Not connected to Theriac.').waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'History', exact: true }).first().click();
      await page.getByRole('table').waitFor();
    });

    test('a wrong token is said in plain words', async () => {
      const context = await (await browser.get()).newContext();
      const stranger = await context.newPage();
      await stranger.goto(`http://127.0.0.1:${host.port}/#token=wrong`);
      await stranger.getByText('This page does not have the key of the running Theriac, so').waitFor();
      await context.close();
    });

    test('two tabs on one host: what one does, the other shows', async () => {
      const context = await (await browser.get()).newContext();
      const { page: second } = await openPage(context, host.address);
      await second.evaluate((hash) => (location.hash = hash), '#/data');
      const { name } = await client.call('datasets.show', clean);
      await second.getByRole('link', { name, exact: true }).waitFor();
      await client.call('datasets.rename', clean, `${name}, renamed elsewhere`);
      await second.getByRole('link', { name: `${name}, renamed elsewhere`, exact: true }).waitFor();
      await context.close();
    });

    test('the theme of the settings beats that of the system', async () => {
      await page.emulateMedia({ colorScheme: 'light' });
      await open('#/settings');
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await page.getByRole('radio', { name: 'Dark' }).check();
      await expect.poll(background).not.toBe(light);
      await page.reload();
      await expect.poll(background).not.toBe(light);
      await page.getByRole('radio', { name: 'As the system' }).check();
      await expect.poll(background).toBe(light);
    });
  });
});
