import { expect, test } from 'vitest';
import { classFolders, imageName, safeName } from './names.ts';

test.each([
  ['stop sign', 'stop sign'],
  ['Élan 漢字', 'Élan 漢字'],
  ['../../etc/passwd', '-..-etc-passwd'],
  ['a/b\\c:d*e?f"g<h>i|j', 'a-b-c-d-e-f-g-h-i-j'],
  ['CON', '_CON'],
  ['lpt1.txt', '_lpt1.txt'],
  ['dots. . ', 'dots'],
  ['', '_'],
  ['...', '_'],
  ['\u0000\u001f', '-'],
])('%j becomes a name that every system can have', (text, name) => {
  expect(safeName(text)).toBe(name);
});

test('classes that differ only in what a file system ignores get folders of their own', () => {
  expect(classFolders(['Cat', 'cat', 'a/b', 'a:b', 'cat (2)'])).toEqual([
    'Cat',
    'cat (2)',
    'a-b',
    'a-b (2)',
    'cat -2-',
  ]);
});

test('image names keep their position and lose their folders', () => {
  expect(imageName(7, 'cats/../black cat.JPG')).toBe('000007-black cat.png');
  expect(imageName(1234567, 'data_batch_1#17')).toBe('1234567-data_batch_1-17.png');
});
