import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, expect, test } from 'vitest';

/** The import boundaries of eslint.config.js hold: each forbidden import is caught, each permitted one is not. */
const root = join(import.meta.dirname, '..', '..');
let eslint: ESLint;

beforeAll(() => {
  eslint = new ESLint({ cwd: root });
});

/** The first source file in or below a folder, as a path from the root with forward slashes. */
function someFile(folder: string): string {
  const [name] = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort();
  if (!name) throw new Error(`no source file in ${folder}`);
  return `${folder}/${name.replaceAll('\\', '/')}`;
}

/** Names of the rules that an import of `specifier` breaks, were it written in `file`. */
async function rulesBroken(file: string, specifier: string): Promise<(string | null)[]> {
  const text = `import * as other from '${specifier}';\nexport const use = other;\n`;
  const [result] = await eslint.lintText(text, { filePath: join(root, file) });
  return result!.messages.map(({ ruleId }) => ruleId);
}

const relative = (from: string, to: string): string => '../'.repeat(from.split('/').length - 1) + to;

test.each([
  ['shared', 'electron/history'],
  ['shared', 'electron/engine'],
  ['electron/trainer', 'electron/history'],
  ['electron/trainer', 'electron/services'],
  ['electron/engine', 'electron/history'],
  ['electron/engine', 'electron/services'],
  ['electron/services', 'electron/host'],
])('%s may not import %s', async (from, to) => {
  const file = someFile(from);
  expect(await rulesBroken(file, relative(file, someFile(to)))).toContain('import-x/no-restricted-paths');
});

test.each([
  ['electron/services', 'electron/history'],
  ['electron/trainer', 'electron/engine'],
  ['electron/host', 'electron/services'],
  ['electron/engine', 'shared/contract'],
])('%s may import %s', async (from, to) => {
  const file = someFile(from);
  expect(await rulesBroken(file, relative(file, someFile(to)))).toEqual([]);
});

test('shared imports no Node module and uses no Node global', async () => {
  const file = someFile('shared/contract');
  expect(await rulesBroken(file, 'node:fs')).toEqual(['import-x/no-nodejs-modules']);
  expect(await rulesBroken(file, 'path')).toEqual(['import-x/no-nodejs-modules']);
  const [result] = await eslint.lintText('export const copy = Buffer.from([1]);\n', {
    filePath: join(root, file),
  });
  expect(result!.messages.map(({ ruleId }) => ruleId)).toEqual(['no-restricted-globals']);
});

test('electron itself is imported by no folder but electron/desktop', async () => {
  expect(await rulesBroken(someFile('electron/history'), 'electron')).toEqual(['no-restricted-imports']);
});
