/**
 * `npm test`: sets up what is missing, then lint, formatting, types and tests. All are run even if one fails; the
 * last line counts the tests, and the exit code is 0 only if everything passed.
 * `npm test -- PATH …` runs only those tests.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './common/dependencies.mjs';
import { ensureEngine } from './common/engine.mjs';
import { ensureNode24 } from './common/node24.mjs';
import { CACHE, ROOT } from './common/paths.mjs';
import { run } from './common/run.mjs';
import { say } from './common/say.mjs';

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
await ensureEngine();

const tool = (path, ...args) => run(process.execPath, [join(ROOT, 'node_modules', path), ...args]);
const wanted = process.argv.slice(2);
const failures = [];

if (wanted.length === 0) {
  const checks = [
    ['lint', () => tool('eslint/bin/eslint.js', '.')],
    ['formatting', () => tool('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.')],
    ['types', () => tool('typescript/bin/tsc', '--noEmit')],
    ['types of the browser walks', () => tool('typescript/bin/tsc', '--noEmit', '-p', 'tests/e2e')],
    [
      'screens',
      () =>
        tool('svelte-check/bin/svelte-check', '--tsconfig', 'renderer/tsconfig.json', '--fail-on-warnings'),
    ],
  ];
  for (const [name, check] of checks) {
    say(`checking ${name}`);
    if ((await check()) !== 0) failures.push(name);
  }
}

const results = join(CACHE, 'test-results.json');
rmSync(results, { force: true });
say('running the tests');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const code = await tool('vitest/vitest.mjs', 'run', ...reporters, ...wanted);
if (code !== 0) failures.push('tests');

say(failures.length === 0 ? 'everything passed' : `failed: ${failures.join(', ')}`);
try {
  const counts = JSON.parse(readFileSync(results, 'utf8'));
  const skipped = counts.numPendingTests + counts.numTodoTests;
  console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${skipped} skipped`);
} catch {
  console.log('the tests did not run to their end');
}
process.exitCode = failures.length === 0 ? 0 : code >= 128 ? code : 1;
