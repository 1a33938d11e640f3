import { expect, test } from 'vitest';
import { takeToken, type Page } from './token.ts';

function page(hash: string, kept: string | null = null): Page & { shown: string[]; kept(): string | null } {
  let value = kept;
  const shown: string[] = [];
  return {
    location: { hash, pathname: '/', search: '' },
    history: { replaceState: (_data, _unused, url) => void shown.push(url) },
    storage: { getItem: () => value, setItem: (_key, next) => void (value = next) },
    shown,
    kept: () => value,
  };
}

test('the token is taken out of the address and kept for the tab', () => {
  const one = page('#token=aB3_-x');
  expect(takeToken(one)).toBe('aB3_-x');
  expect(one.shown).toEqual(['/#/']);
  expect(one.kept()).toBe('aB3_-x');
});

test('after a reload the kept one serves; a new one replaces it', () => {
  expect(takeToken(page('#/history', 'old'))).toBe('old');
  const one = page('#token=new', 'old');
  expect(takeToken(one)).toBe('new');
  expect(one.kept()).toBe('new');
});

test('without a token there is none, and a strange address is left alone', () => {
  const one = page('#token=<script>');
  expect(takeToken(one)).toBe('');
  expect(one.shown).toEqual([]);
});
