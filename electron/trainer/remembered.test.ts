import { expect, it } from 'vitest';
import { decode, encode, nothingRemembered, stillValid } from './remembered.ts';

it('gives back what an examination finds, through JSON', () => {
  const found = {
    losses: Float32Array.of(0.1, NaN, -1e-30),
    flagged: Int32Array.of(3, -2),
    bytes: new Uint8Array(new Uint8Array([9, 1, 2, 3]).buffer, 1),
    agreeing: new Set([4, 5]),
    tensors: new Map([['conv/kernel', Float32Array.of(1.5)]]),
    check: null,
    ratio: Infinity,
    missing: NaN,
    nested: [{ deep: [Int32Array.of(1)] }, 'text', true],
  };
  const again = decode(JSON.parse(JSON.stringify(encode(found))));
  expect(again).toEqual(found);
});

it('refuses what it could not give back', () => {
  expect(() => encode({ odd: new Float64Array(2) })).toThrow(TypeError);
});

it('forgets what other settings of the method found', () => {
  const known = { ...nothingRemembered(), parts: { 'look 0': 1 } };
  expect(stillValid(known)).toBe(known);
  expect(stillValid({ ...known, settings: 'others' }).parts).toEqual({});
  expect(stillValid(undefined).parts).toEqual({});
});
