import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * Which folder may import what. Data flows one way; a rule here is a decision of CONTRIBUTING.md, "The house".
 * `except` lists what is allowed inside a forbidden folder.
 */
const BOUNDARIES = [
  {
    target: './shared',
    from: ['./electron', './renderer'],
    message: 'shared/ stands below everything else.',
  },
  {
    target: './renderer',
    from: './electron',
    message: 'The screens know the application only through shared/.',
  },
  { target: './electron', from: './renderer', message: 'The screens stand above everything else.' },
  {
    target: './electron/trainer',
    from: ['./electron/history', './electron/services', './electron/host', './electron/desktop'],
    message: 'The trainer never touches the history: it speaks the protocol of shared/contract.',
  },
  {
    target: './electron/engine',
    from: [
      './electron/history',
      './electron/services',
      './electron/host',
      './electron/trainer',
      './electron/desktop',
    ],
    message: 'The engine only trains networks; it knows of no experiment.',
  },
  {
    target: ['./electron/datasets', './electron/analysis', './electron/history'],
    from: ['./electron/services', './electron/host', './electron/desktop'],
    message: 'Services stand above this folder.',
  },
  {
    target: './electron/services',
    from: ['./electron/host', './electron/desktop'],
    message: 'Hosts stand above the services.',
  },
];

const electronOnlyInDesktop = {
  name: 'electron',
  message: 'Only electron/desktop imports electron.',
};

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
const NODE_GLOBALS = ['process', 'console', 'URL', 'AbortController', 'setInterval', 'clearInterval'];

export default defineConfig([
  globalIgnores(['node_modules/', '.cache/', 'dist/', 'coverage/']),
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
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
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js', '.mjs', '.json'] } } },
    rules: {
      // Names from files are checked for control characters on purpose.
      'no-control-regex': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-imports': ['error', { paths: [electronOnlyInDesktop] }],
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: BOUNDARIES }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['electron/desktop/**'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['shared/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'import-x/no-nodejs-modules': 'error',
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
