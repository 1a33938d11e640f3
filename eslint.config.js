import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import { boundaries } from './scripts/common/boundaries.mjs';

/** Which folder may import what; CONTRIBUTING.md, "The house", says why. */
const BOUNDARIES = [
  {
    folders: ['shared'],
    neverFolders: ['electron', 'renderer'],
    because: 'shared/ stands below everything else.',
  },
  {
    folders: ['shared'],
    neverNode: true,
    because: 'shared/ runs in every process, also in a browser.',
  },
  {
    folders: ['renderer'],
    neverFolders: ['electron'],
    because: 'The screens know the application only through shared/.',
  },
  {
    folders: ['electron'],
    neverFolders: ['renderer'],
    because: 'The screens stand above everything else.',
  },
  {
    folders: ['electron', 'shared', 'renderer'],
    except: ['electron/desktop'],
    neverPackages: ['electron'],
    because: 'Only electron/desktop imports electron.',
  },
  {
    folders: ['electron/trainer', 'electron/engine'],
    neverFolders: [
      'electron/history',
      'electron/exports',
      'electron/services',
      'electron/host',
      'electron/desktop',
    ],
    because: 'What trains never touches the history: it speaks the protocol of shared/contract.',
  },
  {
    folders: ['electron/engine'],
    neverFolders: ['electron/trainer', 'electron/datasets'],
    because: 'The engine trains networks and knows of no experiment.',
  },
  {
    folders: ['electron/datasets', 'electron/analysis', 'electron/history'],
    neverFolders: ['electron/exports', 'electron/services', 'electron/host', 'electron/desktop'],
    because: 'Exports and services stand above this folder.',
  },
  {
    folders: ['electron/exports'],
    neverFolders: ['electron/services', 'electron/host', 'electron/desktop'],
    because: 'Services stand above this folder.',
  },
  {
    folders: ['electron/services'],
    neverFolders: ['electron/host', 'electron/desktop'],
    because: 'Hosts stand above the services.',
  },
];

/** What Node or a browser has and plain JavaScript has not. */
const NOT_IN_SHARED = [
  'Buffer',
  'process',
  'global',
  'require',
  'setImmediate',
  'window',
  'document',
  'navigator',
];

/** What the scripts use of Node without importing it. */
const NODE_GLOBALS = [
  'Buffer',
  'process',
  'console',
  'URL',
  'AbortController',
  'setInterval',
  'clearInterval',
];

export default defineConfig([
  globalIgnores(['node_modules/', '.cache/', 'dist/', 'coverage/']),
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['renderer/*.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['**/*.{ts,js,mjs}'],
    plugins: { theriac: { rules: { boundaries } } },
    rules: {
      // Names from files are checked for control characters on purpose.
      'no-control-regex': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'theriac/boundaries': ['error', BOUNDARIES],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      // svelte-check knows the types and the browser's globals.
      'no-undef': 'off',
      // Places are written as #/…: there is no router library that could resolve them.
      'svelte/no-navigation-without-resolve': 'off',
      // Collections are replaced, never changed in place.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['shared/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', ...NOT_IN_SHARED],
    },
  },
  {
    files: ['scripts/**/*.mjs', '*.js'],
    languageOptions: {
      globals: Object.fromEntries(NODE_GLOBALS.map((name) => [name, 'readonly'])),
    },
  },
]);
