import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { canMount } from '../../electron/services/fixtures/trained.ts';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import { seriousProblems } from './support/axe.ts';
import { browserOrReason, openPage, type Complaints } from './support/browser.ts';
import { mountDisk } from './support/disks.ts';
import { fill } from './support/filled.ts';
import { press, tabTo } from './support/keys.ts';
import { sharedBrowser, sharedStage, type Stage } from './support/stage.ts';

/** What an analyst takes away, through the dialog, into real files. */
const MINUTES = 60_000;
const program = browserOrReason();

/** For each format of each kind what is in it, by name and beginning. */
const KINDS: { kind: RegExp; formats: { title: string; files: Record<string, RegExp> }[] }[] = [
  {
    kind: /^Report/,
    formats: [
      { title: 'PDF', files: { '': /^%PDF-/ } },
      { title: 'Web page (HTML), one file', files: { '': /^<!doctype html>/ } },
    ],
  },
  {
    kind: /^Cleaned data set/,
    formats: [
      {
        title: 'Folders with one subfolder per class (PNG)',
        files: { 'manifest.json': /theriac-cleaned-dataset/ },
      },
      { title: 'Lists of files (CSV)', files: { 'train.csv': /^path,label/, 'removed.csv': /reason/ } },
      { title: 'Lists of files (JSON lines)', files: { 'train.jsonl': /^\{"path"/ } },
      { title: 'NumPy arrays (NPZ)', files: { 'dataset.npz': /^PK/ } },
      { title: 'Parquet, as Hugging Face has it', files: { 'train.parquet': /^PAR1/ } },
    ],
  },
  {
    kind: /^A model/,
    formats: [
      { title: 'ONNX', files: { 'model.onnx': /Theriac/, 'MODEL_CARD.md': /^# / } },
      { title: 'TensorFlow SavedModel', files: { 'saved_model.pb': /serving_default/ } },
      { title: 'TensorFlow.js layers model', files: { 'model.json': /layers-model/ } },
      { title: 'Weights for PyTorch (safetensors)', files: { 'model.safetensors': /F32/ } },
    ],
  },
  {
    kind: /^List of suspects/,
    formats: [
      { title: 'CSV table', files: { '': /^rank,index,path,label,loss/ } },
      { title: 'JSON', files: { '': /"suspects": \[/ } },
    ],
  },
  {
    kind: /^Figures/,
    formats: [
      { title: 'CSV table', files: { '': /^method,stage,epoch/ } },
      { title: 'JSON', files: { '': /"evaluations": \[/ } },
    ],
  },
  { kind: /^The whole experiment/, formats: [{ title: '', files: { '': /^PK/ } }] },
];

describe.skipIf(!program)('the export dialog', { timeout: 6 * MINUTES }, () => {
  const browser = sharedBrowser(program);
  const filled = sharedStage(40, fill);
  let stage: Stage & Awaited<ReturnType<typeof fill>>;
  let page: Page;
  let complaints: Complaints;
  let folder: string;
  let dialog: Locator;

  beforeAll(() => ensureBuilt('renderer'), 3 * MINUTES);
  beforeEach(async () => {
    stage = await filled.get();
    folder = mkdtempSync(join(tmpdir(), 'theriac-exports-'));
    const context = await (await browser.get()).newContext({ reducedMotion: 'reduce' });
    ({ page, complaints } = await openPage(context, stage.host.address));
    await page.evaluate((hash) => (location.hash = hash), `#/experiments/${stage.done}`);
    await page.getByRole('region', { name: 'Verdict' }).waitFor();
    dialog = page.getByRole('dialog', { name: 'Export' });
  }, 5 * MINUTES);
  afterEach(async ({ task }) => {
    await page?.context().close();
    rmSync(folder, { recursive: true, force: true });
    if (task.result?.state !== 'fail') expect(complaints).toEqual({ console: [], policy: [], foreign: [] });
  });
  afterAll(async () => {
    await browser.drop();
    await filled.drop();
  });

  async function accessible(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousProblems(page), colorScheme).toEqual([]);
    }
  }

  /** Goes through the radio buttons by arrow keys until that kind is chosen. */
  async function choose(kind: RegExp): Promise<void> {
    await tabTo(page, /^(Report|Cleaned|A model|List of|Figures|The whole)/);
    const wanted = dialog.getByRole('radio', { name: kind });
    for (let tries = 0; !(await wanted.isChecked()); tries++) {
      expect(tries).toBeLessThan(KINDS.length);
      await page.keyboard.press('ArrowDown');
    }
  }

  async function typePath(path: string): Promise<void> {
    await tabTo(page, /^(New folder|File)$/);
    await page.keyboard.press('Control+A');
    await page.keyboard.type(path);
    await page.keyboard.press('Enter');
  }

  test('every kind, in every format, by the keyboard alone', async () => {
    await press(page, /^Export$/);
    await dialog.waitFor();
    await accessible();
    for (const [i, { kind, formats }] of KINDS.entries()) {
      await choose(kind);
      for (const [k, { title, files }] of formats.entries()) {
        if (formats.length > 1) {
          await tabTo(page, /^Format$/);
          await page.keyboard.press('Home');
          for (let step = 0; step < k; step++) await page.keyboard.press('ArrowDown');
          expect(await dialog.getByLabel('Format').locator('option:checked').innerText()).toBe(title);
        }
        const to = join(folder, `${i}-${k}`);
        await typePath(to);
        await dialog.getByText(`${to} was written.`).waitFor({ timeout: 2 * MINUTES });
        for (const [name, begins] of Object.entries(files)) {
          expect(readFileSync(join(to, name)).toString('latin1'), `${title} ${name}`).toMatch(begins);
        }
      }
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    await accessible();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    // The focus is where it was before.
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Export');
  });

  /** Tries to export there, and gives what is said. */
  async function refusal(to: string): Promise<string> {
    await typePath(to);
    const alert = dialog.getByRole('alert');
    await expect.poll(() => alert.innerText(), { timeout: MINUTES }).toContain(to);
    return alert.innerText();
  }

  test('bad places: plain words, and nothing half-written', async () => {
    await press(page, /^Export$/);
    await dialog.waitFor();
    const full = join(folder, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'mine.txt'), 'mine');
    const file = join(folder, 'report.html');
    writeFileSync(file, 'mine');
    const inside = join(stage.host.dataFolder, 'experiments', 'out');
    for (const kind of [/^Report/, /^Cleaned data set/, /^A model/, /^The whole experiment/]) {
      await choose(kind);
      expect(await refusal(full)).toMatch(/exists already[\s\S]*nothing is overwritten/);
      expect(await refusal(file)).toMatch(/exists already/);
      expect(await refusal(inside)).toMatch(/own data folder[\s\S]*Choose another place/);
      expect(await refusal(join(folder, 'no', 'such', 'x'))).toMatch(/folder does not exist/);
      expect(await refusal('somewhere')).toMatch(/does not say in which folder[\s\S]*whole path/);
    }
    await accessible();
    expect(readdirSync(folder).sort()).toEqual(['full', 'report.html']);
    expect(readdirSync(full)).toEqual(['mine.txt']);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(existsSync(inside)).toBe(false);
  });

  test.skipIf(!canMount())('a full disk and a read-only one', async () => {
    const small = mountDisk(folder, 'size=16k');
    const fixed = mountDisk(folder, 'ro');
    try {
      await press(page, /^Export$/);
      await dialog.waitFor();
      for (const kind of [/^Report/, /^Cleaned data set/, /^A model/, /^The whole experiment/]) {
        await choose(kind);
        expect(await refusal(join(small.path, 'x'))).toMatch(/disk is full/);
        expect(readdirSync(small.path)).toEqual([]);
        expect(await refusal(join(fixed.path, 'x'))).toMatch(/read-only disk/);
      }
    } finally {
      small.unmount();
      fixed.unmount();
    }
  });

  test('the end of a run is told outside the window, without a word of the data', async () => {
    await page.context().grantPermissions(['notifications']);
    await page.evaluate(() => {
      const told: { title: string; body: string; click(): void }[] = [];
      class Recorder {
        static permission = 'granted';
        onclick: (() => void) | null = null;
        constructor(title: string, { body }: { body: string }) {
          told.push({ title, body, click: () => this.onclick?.() });
        }
        close(): void {}
      }
      Object.assign(globalThis, { Notification: Recorder, told });
      document.hasFocus = () => false;
      location.hash = '#/';
    });
    const { id } = await stage.client.call('experiments.start', {
      datasetId: stage.poisoned,
      preset: 'quick',
      overrides: {},
      methods: ['abl'],
      engine: 'auto',
      seed: 2,
      name: 'Secret supplier',
    });
    const told = () =>
      page.evaluate(() =>
        (globalThis as unknown as { told: { title: string; body: string }[] }).told.map(
          ({ title, body }) => `${title}: ${body}`,
        ),
      );
    await expect.poll(told, { timeout: 3 * MINUTES }).toHaveLength(1);
    expect((await told())[0]).toMatch(/^Theriac: A run is done\. (The data|No evidence|Whether)/);
    await page.evaluate(() => (globalThis as unknown as { told: { click(): void }[] }).told[0]!.click());
    await page.waitForURL((url) => url.hash === `#/experiments/${id}`);
  });
});
