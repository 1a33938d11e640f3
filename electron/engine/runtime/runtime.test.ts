import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requirementName, requirementsOfExtra } from './cuda.ts';
import { runtimeEnvironment, runtimeStatus } from './index.ts';
import { downloadArguments, downloadWheels, findPip } from './pip.ts';
import { checkRoom } from './room.ts';
import { offlineRemedy } from './source.ts';
import { stockPlan } from './stock.ts';
import { possibleVariants, type Machine } from './variant.ts';
import { tryAddon } from './verify.ts';
import { TENSORFLOW_VERSION } from './versions.ts';

const linux: Machine = { platform: 'linux', arch: 'x64', glibc: '2.36', nvidiaDriver: false };

describe('which engine a machine can have', () => {
  test.each<[string, Partial<Machine>, string[]]>([
    ['Linux', {}, ['cpu', 'cuda']],
    ['Linux with an NVIDIA driver', { nvidiaDriver: true }, ['cuda', 'cpu']],
    ['Linux with the oldest glibc', { glibc: '2.27' }, ['cpu', 'cuda']],
    ['Linux with an older one', { glibc: '2.26' }, []],
    ['Linux without glibc', { glibc: null }, []],
    ['Linux on ARM', { arch: 'arm64' }, ['stock']],
    ['Windows', { platform: 'win32', glibc: null }, ['stock']],
    ['macOS', { platform: 'darwin', arch: 'arm64', glibc: null }, ['stock']],
    ['FreeBSD', { platform: 'freebsd', glibc: null }, []],
  ])('%s', (_name, change, expected) => {
    expect(possibleVariants({ ...linux, ...change })).toEqual(expected);
  });
});

test('the requirements of an extra', () => {
  const requires = [
    'numpy>=1.26.0',
    'nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    "nvidia_nccl.cu12 (<3.0) ; (sys_platform == 'linux') and extra == 'and-cuda'",
    'tensorflow-io-gcs-filesystem>=0.23.1; extra == "gcs-filesystem"',
  ];
  const found = requirementsOfExtra(requires, 'and-cuda');
  expect(found).toEqual(['nvidia-cublas-cu12<13.0,>=12.5.3.2', 'nvidia_nccl.cu12<3.0']);
  expect(found.map(requirementName)).toEqual(['nvidia-cublas-cu12', 'nvidia-nccl-cu12']);
});

test('the stock script runs in the copy and finds its helpers beside the package', () => {
  const modules = join('/', 'app', 'node_modules');
  const plan = stockPlan(
    { ...linux, platform: 'win32', nvidiaDriver: true },
    join(modules, '@tensorflow', 'tfjs-node-gpu'),
    join('/', 'cache', 'addon'),
  );
  expect(plan).toMatchObject({
    command: process.execPath,
    args: [join('scripts', 'install.js'), 'gpu', 'download'],
    cwd: join('/', 'cache', 'addon'),
    env: { NODE_PATH: modules },
  });
  expect(plan.env.PATH).toContain(join(modules, '.bin'));
  expect(stockPlan({ ...linux, arch: 'arm64' }, modules, modules).args[1]).toBe('cpu');
});

describe('pip', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'theriac-pip-'));
    mkdirSync(join(folder, 'into'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A shell script in pip's place. */
  function fakePip(script: string): readonly [string] {
    const path = join(folder, 'pip');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return [path];
  }
  const download = (pip: readonly [string], signal?: AbortSignal) =>
    downloadWheels(
      {
        pip,
        requirements: ['tensorflow-cpu==2.21.0'],
        glibcMinor: 36,
        into: join(folder, 'into'),
        staging: folder,
        size: 10,
      },
      () => undefined,
      signal,
    );
  const DEST =
    'for a in "$@"; do case "$a" in --dest=*) dest="${a#--dest=}";; --python-version=*) python="${a#--python-version=}";; esac; done';

  test('asks for wheels of this platform whatever Python pip runs on', () => {
    const args = downloadArguments(['tensorflow-cpu==2.21.0'], '3.11', 28, '/to');
    expect(args).toEqual(
      expect.arrayContaining([
        '--no-deps',
        '--only-binary=:all:',
        '--python-version=3.11',
        '--platform=manylinux_2_27_x86_64',
        '--platform=manylinux2014_x86_64',
        '--dest=/to',
      ]),
    );
    expect(args).not.toContain('--platform=manylinux_2_29_x86_64');
  });

  test.skipIf(process.platform === 'win32')(
    'tries the next Python where the index has no wheel for one',
    async () => {
      const pip = fakePip(`${DEST}
      if [ "$python" != 3.13 ]; then echo "ERROR: No matching distribution found for it" >&2; exit 1; fi
      echo "$TMPDIR" > "$dest/one-cp313.whl"`);
      expect(await download(pip)).toEqual([join(folder, 'into', 'one-cp313.whl')]);
      expect(readdirSync(join(folder, 'into'))).toEqual(['one-cp313.whl']);
    },
  );

  test.skipIf(process.platform === 'win32')('says in pip’s words why there is none', async () => {
    const pip = fakePip('echo "ERROR: Could not install packages due to an OSError: no space" >&2; exit 1');
    await expect(download(pip)).rejects.toMatchObject({
      code: 'no-engine',
      message: expect.stringContaining('no space'),
    });
  });

  test.skipIf(process.platform === 'win32')('stops pip when cancelled', async () => {
    await expect(download(fakePip('exec sleep 600'), AbortSignal.timeout(50))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test.skipIf(process.platform === 'win32')('finds one that answers, or none', async () => {
    const pip = fakePip('echo "pip 23.2.1 from somewhere"');
    expect(await findPip([[join(folder, 'nowhere')], pip])).toEqual({ pip, version: '23.2.1' });
    expect(await findPip([[join(folder, 'nowhere')]])).toBeNull();
  });
});

test('the way around a missing network names the file and the command', () => {
  const remedy = offlineRemedy('cpu', TENSORFLOW_VERSION);
  expect(remedy).toContain('tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl');
  expect(remedy).toContain('theriac engine install --from FILE');
});

test('a disk with too little room is refused beforehand', async () => {
  await expect(checkRoom(tmpdir(), 1e18)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('GB'),
  });
  await expect(checkRoom(tmpdir(), 1)).resolves.toBeUndefined();
});

test('without a runtime, the environment names none', () => {
  const environment = runtimeEnvironment({
    state: 'missing',
    dir: '/x',
    manifest: null,
    reason: '',
    bundled: false,
  });
  expect(environment).toEqual({
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_ENABLE_ONEDNN_OPTS: '1',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  });
});

test('the installed engine, if there is one, loads', async (context) => {
  const status = await runtimeStatus();
  if (status.state !== 'ready') {
    console.warn(`skipped: the installed engine loads, because: ${status.reason}`);
    return context.skip(status.reason);
  }
  const environment = runtimeEnvironment(status);
  expect(await tryAddon(environment.THERIAC_ADDON!, environment)).toBe(status.manifest!.tensorflow);
});
