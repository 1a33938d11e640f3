import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSetupLock } from './lock.mjs';
import { CACHE, ROOT } from './paths.mjs';
import { say } from './say.mjs';

const OUT = join(ROOT, 'dist', 'renderer');
const STAMP = join(CACHE, 'screens-hash');
/** All that the built screens are made from. */
const SOURCES = ['renderer/**/*.{ts,svelte,css,html,svg,json}', 'shared/**/*.ts', 'package-lock.json'];

/** Builds the screens into dist/renderer, unless what is there was built from exactly these sources. */
export async function ensureScreens() {
  if (isFresh(hashSources())) return;
  await withSetupLock(async () => {
    const hash = hashSources();
    if (isFresh(hash)) return;
    say('building the screens');
    rmSync(STAMP, { force: true });
    const { build } = await import('vite');
    await build({ configFile: join(ROOT, 'renderer', 'vite.config.ts'), logLevel: 'warn' });
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(STAMP, hash);
  });
}

function hashSources() {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: ROOT }).filter((file) => !file.endsWith('.test.ts'));
  for (const file of files.sort()) hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}

function isFresh(hash) {
  try {
    return readFileSync(STAMP, 'utf8') === hash && readFileSync(join(OUT, 'index.html')).length > 0;
  } catch {
    return false;
  }
}
