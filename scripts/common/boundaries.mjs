/**
 * An ESLint rule: which folder may import what. Relative paths are resolved against the file they stand in, so every
 * form of import (also `export … from` and `import()`) is seen; nothing needs to exist on the disk.
 */
import { isBuiltin } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';
import { ROOT } from './paths.mjs';

/** Whether a path from the root, with forward slashes, is a folder or lies in it. */
const isIn = (path, folder) => path === folder || path.startsWith(`${folder}/`);

/** @type {import('eslint').Rule.RuleModule} */
export const boundaries = {
  meta: {
    type: 'problem',
    docs: { description: 'Imports go one way: each folder imports only what stands below it.' },
    schema: [
      {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            folders: { type: 'array', items: { type: 'string' } },
            neverFolders: { type: 'array', items: { type: 'string' } },
            neverNode: { type: 'boolean' },
            neverPackages: { type: 'array', items: { type: 'string' } },
            except: { type: 'array', items: { type: 'string' } },
            because: { type: 'string' },
          },
          required: ['folders', 'because'],
          additionalProperties: false,
        },
      },
    ],
    messages: { forbidden: "'{{specifier}}' must not be imported here. {{because}}" },
  },
  create(context) {
    const file = relative(ROOT, context.filename).split(sep).join('/');
    const rules = context.options[0].filter(
      ({ folders, except = [] }) =>
        folders.some((folder) => isIn(file, folder)) && !except.some((folder) => isIn(file, folder)),
    );
    const check = (source) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const specifier = source.value;
      const target = specifier.startsWith('.')
        ? relative(ROOT, resolve(dirname(context.filename), specifier))
            .split(sep)
            .join('/')
        : null;
      for (const { neverFolders = [], neverPackages = [], neverNode = false, because } of rules) {
        const forbidden =
          target === null
            ? (neverNode && isBuiltin(specifier)) || neverPackages.some((name) => isIn(specifier, name))
            : neverFolders.some((folder) => isIn(target, folder));
        if (forbidden) context.report({ node: source, messageId: 'forbidden', data: { specifier, because } });
      }
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
    };
  },
};
