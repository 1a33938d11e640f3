import { expect, test } from 'vitest';
import { GLOSSARY, glossaryEntry } from './glossary.ts';

test('keys are unique and fit for an address; meanings are sentences', () => {
  expect(new Set(GLOSSARY.map(({ key }) => key)).size).toBe(GLOSSARY.length);
  for (const { key, meaning } of GLOSSARY) {
    expect(key).toMatch(/^[a-z-]+$/);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(glossaryEntry(key).meaning).toBe(meaning);
  }
});
