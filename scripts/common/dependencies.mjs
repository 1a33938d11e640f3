import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSetupLock } from './lock.mjs';
import { ROOT } from './paths.mjs';
import { runNpm } from './run.mjs';
import { fail, say, withHeartbeat } from './say.mjs';

const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.theriac-lock-hash');

/** Installs the packages of package-lock.json if what is installed is not exactly that. */
export async function ensureDependencies() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n${lock}`).digest('hex');
  if (read(STAMP) === hash) return;
  await withSetupLock(async () => {
    if (read(STAMP) === hash) return;
    if (!matchesLock(JSON.parse(lock))) {
      say('installing the npm packages into node_modules (about 240 MB to download, once)');
      const started = Date.now();
      const code = await withHeartbeat('installing npm packages', () => runNpm(['ci', '--progress=true']));
      if (code !== 0) fail('the npm packages could not be installed; npm says why above');
      say(`npm packages installed in ${Math.round((Date.now() - started) / 1000)} s`);
    }
    try {
      writeFileSync(STAMP, hash);
    } catch (error) {
      say(`${STAMP} cannot be written (${error.message}); the packages will be compared again next time`);
    }
  });
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Whether npm's own record of what it installed agrees with package-lock.json (somebody ran npm install). */
function matchesLock(lock) {
  const text = read(join(MODULES, '.package-lock.json'));
  if (text === null) return false;
  const installed = JSON.parse(text).packages;
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '');
  return (
    wanted.every(
      ([path, { version, optional }]) =>
        installed[path]?.version === version || (optional && !installed[path]),
    ) && Object.keys(installed).every((path) => path in lock.packages)
  );
}
