import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { findCompiler } from './compile.ts';
import {
  CPU_WHEEL,
  GPU_WHEEL,
  fakeLibraries,
  fakeRecipe,
  fakeTensorflow,
  wheelOf,
} from './fixtures/fake-wheels.ts';
import { installRuntime, type InstallOptions } from './install.ts';
import type { RuntimeProgress } from './progress.ts';
import { runtimeEnvironment, runtimeStatus } from './status.ts';
import type { Machine } from './variant.ts';
import { tryAddon } from './verify.ts';
import { LIBRARIES, TENSORFLOW_VERSION, runtimeId, type AddonRecipe } from './versions.ts';

const machine: Machine = { platform: 'linux', arch: 'x64', glibc: '2.36', nvidiaDriver: false };
const canCompile = process.platform === 'linux' && process.arch === 'x64' && (await findCompiler()) !== null;
if (!canCompile) console.warn('skipped: installations, because they need Linux on x86-64 and g++');

describe.skipIf(!canCompile)('installing from local wheels', () => {
  let shared: string;
  let libraries: Record<string, Buffer>;
  let folder: string;
  let recipe: AddonRecipe;
  let wheel: string;

  beforeAll(() => {
    shared = mkdtempSync(join(tmpdir(), 'theriac-libraries-'));
    libraries = fakeLibraries(shared);
  });
  afterAll(() => rmSync(shared, { recursive: true, force: true }));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'theriac runtime é '));
    process.env.THERIAC_RUNTIME_CACHE = join(folder, 'cache');
    delete process.env.THERIAC_BUNDLED_RUNTIME;
    recipe = fakeRecipe(join(folder, 'package'));
    wheel = join(folder, CPU_WHEEL);
    writeFileSync(wheel, wheelOf({ name: 'tensorflow-cpu', members: fakeTensorflow(libraries) }));
  });
  afterEach(() => {
    delete process.env.THERIAC_RUNTIME_CACHE;
    delete process.env.THERIAC_BUNDLED_RUNTIME;
    rmSync(folder, { recursive: true, force: true });
  });

  const root = (): string => join(folder, 'cache', 'runtime');
  const install = (options: InstallOptions = {}, context = { machine, recipe }) =>
    installRuntime({ from: wheel, ...options }, context);
  /** The error of an installation that must fail; afterwards there must be no half installation. */
  async function failure(options: InstallOptions = {}, context?: Parameters<typeof install>[1]) {
    const error: unknown = await install(options, context).then(
      () => 'it succeeded',
      (reason) => reason as unknown,
    );
    expect(error).toBeInstanceOf(ExpectedError);
    const left = existsSync(root()) ? readdirSync(root()) : [];
    expect(left.filter((name) => !['install.lock', 'compile.log', 'downloads'].includes(name))).toEqual([]);
    return error as ExpectedError;
  }

  test('makes a runtime whose addon loads, and says what it did', async () => {
    const progress: RuntimeProgress[] = [];
    const status = await install({ onProgress: (report) => progress.push(report) });
    expect(status).toMatchObject({
      state: 'ready',
      bundled: false,
      dir: join(root(), runtimeId('cpu', recipe)),
    });
    expect(readdirSync(status.dir).sort()).toEqual(['NOTICE', 'addon', 'lib', 'manifest.json']);
    expect(readdirSync(join(status.dir, 'lib')).sort()).toEqual([...LIBRARIES].sort());
    const environment = runtimeEnvironment(status);
    expect(environment).toMatchObject({ THERIAC_RUNTIME: status.dir, TF_ENABLE_ONEDNN_OPTS: '1' });
    expect(await tryAddon(environment.THERIAC_ADDON!, environment)).toBe(TENSORFLOW_VERSION);
    expect(readFileSync(join(status.dir, 'NOTICE'), 'utf8')).toContain('licences of others');
    expect(status.manifest).toMatchObject({ variant: 'cpu', tensorflow: TENSORFLOW_VERSION });
    expect(status.manifest!.origin).toEqual([
      { name: CPU_WHEEL, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect([...new Set(progress.map(({ phase }) => phase))]).toEqual([
      'check',
      'unpack',
      'compile',
      'verify',
    ]);
    const last = progress.findLast(({ phase }) => phase === 'unpack')!;
    expect(last.done).toBe(last.total);
    expect(await runtimeStatus({ recipe, variant: 'cpu', verify: true })).toMatchObject({ state: 'ready' });
  });

  test('a missing or changed file is found, and installing again repairs it', async () => {
    const { dir } = await install();
    const library = join(dir, 'lib', LIBRARIES[0]);
    rmSync(library);
    expect(await runtimeStatus({ recipe, variant: 'cpu' })).toMatchObject({
      state: 'damaged',
      reason: expect.stringContaining(`${LIBRARIES[0]} is missing`),
    });
    expect(await install()).toMatchObject({ state: 'ready' });

    // Same size, same time: only reading finds it.
    const { mtime, size } = (await runtimeStatus({ recipe, variant: 'cpu' })).manifest!.files.find(
      ({ path }) => path === `lib/${LIBRARIES[0]}`,
    )!;
    writeFileSync(library, Buffer.alloc(size));
    utimesSync(library, mtime / 1000, mtime / 1000);
    expect(await runtimeStatus({ recipe, variant: 'cpu', verify: true })).toMatchObject({
      state: 'damaged',
      reason: expect.stringContaining('has been changed'),
    });
    expect(await install()).toMatchObject({ state: 'ready' });
    expect(readFileSync(library)).toEqual(libraries[`tensorflow/${LIBRARIES[0]}`]);
  });

  test('a copied cache, with other times, is read once and then known again', async () => {
    const { dir } = await install();
    const library = join(dir, 'lib', LIBRARIES[1]);
    utimesSync(library, 1, 1);
    const status = await runtimeStatus({ recipe, variant: 'cpu' });
    expect(status.state).toBe('ready');
    expect(status.manifest!.files.find(({ path }) => path === `lib/${LIBRARIES[1]}`)!.mtime).toBe(1000);
  });

  test('a manifest that is cut or points elsewhere is damage, not a crash', async () => {
    const { dir } = await install();
    const path = join(dir, 'manifest.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, 100));
    expect(await runtimeStatus({ recipe, variant: 'cpu' })).toMatchObject({ state: 'damaged' });
    writeFileSync(path, text.replace('"addon/tfjs_binding.node"', '"../../elsewhere.node"'));
    expect(await runtimeStatus({ recipe, variant: 'cpu' })).toMatchObject({ state: 'damaged' });
  });

  test('other sources of the addon make another runtime', async () => {
    const other = fakeRecipe(
      join(folder, 'other'),
      '// changed\n' + readFileSync(join(recipe.root, 'binding', 'addon.cc'), 'utf8'),
    );
    await install();
    expect(await runtimeStatus({ recipe: other, variant: 'cpu' })).toMatchObject({ state: 'missing' });
  });

  test('a bundled runtime goes before the cache; a damaged one is reported if there is no other', async () => {
    const { dir } = await install();
    process.env.THERIAC_BUNDLED_RUNTIME = dir;
    process.env.THERIAC_RUNTIME_CACHE = join(folder, 'empty');
    expect(await runtimeStatus()).toMatchObject({ state: 'ready', bundled: true, dir });
    rmSync(join(dir, 'addon'), { recursive: true });
    expect(await runtimeStatus()).toMatchObject({ state: 'damaged', bundled: true });
  });

  test('what is left of a process that died is removed', async () => {
    const leftover = join(root(), `${runtimeId('cpu', recipe)}.staging-999999`);
    mkdirSync(leftover, { recursive: true });
    writeFileSync(join(leftover, 'half'), 'x');
    await install();
    expect(existsSync(leftover)).toBe(false);
  });

  test('two installations at once: one waits and then finds it ready', async () => {
    const notes: [string[], string[]] = [[], []];
    const [first, second] = await Promise.all([
      install({ onProgress: ({ note }) => notes[0].push(note) }),
      install({ onProgress: ({ note }) => notes[1].push(note) }),
    ]);
    expect(second.manifest).toEqual(first.manifest);
    const waiting = 'waiting: another process is installing';
    expect(notes).toContainEqual([waiting]);
    expect(notes.flat().filter((note) => note === waiting)).toHaveLength(1);
  });

  test('the lock of a process that was killed is free', async () => {
    mkdirSync(root(), { recursive: true });
    const holder = join(folder, 'holder.mjs');
    const lock = new URL('./lock.ts', import.meta.url).href;
    writeFileSync(
      holder,
      `import { withInstallLock } from '${lock}';
       await withInstallLock(process.argv[2], undefined, () => {}, () => new Promise(() => {
         process.send('held');
         setInterval(() => {}, 1000);
       }));`,
    );
    const child: ChildProcess = fork(holder, [root()], { execArgv: [] });
    await once(child, 'message');
    let waited = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (waited = resolve));
    const installing = install({ onProgress: ({ note }) => note.startsWith('waiting') && waited() });
    await waiting;
    child.kill('SIGKILL');
    expect(await installing).toMatchObject({ state: 'ready' });
  });

  test.each(['check', 'unpack', 'compile', 'verify'] as const)(
    'cancelled while it does "%s"',
    async (phase) => {
      const stop = new AbortController();
      const onProgress = (report: RuntimeProgress): void => {
        if (report.phase === phase) stop.abort();
      };
      expect(await failure({ signal: stop.signal, onProgress })).toMatchObject({ code: 'cancelled' });
      expect(await install()).toMatchObject({ state: 'ready' });
    },
  );

  test('a compile error is shown, and the whole output kept', async () => {
    const broken = fakeRecipe(join(folder, 'broken'), 'int main( { return undeclared_thing; }\n');
    const error = await failure({}, { machine, recipe: broken });
    expect(error).toMatchObject({ code: 'no-engine', remedy: expect.stringContaining('compile.log') });
    expect(error.message).toMatch(/addon\.cc:1.*error/);
    expect(readFileSync(join(root(), 'compile.log'), 'utf8')).toContain('addon.cc');
  });

  test('no compiler: says how to get one', async () => {
    process.env.CXX = join(folder, 'no-such-compiler');
    try {
      expect(await failure()).toMatchObject({
        code: 'no-engine',
        remedy: expect.stringContaining('apt install g++'),
      });
    } finally {
      delete process.env.CXX;
    }
  });

  test('an addon that does not load is not installed', async () => {
    const source = readFileSync(join(recipe.root, 'binding', 'addon.cc'), 'utf8');
    const crashing = fakeRecipe(
      join(folder, 'crashing'),
      source.replace('napi_value version;', 'napi_value version; __builtin_trap();'),
    );
    expect((await failure({}, { machine, recipe: crashing })).message).toMatch(/does not load/);
  });

  describe('a file that is not the right one', () => {
    const members = (): Record<string, Buffer | string> => fakeTensorflow(libraries);

    test.each<[string, () => [name: string, bytes: Buffer], RegExp]>([
      [
        'a cut file',
        () => [CPU_WHEEL, readFileSync(wheel).subarray(0, 5000)],
        /not a wheel \(zip\) file, or its end is missing/,
      ],
      ['a text', () => [CPU_WHEEL, Buffer.from('Not found')], /not a wheel \(zip\) file/],
      ['nothing', () => [CPU_WHEEL, Buffer.alloc(0)], /not a wheel \(zip\) file/],
      [
        'another package',
        () => [CPU_WHEEL, wheelOf({ name: 'numpy', members: { 'a.py': '' } })],
        /holds numpy/,
      ],
      [
        'another version',
        () => [CPU_WHEEL, wheelOf({ name: 'tensorflow-cpu', version: '2.9.1', members: members() })],
        /version 2\.9\.1, and 2\.21\.0 is needed/,
      ],
      [
        'another platform',
        () => [
          CPU_WHEEL.replace('manylinux_2_27_x86_64', 'win_amd64'),
          wheelOf({ name: 'tensorflow-cpu', members: members() }),
        ],
        /not for Linux on x86-64/,
      ],
      [
        'no headers',
        () => [CPU_WHEEL, wheelOf({ name: 'tensorflow-cpu', members: libraries })],
        /has no tensorflow\/include\/tensorflow\/c\/c_api\.h/,
      ],
      [
        'a damaged library',
        () => [
          CPU_WHEEL,
          wheelOf({ name: 'tensorflow-cpu', members: members(), wrongHash: [`tensorflow/${LIBRARIES[0]}`] }),
        ],
        /libtensorflow_cc\.so\.2 in it is damaged/,
      ],
      [
        'a path upwards',
        () => [
          CPU_WHEEL,
          wheelOf({
            name: 'tensorflow-cpu',
            members: { ...members(), 'tensorflow/include/tsl/../../../../../evil.h': 'x' },
          }),
        ],
        /cannot be read|invalid/,
      ],
      [
        'the GPU build alone',
        () => [
          GPU_WHEEL,
          wheelOf({
            name: 'tensorflow',
            members: members(),
            requires: ['nvidia-cublas-cu12; extra == "and-cuda"'],
          }),
        ],
        /needs these wheels in the same folder: nvidia-cublas-cu12/,
      ],
    ])('%s', async (_what, make, reason) => {
      const [name, bytes] = make();
      const from = join(folder, 'given', name);
      mkdirSync(join(folder, 'given'));
      writeFileSync(from, bytes);
      const error = await failure({ from });
      expect(error.code).toBe('bad-input');
      expect(error.message).toContain(from);
      expect(error.message).toMatch(reason);
      expect(existsSync(join(tmpdir(), 'evil.h'))).toBe(false);
    });

    test('no file at all', async () => {
      expect((await failure({ from: join(folder, 'nowhere.whl') })).message).toMatch(/there is no such file/);
    });
  });

  test('CUDA: NVIDIA wheels lie beside the library and on the library path', async () => {
    const given = join(folder, 'wheels');
    mkdirSync(given);
    const requires = [
      'numpy>=1',
      'nvidia-cublas-cu12<13.0,>=12.5; extra == "and-cuda"',
      'nvidia-cuda-nvcc-cu12; extra == "and-cuda"',
    ];
    writeFileSync(
      join(given, GPU_WHEEL),
      wheelOf({ name: 'tensorflow', requires, members: fakeTensorflow(libraries) }),
    );
    writeFileSync(
      join(given, 'nvidia_cublas_cu12-12.9.1-py3-none-manylinux_2_27_x86_64.whl'),
      wheelOf({
        name: 'nvidia-cublas-cu12',
        version: '12.9.1',
        members: {
          'nvidia/cublas/lib/libcublas.so.12': 'library',
          'nvidia/cublas/include/cublas.h': 'header',
        },
      }),
    );
    writeFileSync(
      join(given, 'nvidia_cuda_nvcc_cu12-12.9.1-py3-none-manylinux_2_27_x86_64.whl'),
      wheelOf({
        name: 'nvidia-cuda-nvcc-cu12',
        version: '12.9.1',
        members: { 'nvidia/cuda_nvcc/bin/ptxas': '#!/bin/sh\n' },
      }),
    );
    const status = await install({ from: given }, { machine: { ...machine, nvidiaDriver: true }, recipe });
    expect(status.manifest).toMatchObject({ variant: 'cuda', libraryPath: ['lib/nvidia/cublas/lib'] });
    expect(status.manifest!.origin).toHaveLength(3);
    expect(readFileSync(join(status.dir, 'lib/nvidia/cublas/lib/libcublas.so.12'), 'utf8')).toBe('library');
    expect(existsSync(join(status.dir, 'lib/nvidia/cuda_nvcc/bin/ptxas'))).toBe(true);
    expect(existsSync(join(status.dir, 'lib/nvidia/cublas/include'))).toBe(false);
    expect(runtimeEnvironment(status).LD_LIBRARY_PATH!.split(':')[0]).toBe(
      join(status.dir, 'lib/nvidia/cublas/lib'),
    );
  });
});
