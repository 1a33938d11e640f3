import { join } from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, expect, test } from 'vitest';

/** The import boundaries of eslint.config.js hold: each forbidden import is caught, each permitted one is not. */
const root = join(import.meta.dirname, '..', '..');
let eslint: ESLint;

beforeAll(() => {
  // The files are made up, so the rules that need TypeScript's knowledge of the project cannot run on them.
  const overrideConfig = {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: false } },
    rules: Object.fromEntries(
      [
        'await-thenable',
        'consistent-type-imports',
        'no-floating-promises',
        'no-misused-promises',
        'switch-exhaustiveness-check',
      ].map((name) => [`@typescript-eslint/${name}`, 'off' as const]),
    ),
  };
  eslint = new ESLint({ cwd: root, overrideConfig });
});

/** Names of the rules that a text breaks, were it in a file of that name. */
async function rulesBroken(file: string, text: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, file) });
  return result!.messages.map(({ ruleId }) => ruleId);
}

const importOf = (specifier: string): string =>
  `import * as other from '${specifier}';\nexport const use = other;\n`;

test.each([
  ['shared/abl/new.ts', '../../electron/history/open.ts'],
  ['shared/new.ts', 'node:fs'],
  ['shared/new.ts', 'path'],
  ['shared/contract/new.ts', 'node:crypto'],
  ['electron/trainer/new.ts', '../history/open.ts'],
  ['electron/trainer/new.ts', '../services/runs.ts'],
  ['electron/engine/native/new.ts', '../../history/open.ts'],
  ['electron/engine/new.ts', '../services/runs.ts'],
  ['electron/engine/new.ts', '../trainer/entry.ts'],
  ['electron/datasets/new.ts', '../services/runs.ts'],
  ['electron/services/new.ts', '../host/cli.ts'],
  ['electron/services/new.ts', '../../renderer/state.ts'],
  ['electron/services/new.ts', 'electron'],
  ['electron/host/new.ts', 'electron/main'],
  ['renderer/new.ts', '../electron/services/runs.ts'],
])('%s must not import %s', async (file, specifier) => {
  expect(await rulesBroken(file, importOf(specifier))).toEqual(['theriac/boundaries']);
});

test.each([
  ['shared/abl/new.ts', '../metrics/accuracy.ts'],
  ['shared/contract/new.ts', 'zod'],
  ['electron/services/new.ts', '../history/open.ts'],
  ['electron/trainer/new.ts', '../engine/index.ts'],
  ['electron/host/new.ts', '../services/runs.ts'],
  ['electron/engine/new.ts', '../../shared/networks/zoo.ts'],
  ['electron/desktop/new.ts', 'electron'],
  ['electron/host/new.ts', 'electron-to-something-else'],
  ['renderer/new.ts', '../shared/contract/results.ts'],
])('%s may import %s', async (file, specifier) => {
  expect(await rulesBroken(file, importOf(specifier))).toEqual([]);
});

test.each([
  ["export { open } from '../history/open.ts';\n"],
  ["export * from '../history/open.ts';\n"],
  ["export const later = () => import('../history/open.ts');\n"],
  ["import type { Open } from '../history/open.ts';\nexport type Use = Open;\n"],
])('every form of import is seen: %s', async (text) => {
  expect(await rulesBroken('electron/trainer/new.ts', text)).toEqual(['theriac/boundaries']);
});

test('shared uses nothing that only Node or a browser has', async () => {
  expect(await rulesBroken('shared/new.ts', 'export const copy = Buffer.from([1]);\n')).toEqual([
    'no-restricted-globals',
  ]);
  expect(await rulesBroken('electron/history/new.ts', 'export const copy = Buffer.from([1]);\n')).toEqual([]);
});
