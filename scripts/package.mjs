/**
 * `npm run package`: installers for this machine's system, from a fresh build. `npm run package:dir` (--dir) lays out
 * the folder that they would install. Where Electron's own files cannot be fetched, --dir uses stand-ins for them: the
 * result shows and tests what is packed, but does not start.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './common/build.mjs';
import { ensureDependencies } from './common/dependencies.mjs';
import { electronFolder } from './common/electron.mjs';
import { ensureNode24 } from './common/node24.mjs';
import { CACHE, ROOT } from './common/paths.mjs';
import { fail, say } from './common/say.mjs';

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
await ensureBuilt('renderer', 'desktop');

const dir = process.argv.includes('--dir');
// The layout can be checked without the engine's hundreds of megabytes.
const withRuntime = !process.argv.includes('--no-runtime');
const output = process.argv.find((argument) => argument.startsWith('--output='))?.slice('--output='.length);
const runtime = join(ROOT, 'dist', 'package-runtime');

const stub = dir && !electronFolder() && process.env.THERIAC_REAL_ELECTRON !== '1';
await stageRuntime();
process.env.ELECTRON_BUILDER_DISABLE_BUILD_CACHE ??= 'true';
const { build } = await import('electron-builder');
try {
  await build({
    dir,
    publish: 'never',
    config: {
      extends: join(ROOT, 'electron-builder.yml'),
      ...(output ? { directories: { output } } : {}),
      // Fuses are switches in Electron's own program, which a stand-in does not have.
      ...(stub ? { electronDist: standIn(), electronFuses: null } : {}),
    },
  });
} catch (error) {
  fail(`packaging failed: ${error instanceof Error ? error.message : String(error)}`);
}
if (stub)
  say('Electron’s files could not be had here: the folder holds everything but a program that starts.');
say(`packaged into ${relative(ROOT, output ?? join(ROOT, 'dist', 'package'))}`);

/** Lays the native engine where electron-builder.yml takes it from, if it is installed on this machine. */
async function stageRuntime() {
  rmSync(runtime, { recursive: true, force: true });
  mkdirSync(runtime, { recursive: true });
  const { runtimeStatus } = await import('../electron/engine/runtime/index.ts');
  const status = await runtimeStatus();
  if (!withRuntime || status.state !== 'ready') {
    const why = withRuntime ? status.reason : 'It was not asked for.';
    return say(`the package comes without the native engine: ${why}`);
  }
  cpSync(status.dir, runtime, { recursive: true, verbatimSymlinks: true });
  say(`the package brings along ${status.manifest.variant} TensorFlow ${status.manifest.tensorflow}`);
}

/** A folder that looks like an unpacked Electron to electron-builder. */
function standIn() {
  const folder = join(CACHE, 'electron-stand-in');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'locales'), { recursive: true });
  mkdirSync(join(folder, 'resources'), { recursive: true });
  const { version } = JSON.parse(
    readFileSync(join(ROOT, 'node_modules', 'electron', 'package.json'), 'utf8'),
  );
  const program = join(folder, process.platform === 'win32' ? 'electron.exe' : 'electron');
  writeFileSync(
    program,
    '#!/bin/sh\necho "This is a stand-in for Electron, made to test packaging." >&2\nexit 1\n',
  );
  chmodSync(program, 0o755);
  writeFileSync(join(folder, 'version'), version);
  writeFileSync(join(folder, 'locales', 'en-US.pak'), '');
  const licence = join(ROOT, 'node_modules', 'electron', 'LICENSE');
  writeFileSync(join(folder, 'LICENSE'), existsSync(licence) ? readFileSync(licence) : '');
  writeFileSync(join(folder, 'LICENSES.chromium.html'), '');
  return folder;
}
