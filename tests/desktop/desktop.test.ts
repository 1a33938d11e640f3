import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSample } from '../../electron/datasets/sample.ts';
import { exportBundle } from '../../electron/services/bundles.ts';
import { createExperiment, type RunRequest } from '../../electron/services/experiments.ts';
import { openWorkspace } from '../../electron/services/workspace.ts';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import type { AppInfo, ExperimentDetail } from '../../shared/contract/api.ts';
import { Desktop, noBrowser, ROOT, type DesktopOptions } from './harness.ts';
import { writePictures } from './pictures.ts';

if (noBrowser) console.log(`desktop tests that need a window are skipped: ${noBrowser}`);

let folder: string;
let pictures: string;
let running: Desktop | null = null;

beforeAll(async () => {
  await ensureBuilt('renderer', 'desktop');
  folder = mkdtempSync(join(tmpdir(), 'theriac-desktop-'));
  pictures = await writePictures(join(folder, 'pictures'), 40);
}, 300_000);

afterEach(async () => {
  await running?.close();
  running = null;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let folders = 0;
function newFolder(): string {
  folders += 1;
  return mkdtempSync(join(folder, `data-${folders}-`));
}

async function start(options: Partial<DesktopOptions> = {}): Promise<Desktop> {
  running = await Desktop.start({ dataFolder: newFolder(), ...options });
  return running;
}

async function importPictures(desktop: Desktop): Promise<string> {
  const over = await desktop.listen<{ datasetId: string; error: unknown }>(
    'task',
    `value.kind === 'import' && value.state !== 'running'`,
  );
  await desktop.call('datasets.import', { source: pictures });
  const { datasetId, error } = await over();
  expect(error).toBeNull();
  return datasetId;
}

/** Listens for the end of a run, in whichever way. */
function listenForEnd(desktop: Desktop): Promise<() => Promise<{ state: string }>> {
  return desktop.listen('experiment', `!['queued', 'running'].includes(value.state)`);
}

interface Sent {
  id: string;
  name: string;
  file: string;
}

const QUICK_RUN: Omit<RunRequest, 'dataset'> = {
  preset: 'quick',
  set: {},
  methods: ['naive', 'abl'],
  engine: 'auto',
  seed: 1,
  tags: [],
};

const QUICK = { preset: 'quick', methods: ['naive', 'abl'], engine: 'auto', seed: 1 };

describe.skipIf(noBrowser)('with a window', { timeout: 600_000 }, () => {
  test('open, import, run, compare', async () => {
    const desktop = await start();
    const { page } = desktop;
    await desktop.evaluate(`location.hash = '#/import'`);
    await page.getByRole('heading', { name: 'Import', exact: true }).waitFor();
    // A folder dropped from the file manager: only the preload can tell where it lies.
    desktop.wish('paths', { pictures });
    await desktop.recorded('paths-known');
    await desktop.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File([], 'pictures'));
      const drop = document.querySelector('[role=group][aria-label=Source]');
      drop.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }`);
    await page.getByText('brick').first().waitFor();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('link', { name: 'Run', exact: true }).last().waitFor();
    await page.getByText('broken.png').first().waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Run', exact: true }).click();
    await page.getByRole('radio', { name: /Quick check/ }).check();
    desktop.wish('focus', false);
    await page
      .getByRole('button', { name: /^(Start|Begin|Train|Run)/ })
      .last()
      .click();
    expect(await desktop.recorded('awake')).toBe('prevent-app-suspension');
    const notice = await desktop.recorded<{ title: string; body: string }>('notification');
    expect(notice.title).toBe('Theriac');
    expect(notice.body).toMatch(
      /^A run is done\. (The data are poisoned|No evidence of poison|Whether there is)/,
    );
    await desktop.recorded('asleep');
    await page.getByText(/Naive/).first().waitFor();
    await page.getByText(/ABL/).first().waitFor();
    const { experiments } = await desktop.call<{ experiments: ExperimentDetail[] }>('experiments.list', {
      offset: 0,
      limit: 5,
    });
    expect(experiments).toHaveLength(1);
    expect(experiments[0]).toMatchObject({ state: 'done', network: 'small-cnn' });
    expect(experiments[0]!.naive!.ca).toBeGreaterThan(0.9);
    expect(notice.body).not.toContain(experiments[0]!.datasetName);
    await desktop.evaluate(`location.hash = '#/'`);
    desktop.wish('click-notification');
    await page.waitForURL((url) => url.hash === `#/experiments/${experiments[0]!.id}`);
    const answers = await desktop.call<unknown[]>('experiments.answers', experiments[0]!.id, {
      split: 'test',
      index: 0,
    });
    expect(answers).toHaveLength(2);
    expect(desktop.complaints).toEqual([]);
  });

  test('the window and the session are locked down', async () => {
    const desktop = await start();
    const { webPreferences } = await desktop.recorded<{ webPreferences: object }>('window');
    expect(webPreferences).toMatchObject({ contextIsolation: true, sandbox: true, nodeIntegration: false });
    await desktop.recorded('sandbox');
    for (const name of ['permission', 'permission-check', 'device-permission']) {
      expect(await desktop.recorded(name)).toEqual({ granted: false });
    }
    await desktop.evaluate(`void (location.href = 'https://example.com/')`);
    await desktop.recorded<string>('navigation-refused', (url) => url === 'https://example.com/');
    await desktop.evaluate(`void window.open('https://example.com/popup')`);
    await desktop.recorded<{ action: string }>('window-open', ({ action }) => action === 'deny');
    const fetched = `fetch('https://example.com/data').then(() => 'fetched', () => 'refused')`;
    expect(await desktop.evaluate(fetched)).toBe('refused');
    const image = `new Promise((done) => {
      const image = new Image();
      image.onload = () => done('loaded');
      image.onerror = () => done('refused');
      image.src = 'https://example.com/pixel.png';
    })`;
    expect(await desktop.evaluate(image)).toBe('refused');
    // The policy came with the page: a script that is not a file of ours does not run.
    const inline = `new Promise((done) => {
      document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), { once: true });
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      if (window.ran) done('it ran');
    })`;
    expect(await desktop.evaluate(inline)).toBe('script-src-elem');
    // Still there, still ours.
    expect(await desktop.call<AppInfo>('app.info')).toMatchObject({ host: 'desktop' });
  });

  test('the bridge gives the contract and nothing else', async () => {
    const desktop = await start();
    const seen = await desktop.evaluate(`({
      keys: Object.keys(window.theriac).sort(),
      shell: Object.keys(window.theriac.shell).sort(),
      frozen: Object.isFrozen(window.theriac) && Object.isFrozen(window.theriac.shell),
      node: [typeof process, typeof require, typeof module, typeof Buffer],
      leak: Object.getPrototypeOf(window.theriac) === Object.prototype,
      reach: Function.prototype.constructor === window.theriac.invoke.constructor,
    })`);
    expect(seen).toEqual({
      keys: ['invoke', 'shell', 'subscribe'],
      shell: ['droppedPath', 'pickFile', 'pickFolder', 'saveFile'],
      frozen: true,
      node: ['undefined', 'undefined', 'undefined', 'undefined'],
      leak: true,
      reach: true,
    });
    const refused = (expression: string) =>
      desktop.evaluate(
        `(async () => { try { await ${expression}; return 'taken' } catch (error) { return error.name + ': ' + error.message } })()`,
      );
    expect(await refused(`window.theriac.invoke('app.quit', [])`)).toContain('There is no call');
    expect(await refused(`window.theriac.invoke('constructor', [])`)).toContain('There is no call');
    expect(await refused(`window.theriac.subscribe('everything', () => undefined)`)).toContain(
      'There is no event',
    );
    // What cannot be cloned cannot cross, as a Svelte proxy would find out.
    expect(await refused(`window.theriac.invoke('app.changeSettings', [{ theme: () => 1 }])`)).toContain(
      'DataCloneError',
    );
    expect(await desktop.evaluate(`window.theriac.invoke('datasets.show', ['../..'])`)).toMatchObject({
      ok: false,
      error: { code: 'usage' },
    });
    expect(await desktop.evaluate(`window.theriac.shell.droppedPath('text')`)).toBeNull();
  });

  test('dialogs begin where the last one ended', async () => {
    const desktop = await start();
    desktop.wish('dialogs', {
      open: [['/pictures/birds'], [], ['/pictures/truth.csv']],
      save: ['/tmp/list.csv', ''],
    });
    expect(await desktop.evaluate('window.theriac.shell.pickFolder()')).toBe('/pictures/birds');
    expect(await desktop.evaluate('window.theriac.shell.pickFolder()')).toBeNull();
    expect(await desktop.evaluate(`window.theriac.shell.pickFile(['csv'])`)).toBe('/pictures/truth.csv');
    expect(await desktop.evaluate(`window.theriac.shell.saveFile('../../suspects.csv')`)).toBe(
      '/tmp/list.csv',
    );
    expect(await desktop.evaluate(`window.theriac.shell.saveFile('b.csv')`)).toBeNull();
    const options = desktop.records
      .filter(({ name }) => name.endsWith('-dialog'))
      .map(({ value }) => value as object);
    expect(options[1]).toMatchObject({ properties: ['openDirectory'], defaultPath: '/pictures' });
    expect(options[2]).toMatchObject({
      properties: ['openFile'],
      filters: [{ name: 'csv', extensions: ['csv'] }],
    });
    expect(options[3]).toMatchObject({ defaultPath: '/pictures/-..-suspects.csv' });
    expect(await desktop.evaluate(`window.theriac.shell.pickFile(['../x']).catch(() => 'refused')`)).toBe(
      'refused',
    );
  });

  test('closing during a run asks, and pauses it at a checkpoint', async () => {
    const desktop = await start();
    const dataFolder = (await desktop.call<AppInfo>('app.info')).dataFolder;
    const datasetId = await importPictures(desktop);
    const begun = await desktop.listen('progress', 'value.overall > 0');
    const overrides = { naiveEpochs: 2000 };
    const { id } = await desktop.call<{ id: string }>('experiments.start', {
      ...QUICK,
      datasetId,
      overrides,
    });
    await begun();
    desktop.wish('close-window');
    const question = await desktop.recorded<{ buttons: string[] }>('message-box');
    expect(question.buttons).toEqual(['Keep training', 'Pause and quit']);
    await desktop.recorded('close-prevented');
    expect(await desktop.call<ExperimentDetail>('experiments.show', id)).toMatchObject({ state: 'running' });
    desktop.wish('dialogs', { message: [1] });
    desktop.wish('close-window');
    expect(await desktop.ended()).toBe(0);
    await desktop.close();
    const again = await start({ dataFolder });
    expect(await again.call<ExperimentDetail>('experiments.show', id)).toMatchObject({
      state: 'cancelled',
      error: { code: 'cancelled' },
    });
    expect(readdirSync(join(dataFolder, 'experiments', id)).join(' ')).toContain('checkpoint');
  });

  test('a training process that is killed leaves a run that can be continued', async () => {
    const desktop = await start();
    const datasetId = await importPictures(desktop);
    const begun = await desktop.listen('progress', 'value.overall > 0');
    const { id } = await desktop.call<{ id: string }>('experiments.start', {
      ...QUICK,
      datasetId,
      overrides: { naiveEpochs: 60 },
    });
    const { pid } = await desktop.recorded<{ name: string; pid: number }>(
      'utility-process',
      ({ name }) => name === 'Theriac training',
    );
    await begun();
    const interrupted = await listenForEnd(desktop);
    process.kill(pid, 'SIGKILL');
    expect(await interrupted()).toMatchObject({ state: 'interrupted' });
    expect(await desktop.call<ExperimentDetail>('experiments.show', id)).toMatchObject({
      state: 'interrupted',
      error: { code: 'run-failed' },
    });
    const done = await listenForEnd(desktop);
    await desktop.call('experiments.resume', id);
    expect(await done()).toMatchObject({ state: 'done' });
    expect((await desktop.call<ExperimentDetail>('experiments.show', id)).abl).not.toBeNull();
  });

  test('a damaged settings file is put aside and told of', async () => {
    const dataFolder = newFolder();
    writeFileSync(join(dataFolder, 'settings.json'), '{ "format": 1, "settings": { "theme": "pin');
    const desktop = await start({ dataFolder });
    const { notices } = await desktop.call<AppInfo>('app.info');
    expect(notices![0]).toContain('settings file');
    const kept = readdirSync(dataFolder).find((name) => name.startsWith('settings.json.damaged'));
    expect(readFileSync(join(dataFolder, kept!), 'utf8')).toContain('pin');
    expect(await desktop.call('app.changeSettings', { theme: 'dark' })).toMatchObject({ theme: 'dark' });
    await desktop.close();
    const again = await start({ dataFolder });
    expect(await again.call('app.settings')).toMatchObject({ theme: 'dark' });
    expect((await again.call<AppInfo>('app.info')).notices).toEqual([]);
  });

  test('a bundle that is double-clicked is shown, whichever way the system tells of it', async () => {
    const other = await openWorkspace(newFolder());
    const { folder: home } = other;
    await createSample({
      into: home.datasets,
      seed: 1,
      trainPerClass: 8,
      testPerClass: 1,
      size: 16,
      name: 'Far',
    });
    other.close();
    const ws = await openWorkspace(home.path);
    const [one, two] = ['From the mail', 'From the stick'].map((name) => {
      const { id } = createExperiment(ws, { ...QUICK_RUN, dataset: 'Far', name });
      return { id, name, file: join(home.path, '..', `${name}.theriac`) };
    }) as [Sent, Sent];
    for (const { id, file } of [one, two]) await exportBundle(ws, id, { to: file, withDataset: true });
    ws.close();

    // Windows and Linux: an argument of the packed application.
    const dataFolder = newFolder();
    const desktop = await start({ dataFolder, packaged: true, args: [one.file] });
    const shown = (name: string) => desktop.page.getByRole('heading', { level: 2, name }).waitFor();
    await shown(one.name);
    // A second start hands over what it was given, relative to where it was started.
    const { dir, base } = parse(two.file);
    desktop.wish('second-instance', { argv: ['/opt/Theriac/theriac', '--no-beep', base], folder: dir });
    await desktop.recorded('focused');
    await shown(two.name);
    await desktop.page.getByRole('button', { name: 'Take it in' }).click();
    await desktop.page.getByRole('heading', { level: 1, name: two.name }).waitFor();
    expect(await desktop.call<ExperimentDetail>('experiments.show', two.id)).toMatchObject({
      name: two.name,
      state: 'queued',
      datasetName: 'Far',
    });
    desktop.wish('open-file', one.file);
    await shown(one.name);
    expect(desktop.complaints).toEqual([]);
    await desktop.close();

    // macOS: an event before the application is ready.
    const mac = await start({ dataFolder, environment: { DOUBLE_OPEN_FILE: two.file } });
    expect(await mac.recorded('open-file-taken')).toBe(two.file);
    await mac.page.getByText('This experiment is here already').waitFor();
  });

  test('a report is printed out of sight', async () => {
    const desktop = await start();
    const datasetId = await importPictures(desktop);
    const over = await listenForEnd(desktop);
    const overrides = { naiveEpochs: 1, isolationEpochs: 1, jointEpochs: 1 };
    const { id } = await desktop.call<{ id: string }>('experiments.start', {
      ...QUICK,
      datasetId,
      overrides,
    });
    expect(await over()).toMatchObject({ state: 'done' });
    const to = join(folder, 'report.pdf');
    const written = await desktop.listen<{ error: unknown }>(
      'task',
      `value.kind === 'export' && value.state !== 'running'`,
    );
    await desktop.call('experiments.export', id, { what: 'report', to, format: 'pdf' });
    expect((await written()).error).toBeNull();
    expect(readFileSync(to).subarray(0, 5).toString()).toBe('%PDF-');
    const { webPreferences } = await desktop.recorded<{ webPreferences: { partition?: string } }>(
      'window',
      (options) => options.webPreferences.partition !== undefined,
    );
    expect(webPreferences).toMatchObject({ javascript: false, sandbox: true, nodeIntegration: false });
    await desktop.recorded('printed');
    expect(desktop.records.filter(({ name }) => name === 'request-refused')).toEqual([]);
    expect(desktop.complaints).toEqual([]);
  });

  test('a second start brings the first to the front', async () => {
    const desktop = await start();
    desktop.wish('second-instance');
    await desktop.recorded('focused');
    desktop.wish('quit');
    expect(await desktop.ended()).toBe(0);
  });
});

