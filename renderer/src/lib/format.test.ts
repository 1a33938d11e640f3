import { describe, expect, test } from 'vitest';
import {
  about,
  baseName,
  briefLoss,
  bytes,
  count,
  counted,
  duration,
  nats,
  percent,
  points,
  share,
} from './format.ts';

/** The thin space is for the eye; tests read better without it. */
const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('numbers as the screens write them', () => {
  test.each([
    [0, '0.0 %'],
    [0.12345, '12.3 %'],
    [1, '100.0 %'],
    [null, '–'],
    [undefined, '–'],
    [NaN, '–'],
  ])('percent(%s)', (value, text) => expect(plain(percent(value))).toBe(text));

  test.each([
    [0.1, '10 %'],
    [0.005, '0.5 %'],
    [0.0001, '0.01 %'],
  ])('share(%s)', (value, text) => expect(plain(share(value))).toBe(text));

  test.each([
    [0.031, '+3.1 points'],
    [-0.12, '−12.0 points'],
    [0.0001, '±0.0 points'],
  ])('points(%s)', (value, text) => expect(plain(points(value))).toBe(text));

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_400, '999 kB'],
    [999_600, '1.0 MB'],
    [2.5e13, '25 TB'],
    [4e15, '4000 TB'],
  ])('bytes(%s)', (value, text) => expect(plain(bytes(value))).toBe(text));

  test.each([
    [0.2, '0 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [3599, '59 min'],
    [3600, '1 h 00 min'],
    [4000, '1 h 06 min'],
  ])('duration(%s)', (value, text) => expect(plain(duration(value))).toBe(text));

  test.each([
    [10, 'under a minute'],
    [60, 'about a minute'],
    [240, 'about 4 min'],
    [5400, 'about 1.5 h'],
    [72_000, 'about 20 hours'],
  ])('about(%s)', (value, text) => expect(plain(about(value))).toBe(text));

  test.each([
    [0, '0'],
    [2.30259, '2.30'],
    [123.4, '123'],
    [0.00013779, '0.000138'],
    [1.2e-7, '1.2 × 10⁻⁷'],
    [Infinity, '–'],
  ])('nats(%s)', (value, text) => expect(plain(nats(value))).toBe(text));

  test('counts with their words', () => {
    expect(count(1_234_567)).toBe('1,234,567');
    expect(counted(1, 'image')).toBe('1 image');
    expect(counted(0, 'class', 'classes')).toBe('0 classes');
  });

  test('the last part of a path of either kind', () => {
    expect(baseName('/home/me/images/')).toBe('images');
    expect(baseName('C:\\data\\set.zip')).toBe('set.zip');
    expect(baseName('/')).toBe('/');
  });
});

test('a loss under a picture says no more than that it is small', () => {
  expect([0, 1.2e-7, 0.0001, 0.25, NaN].map((value) => plain(briefLoss(value)))).toEqual([
    '≈ 0',
    '≈ 0',
    '0.000100',
    '0.250',
    '–',
  ]);
});
