import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { extractAll, extractFile, listPackage } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUNDLE_EXTENSION } from '../../electron/exports/bundle/format.ts';
import type { ExperimentDetail } from '../../shared/contract/api.ts';
import { Desktop, noBrowser, ROOT } from '../desktop/harness.ts';

/** Of what is ours to decide; Electron itself and the engine come on top. */
const MAX_MEGABYTES = 80;

let folder: string;
let resources: string;
let packed: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-package-'));
  const script = join(ROOT, 'scripts', 'package.mjs');
  await promisify(execFile)(process.execPath, [script, '--dir', '--no-runtime', `--output=${folder}`]);
  resources = join(folder, 'linux-unpacked', 'resources');
  packed = listPackage(join(resources, 'app.asar'), { isPack: false }).map((path) =>
    path.replaceAll('\\', '/'),
  );
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function files(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

// Other systems lay their folders out differently; their layout follows from the same list.
describe.skipIf(process.platform !== 'linux')('the packed folder', () => {
  test('holds what the application consists of', () => {
    for (const path of [
      '/package.json',
      '/dist/desktop/main.js',
      '/dist/desktop/preload.cjs',
      '/dist/desktop/trainer.js',
      '/dist/desktop/helper.js',
      '/dist/desktop/cli.js',
      '/dist/desktop/pixels.js',
      '/dist/renderer/index.html',
      '/node_modules/better-sqlite3/package.json',
      '/node_modules/sharp/package.json',
      '/node_modules/zod/package.json',
      '/node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
    ]) {
      expect(packed, path).toContain(path);
    }
    expect(existsSync(join(resources, 'LICENSE'))).toBe(true);
    const { main } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { main: string };
    expect(packed).toContain(`/${main}`);
  });

  test('holds nothing else', () => {
    const strangers = packed.filter((path) =>
      /^\/(electron|shared|renderer|tests|scripts|\.cache|\.git|coverage)(\/|$)|\.map$|\.tsx?$|\.test\.|\.svelte$|\.log$/.test(
        path,
      ),
    );
    expect(strangers).toEqual([]);
    const tools = [
      'electron',
      'vite',
      'vitest',
      'svelte',
      'typescript',
      'eslint',
      'playwright-core',
      'rolldown',
    ];
    for (const tool of tools) expect(packed, tool).not.toContain(`/node_modules/${tool}/package.json`);
  });

  test('has native parts outside the archive, and of this platform only', () => {
    const unpacked = files(join(resources, 'app.asar.unpacked'));
    const native = unpacked.filter((path) => /\.(node|so[.\d]*)$/.test(path));
    expect(native.some((path) => path.includes('better-sqlite3/prebuilds/'))).toBe(true);
    expect(native.some((path) => path.includes('/@img/sharp-'))).toBe(true);
    const here = `${process.platform}-${process.arch}`;
    for (const path of native) expect(path).toContain(here);
    const foreign = packed.filter((path) =>
      /(darwin|win32|linuxmusl|linux-arm|android|freebsd)[\w-]*\.(node|bare)$/.test(path),
    );
    expect(foreign).toEqual([]);
    expect(packed.filter((path) => /\/better-sqlite3\/(deps|src)\//.test(path))).toEqual([]);
  });

  test('is small', () => {
    const bytes = files(resources).reduce((sum, path) => sum + statSync(join(resources, path)).size, 0);
    expect(bytes / 1e6).toBeLessThan(MAX_MEGABYTES);
  });

  test('holds all that the thread for pixels needs', { timeout: 60_000 }, async () => {
    const app = join(folder, 'thread');
    mkdirSync(join(app, 'dist', 'desktop'), { recursive: true });
    for (const path of packed.filter((one) => one.startsWith('/dist/desktop/')))
      writeFileSync(join(app, path), extractFile(join(resources, 'app.asar'), path.slice(1)));
    writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
    // 40 images of two classes, of 8 x 8 pixels; results come as they do from its source.
    const pixels = new Uint8Array(new SharedArrayBuffer(40 * 64)).map(
      (_, p) => (p * 37 + (p >> 6) * 11) % 256,
    );
    const shape = { count: 40, height: 8, width: 8, channels: 1, perPiece: 40, pieces: [pixels] };
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 2);
    const examples = Int32Array.from({ length: 40 }, (_, i) => i);
    const stopped = new Int32Array(new SharedArrayBuffer(8));
    const workerData = { images: { ...shape, labels }, stopped, classes: 2, examples, seed: 1 };
    const worker = new Worker(join(app, 'dist', 'desktop', 'pixels.js'), { workerData });
    const parts: string[] = [];
    worker.on('message', ({ part }: { part: string }) => parts.push(part));
    await new Promise<void>((resolve, reject) => worker.on('error', reject).on('exit', () => resolve()));
    expect(parts).toEqual(['stamps', 'seeds', 'apart 0', 'apart 1']);
  });

  test.skipIf(noBrowser)('starts, draws the sample, trains and answers', { timeout: 600_000 }, async () => {
    // As Electron reads it: the archive, and what lies outside it in the same places.
    const app = join(folder, 'app');
    extractAll(join(resources, 'app.asar'), app);
    cpSync(join(resources, 'app.asar.unpacked'), app, { recursive: true });
    const desktop = await Desktop.start({
      dataFolder: join(folder, 'data'),
      main: join(app, 'dist', 'desktop', 'main.js'),
      packaged: true,
      args: [],
      environment: { DOUBLE_RESOURCES: resources },
    });
    try {
      const drawn = await desktop.listen<{ datasetId: string; error: unknown }>(
        'task',
        `value.state !== 'running'`,
      );
      await desktop.call('datasets.sample');
      const { datasetId, error } = await drawn();
      expect(error).toBeNull();
      const ended = await desktop.listen('experiment', `!['queued', 'running'].includes(value.state)`);
      // The fallback engine, whose WebAssembly must be found in the package; a few steps of it.
      const { id } = await desktop.call<{ id: string }>('experiments.start', {
        datasetId,
        preset: 'quick',
        overrides: { trainLimit: 64, naiveEpochs: 1, reestimateImages: 0 },
        methods: ['naive'],
        engine: 'wasm',
        seed: 1,
      });
      await ended();
      const { state, engine, error: failure } = await desktop.call<ExperimentDetail>('experiments.show', id);
      expect({ state, failure, kind: engine?.kind }).toEqual({ state: 'done', failure: null, kind: 'wasm' });
      expect(desktop.complaints).toEqual([]);
    } finally {
      await desktop.close();
    }
  });
});

test('bundles belong to the application', () => {
  const config = readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8');
  expect(config).toMatch(new RegExp(`^  - ext: ${BUNDLE_EXTENSION}$`, 'm'));
  // Without a type of its own Linux cannot tell a bundle from any other zip file.
  expect(config).toMatch(/^ {4}mimeType: application\/x-theriac-experiment$/m);
});

test('the switches in Electron’s own program are set', () => {
  const config = readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8');
  const fuse = (name: string) => new RegExp(`^  ${name}: (true|false)$`, 'm').exec(config)?.[1];
  expect({
    runAsNode: fuse('runAsNode'),
    nodeOptions: fuse('enableNodeOptionsEnvironmentVariable'),
    inspect: fuse('enableNodeCliInspectArguments'),
    integrity: fuse('enableEmbeddedAsarIntegrityValidation'),
    onlyAsar: fuse('onlyLoadAppFromAsar'),
    fileProtocol: fuse('grantFileProtocolExtraPrivileges'),
  }).toEqual({
    runAsNode: 'false',
    nodeOptions: 'false',
    inspect: 'false',
    integrity: 'true',
    onlyAsar: 'true',
    fileProtocol: 'false',
  });
  expect(config).toMatch(/^publish: null$/m);
  expect(config).toMatch(/^npmRebuild: false$/m);
  expect(config).not.toMatch(/no-sandbox/);
});
