import { describe, expect, it } from 'vitest';
import { Progress } from './progress.ts';
import { typeable } from './hints.ts';
import { pairs, plain, plainLines, table } from './table.ts';
import { bytes, duration, percent } from './words.ts';

describe('tables', () => {
  it('line up, wide characters included, without trailing blanks', () => {
    const columns = [{ title: 'Name' }, { title: 'n', align: 'right' as const }];
    expect(
      table(columns, [
        ['猫', '5'],
        ['naïve', '120'],
      ]),
    ).toBe('Name     n\n猫       5\nnaïve  120');
    expect(
      pairs([
        ['A', '1'],
        ['Long', '2'],
      ]),
    ).toBe('A     1\nLong  2');
  });

  it('hold no control sequences of file names', () => {
    expect(plain('a\u001b[31mb\rc')).toBe('a\ufffd[31mb\ufffdc');
    expect(plain('two\nlines')).toBe('two\ufffdlines');
    expect(plainLines('two\nli\tnes')).toBe('two\nli\ufffdnes');
    expect(table([{ title: 'x' }], [['\u001b]0;t\u0007']])).not.toContain('\u001b');
  });
});

describe('figures in words', () => {
  it('are rounded for people', () => {
    expect([percent(0.1234), percent(null), percent(1, 0)]).toEqual(['12.3 %', '–', '100 %']);
    expect([0.42, 59.6, 200, 7500].map(duration)).toEqual(['0.4 s', '1 min 0 s', '3 min 20 s', '2 h 5 min']);
    expect([512, 1300, 24e6, 1.25e9].map(bytes)).toEqual(['512 B', '1.3 kB', '24 MB', '1.3 GB']);
  });
});

describe('progress', () => {
  function show(isTTY: boolean) {
    let now = 0;
    let written = '';
    const progress = new Progress({ isTTY, columns: 60, write: (text) => (written += text) }, () => now);
    return { progress, wait: (ms: number) => (now += ms), written: () => written };
  }

  it('is a line at each phase and every five seconds where there is no terminal', () => {
    const { progress, wait, written } = show(false);
    for (let i = 0; i < 100; i++) {
      progress.report({ share: i / 100, phase: i < 50 ? 'one' : 'two' });
      wait(99);
    }
    expect(written()).toBe('  0 %  one\n 50 %  two\n');
    wait(5000);
    progress.report({ share: 1, phase: 'two' });
    progress.end();
    expect(written()).toBe('  0 %  one\n 50 %  two\n100 %  two\n');
  });

  it('is a bar on a terminal that fits its width and is wiped at the end', () => {
    const { progress, written } = show(true);
    progress.report({ share: 0.5, phase: 'training', details: 'x'.repeat(100) });
    const [, line] = written().split('\r\x1b[2K');
    expect(line).toHaveLength(59);
    expect(line).toContain(`${'█'.repeat(12)}${'░'.repeat(12)}  50 %  training`);
    progress.note('kept');
    progress.end();
    expect(written().endsWith('\r\x1b[2Kkept\n')).toBe(true);
  });
});

describe('commands named in texts', () => {
  it('can be typed where the program was started', () => {
    const text =
      'See "theriac datasets" (theriac engine install).\n  theriac run x\nThe folder theriac is kept.';
    expect(typeable(text, {})).toBe(text);
    expect(typeable(text, { npm_lifecycle_event: 'theriac' })).toBe(
      'See "npm run -s theriac -- datasets" (npm run -s theriac -- engine install).\n' +
        '  npm run -s theriac -- run x\nThe folder theriac is kept.',
    );
  });
});
