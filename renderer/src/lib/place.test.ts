import { expect, test } from 'vitest';
import { parsePlace, placeOf } from './place.ts';

test('a place survives being written and read', () => {
  const hash = placeOf(['experiments', 'a/b c', 'suspects'], { text: 'x&y=z', empty: '', none: null, n: 3 });
  const { parts, query } = parsePlace(hash);
  expect(parts).toEqual(['experiments', 'a/b c', 'suspects']);
  expect([...query]).toEqual([
    ['text', 'x&y=z'],
    ['n', '3'],
  ]);
});

test.each([
  ['', []],
  ['#', []],
  ['#/', []],
  ['#//data//', ['data']],
  ['#/%E0%A4%A', ['%E0%A4%A']],
])('%j is read without complaint', (hash, parts) => expect(parsePlace(hash).parts).toEqual(parts));
