/**
 * `npm run screenshots`: takes every screen in both themes from the real host with generated data, into
 * docs/screenshots (small PNG files with a palette), and exports docs/sample-report.html.
 * `-- --out DIR --size 1024x700 --full` for a closer look:
 * all screens, true colour, elsewhere.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './common/build.mjs';
import { ensureDependencies } from './common/dependencies.mjs';
import { ensureEngine } from './common/engine.mjs';
import { ensureNode24 } from './common/node24.mjs';
import { ROOT } from './common/paths.mjs';
import { fail, say } from './common/say.mjs';

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
await ensureEngine();
await ensureBuilt('renderer');
const support = (name) => import(`../tests/e2e/support/${name}.ts`);
const { findBrowser, launch, openPage, NO_BROWSER } = await support('browser');
const { Host } = await support('host');
const { Client } = await support('client');
const { drawClassFolder } = await support('scene');
const { default: sharp } = await import('sharp');

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'docs', 'screenshots') },
    size: { type: 'string', default: '1280x800' },
    full: { type: 'boolean', default: false },
  },
});
const [width, height] = options.size.split('x').map(Number);
const browserProgram = findBrowser();
if (!browserProgram) fail(NO_BROWSER);

/** Which screens the documentation shows; the others are for looking at them. */
const KEPT = new Set([
  'home',
  'import',
  'run',
  'live',
  'result',
  'careful',
  'suspects',
  'playground',
  'images',
  'history',
  'compare',
  'attack',
  'engine',
]);

const folder = await mkdtemp(join(tmpdir(), 'theriac-screenshots-'));
const source = await drawClassFolder(120);
const host = await Host.start({ dataFolder: folder });
const browser = await launch(browserProgram);
const client = await Client.connect(host);
try {
  await mkdir(options.out, { recursive: true });
  const scene = await setScene();
  const shots = [
    ['live', `#/experiments/${scene.running}`],
    ['home', '#/'],
    ['import', `#/import?source=${encodeURIComponent(source)}`],
    ['run', `#/run?data=${scene.poisoned}`],
    ['result', `#/experiments/${scene.done}`],
    ['careful', `#/experiments/${scene.careful}`],
    ['suspects', `#/experiments/${scene.done}/suspects`],
    ['playground', `#/experiments/${scene.done}/playground`],
    ['training', `#/experiments/${scene.done}/training`],
    ['record', `#/experiments/${scene.done}/record`],
    ['stopped', `#/experiments/${scene.stopped}`],
    ['clean', `#/experiments/${scene.clean}`],
    ['history', '#/history'],
    ['sweeps', '#/sweeps'],
    ['compare', `#/compare?ids=${scene.done},${scene.careful},${scene.clean}`],
    ['datasets', '#/data'],
    ['dataset', `#/data/${scene.poisoned}`],
    ['images', `#/data/${scene.poisoned}/images`],
    ['attack', `#/data/${scene.sample}/attack`],
    ['engine', '#/engine'],
    ['settings', '#/settings'],
    ['help', '#/help'],
  ];
  const pages = await Promise.all(['light', 'dark'].map(openIn));
  for (const [name, place] of shots) {
    if (!options.full && !KEPT.has(name)) continue;
    // The first is taken while the run goes on; the others when it is done.
    if (name !== 'live') await client.over(scene.running);
    for (const { page, theme } of pages) await shoot(page, name, theme, place);
  }
  if (!options.full) await sampleReport(scene.careful);
  const complaints = pages.flatMap(({ complaints }) => [...complaints.console, ...complaints.policy]);
  if (complaints.length > 0) fail(`the browser complained:\n${complaints.join('\n')}`);
  say(`screenshots are in ${options.out}`);
} finally {
  client.close();
  await browser.close();
  await host.stop();
  for (const made of [folder, source]) await rm(made, { recursive: true, force: true });
}

/** Data sets and experiments as an analyst might have them; the last one is still running. */
async function setScene() {
  say('training what the screenshots show (a few minutes)');
  await client.call('engine.test');
  const sample = await client.finished(await client.call('datasets.sample'));
  const attack = { attack: 'badnets', rate: 0.1, target: 0, seed: 1, parameters: {} };
  const poisoned = await client.finished(
    await client.call('datasets.attack', { ...attack, datasetId: sample, name: 'Signs, poisoned' }),
  );
  const shapes = await client.finished(
    await client.call('datasets.import', { source, name: 'Shapes from outside' }),
  );
  const start = async (name, datasetId, more = {}) => {
    const request = { preset: 'quick', overrides: { evaluateEvery: 2 }, methods: ['naive', 'abl'] };
    const { id } = await client.call('experiments.start', {
      ...{ ...request, engine: 'auto', seed: 1, name, datasetId },
      ...more,
    });
    return id;
  };
  const done = await start('Signs, first look', poisoned, {
    methods: ['naive', 'abl', 'oracle'],
    tags: ['sample'],
  });
  await client.over(done);
  const clean = await start('Shapes, quick check', shapes, { tags: ['supplier A'] });
  await client.over(clean);
  const stopped = await start('Signs, another seed', poisoned, { seed: 2 });
  await reached(stopped, 0.3);
  await client.call('experiments.stop', stopped);
  await client.over(stopped);
  const careful = await start('Signs, careful', poisoned, {
    preset: 'careful',
    overrides: { naiveEpochs: 6, network: 'small-cnn' },
  });
  await client.over(careful);
  const running = await start('Signs, third seed', poisoned, { seed: 3, tags: ['sample'] });
  await reached(running, 0.6);
  return { sample, poisoned, done, clean, stopped, careful, running };
}

/** The report of the careful run, after an analyst has looked at a dozen of its suspects. */
async function sampleReport(id) {
  const { suspects } = await client.call('experiments.suspects', id, { offset: 0, limit: 12 });
  const marked = suspects.map(({ index }) => index);
  await client.call('experiments.mark', id, marked, 'poison');
  const to = join(ROOT, 'docs', 'sample-report.html');
  await rm(to, { force: true });
  await client.finished(await client.call('experiments.export', id, { what: 'report', to, format: 'html' }));
}

async function reached(id, share) {
  for (;;) {
    const { progress, state } = await client.call('experiments.show', id);
    if (state === 'failed' || (progress?.overall ?? 0) >= share) return;
    await delay(200);
  }
}

async function openIn(theme) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
  });
  return { theme, ...(await openPage(context, host.address)) };
}

async function shoot(page, name, theme, place) {
  await page.evaluate((hash) => (globalThis.location.hash = hash), place);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => !globalThis.document.querySelector('.skeleton'));
  if (name === 'suspects') await page.getByText('ABL model:').first().waitFor();
  await page.waitForTimeout(700);
  const png = await page.screenshot({ animations: 'disabled' });
  const small = sharp(png).png({ palette: true, colours: 128, effort: 10, compressionLevel: 9 });
  await writeFile(join(options.out, `${name}-${theme}.png`), options.full ? png : await small.toBuffer());
}
