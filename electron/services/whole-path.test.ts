import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { wholePath } from './whole-path.ts';

test('a path begins at the root or at home', () => {
  expect(wholePath(resolve('/tmp/x/../y'))).toBe(resolve('/tmp/y'));
  expect(wholePath('~/report.pdf')).toBe(join(homedir(), 'report.pdf'));
  expect(wholePath('~')).toBe(homedir());
});

test('a path that begins nowhere is refused, with the one that may be meant', () => {
  for (const typed of ['report.pdf', './x', '../x', '~ann/x']) {
    expect(() => wholePath(typed)).toThrow(/does not say in which folder/);
  }
  try {
    wholePath('report.pdf');
  } catch (error) {
    expect(error).toMatchObject({
      code: 'usage',
      remedy: expect.stringContaining(join(homedir(), 'report.pdf')),
    });
  }
});
