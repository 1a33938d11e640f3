import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { withSetupLock } from './lock.mjs';
import { CACHE, ROOT } from './paths.mjs';
import { run } from './run.mjs';
import { fail, say } from './say.mjs';

const DIST = join(ROOT, 'dist');

/** What each part of the build is made of, and what shows that it is there. */
const PARTS = {
  renderer: {
    sources: ['renderer', 'shared', 'package-lock.json', 'tsconfig.json'],
    proof: join(DIST, 'renderer', 'index.html'),
    title: 'the screens',
    build: buildRenderer,
  },
  desktop: {
    sources: ['electron', 'shared', 'package-lock.json', 'scripts/common/build.mjs'],
    proof: join(DIST, 'desktop', 'main.js'),
    title: 'the desktop application',
    build: buildDesktop,
  },
};

/**
 * Builds what is missing or older than its sources, told by their content.
 * @param {...('renderer' | 'desktop')} names
 */
export async function ensureBuilt(...names) {
  for (const name of names) {
    const { sources, proof, title, build } = PARTS[name];
    const stamp = join(CACHE, `built-${name}`);
    const fresh = () => existsSync(proof) && read(stamp) === digest(sources);
    if (fresh()) continue;
    await withSetupLock(async () => {
      if (fresh()) return;
      const state = digest(sources);
      const started = Date.now();
      say(`building ${title}`);
      await build();
      mkdirSync(CACHE, { recursive: true });
      writeFileSync(stamp, state);
      say(
        `${title} built in ${((Date.now() - started) / 1000).toFixed(1)} s: ${relative(ROOT, join(proof, '..'))}`,
      );
    });
  }
}

async function buildRenderer() {
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  const config = join(ROOT, 'renderer', 'vite.config.ts');
  // Its output goes to stderr: stdout belongs to the command that needed the screens.
  const code = await run(process.execPath, [vite, 'build', '--config', config, '--logLevel', 'error'], {
    stdio: ['ignore', 2, 2],
  });
  if (code !== 0) fail('the screens could not be built; the lines above say why');
}

/**
 * Our own sources become a few files; packages stay packages, so that their native parts and licences lie where
 * they belong. The preload is one CommonJS file, because a sandboxed one cannot require another.
 */
async function buildDesktop() {
  const { rolldown } = await import('rolldown');
  const source = (path) => join(ROOT, 'electron', ...path.split('/'));
  const draft = join(DIST, `desktop-${process.pid}`);
  const external = (id) => !id.startsWith('.') && !id.startsWith('\0') && !isAbsolute(id);
  try {
    const program = await rolldown({
      input: {
        main: source('desktop/main.ts'),
        trainer: source('desktop/trainer-entry.ts'),
        helper: source('desktop/helper-entry.ts'),
        pixels: source('trainer/careful/pixel-worker.ts'),
        cli: source('host/cli.ts'),
      },
      platform: 'node',
      external,
      plugins: [processEntries()],
      logLevel: 'warn',
    });
    // Chunks lie beside the entries: paths relative to import.meta.url hold for both.
    await program.write({
      dir: draft,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunk-[hash].js',
      sourcemap: true,
    });
    const preload = await rolldown({
      input: source('desktop/preload.ts'),
      platform: 'node',
      external,
      logLevel: 'warn',
    });
    await preload.write({ file: join(draft, 'preload.cjs'), format: 'cjs', sourcemap: false });
    rmSync(join(DIST, 'desktop'), { recursive: true, force: true });
    renameSync(draft, join(DIST, 'desktop'));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The programs of our other processes and threads are named by the path of their sources; in the build they have names of their own. */
const ENTRIES = new Map([
  ['electron/trainer/process.ts', [["'./entry.ts'", "'./trainer.js'"]]],
  ['electron/services/processes.ts', [["'./helper/entry.ts'", "'./helper.js'"]]],
  ['electron/trainer/careful/beside.ts', [["'./pixel-worker.ts'", "'./pixels.js'"]]],
]);

function processEntries() {
  return {
    name: 'process-entries',
    transform(code, id) {
      const replacements = ENTRIES.get(relative(ROOT, id).split(sep).join('/'));
      if (!replacements) return null;
      let result = code;
      for (const [from, to] of replacements) {
        // A moved file must break the build, not the program that was built.
        if (!result.includes(from) && !result.includes(from.replaceAll("'", '"'))) {
          throw new Error(`${id} does not name ${from} any more`);
        }
        result = result.replaceAll(from, to).replaceAll(from.replaceAll("'", '"'), to);
      }
      // Same lines, nearly the same columns: the present map holds.
      return { code: result, map: null };
    },
  };
}

/** Over names and contents of all files that are not tests. */
function digest(sources) {
  const hash = createHash('sha256');
  for (const path of sources.flatMap((source) => filesOf(join(ROOT, source)))) {
    hash
      .update(`${relative(ROOT, path)}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesOf(path) {
  const entries = listing(path);
  if (!entries) return existsSync(path) ? [path] : [];
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return filesOf(join(path, entry.name));
      return /\.test\.[a-z]+$/.test(entry.name) ? [] : [join(path, entry.name)];
    });
}

function listing(path) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return null;
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
