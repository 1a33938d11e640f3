import { expect, test } from 'vitest';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { errorDetails, toErrorValue } from './errors.ts';

test('an expected error keeps its words; any other is said to be our mistake', () => {
  expect(toErrorValue(new ExpectedError('storage', 'The disk is full.', 'Free some space.'))).toEqual({
    code: 'storage',
    message: 'The disk is full.',
    remedy: 'Free some space.',
  });
  const bug = toErrorValue(new TypeError('x is not a function'));
  expect(bug.message).toContain('x is not a function');
  expect(bug.remedy).toContain('not yours');
  expect(toErrorValue('text').message).toContain('text');
});

test('copied details say what, where and when', () => {
  const error = { code: 'storage' as const, message: 'The disk is full.' };
  const text = errorDetails(error, { version: '1.2.3', where: '#/import', at: new Date(0) });
  expect(text.split('\n')).toEqual([
    'Theriac 1.2.3',
    'Time: 1970-01-01T00:00:00.000Z',
    'Screen: #/import',
    'Code: storage',
    'Message: The disk is full.',
  ]);
});