describe('without a window', { timeout: 120_000 }, () => {
  test('a second start ends at once', async () => {
    const desktop = await start({ windowless: true, environment: { DOUBLE_SECOND: '1' } });
    expect(await desktop.ended()).toBe(0);
    expect(desktop.records.map(({ name }) => name)).not.toContain('window');
  });

  test('a data folder that cannot be used is named, and nothing is opened', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    const desktop = await start({ windowless: true, dataFolder: join(file, 'data') });
    expect(await desktop.ended()).toBe(1);
    const told = desktop.records.find(({ name }) => name === 'error-box')!.value as { text: string };
    expect(told.text).toContain(file);
  });

  test('with a command it is the command line', async () => {
    const desktop = await start({ windowless: true, args: [ROOT, 'attacks', '--json'] });
    expect(await desktop.ended()).toBe(0);
    expect(JSON.parse(desktop.output)).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'badnets' })]),
    );
  });

  test('the preload is one file that requires only electron', () => {
    const source = readFileSync(join(ROOT, 'dist', 'desktop', 'preload.cjs'), 'utf8');
    const required = [...source.matchAll(/\brequire\(([^)]*)\)/g)].map(([, name]) => name);
    expect(required).toEqual(['"electron"']);
    expect(source).not.toMatch(/\bimport\s*\(|\bprocess\.|\bBuffer\b/);
    expect(source.length).toBeLessThan(20_000);
  });
});
