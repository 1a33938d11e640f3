import { describe, expect, it } from 'vitest';
import { chartSvg } from './chart.ts';
import { itemText, type SweepItem } from './item.ts';
import { planItems, planSchema } from './plan.ts';
import { runRecords, spread, sweepTable, tableMarkdown, tableRecords, type SweepRun } from './table.ts';

const plan = planSchema.parse({
  name: 'A | B <1>',
  datasets: ['Signs'],
  attacks: ['none', 'badnets', { kind: 'blend', set: { alpha: 0.1 }, target: 'stop' }],
  rates: [0.1, 0.05],
  methods: ['naive', 'quick', { name: 'mine', preset: 'standard', set: { gamma: 0.4 } }],
  seeds: [1, 2],
  set: { naiveEpochs: 3 },
});

const figures = (asr: number | null, ca: number, over = {}) => ({
  ca,
  asr,
  ra: null,
  caReestimated: null,
  asrReestimated: null,
  raReestimated: null,
  ...over,
});

function run(item: SweepItem, asr: number | null, ca: number, over = {}): SweepRun {
  return {
    item,
    experiment: `e${item.index}`,
    state: 'done',
    figures: figures(asr, ca, over),
    problem: null,
  };
}

describe('a plan', () => {
  const items = planItems(plan);

  it('asks for every combination, and for the clean control once whatever the rates', () => {
    // (1 clean + 2 attacks x 2 rates) x 2 seeds x 3 methods
    expect(items).toHaveLength(30);
    expect(items.map(({ index }) => index)).toEqual([...Array(30).keys()]);
    expect(items.filter(({ rate }) => rate === null)).toHaveLength(6);
    expect(itemText(items[0]!)).toBe('none, Signs, naive, seed 1');
    expect(itemText(items[29]!)).toBe('blend alpha=0.1 5 %, Signs, mine, seed 2');
  });

  it('gives naive the plan’s preset, presets their own, and all of them the plan’s settings', () => {
    const [naive, quick, mine] = items.slice(0, 3).map(({ method }) => method);
    expect(naive).toEqual({
      label: 'naive',
      methods: ['naive'],
      preset: 'careful',
      set: { naiveEpochs: '3' },
    });
    expect(quick).toMatchObject({ methods: ['abl'], preset: 'quick', set: { naiveEpochs: '3' } });
    expect(mine).toMatchObject({
      methods: ['abl'],
      preset: 'standard',
      set: { naiveEpochs: '3', gamma: '0.4' },
    });
    expect(items[29]!.attack).toEqual({
      label: 'blend alpha=0.1',
      kind: 'blend',
      target: 'stop',
      parameters: { alpha: 0.1 },
    });
  });

  it('is refused with words it does not know, no seeds, or too many runs', () => {
    expect(planSchema.safeParse({ name: 'x', datasets: ['a'], attacks: ['none'], rate: 1 }).success).toBe(
      false,
    );
    expect(planSchema.safeParse({ name: 'x', datasets: ['a'], attacks: ['none'], seeds: [] }).success).toBe(
      false,
    );
    const many = { ...plan, seeds: [...Array(100).keys()], datasets: Array<string>(50).fill('a') };
    expect(() => planItems(many)).toThrow(/more than 10000 runs/);
  });
});

describe('the table', () => {
  it('has mean and sample standard deviation', () => {
    // Deviations -2, 0, 2 of 3 values: sqrt(8 / 2) = 2.
    expect(spread([0.1, 0.3, 0.5])!.sd).toBeCloseTo(0.2, 12);
    expect(spread([0.4])).toEqual({ mean: 0.4, sd: null, count: 1 });
    expect(spread([])).toBeNull();
  });

  const small = planItems({ ...plan, rates: [0.1], methods: ['naive'] });
  const runs = [
    run(small[0]!, null, 0.9),
    run(small[1]!, null, 0.8),
    run(small[2]!, 1, 0.9),
    run(small[3]!, 0.9, 0.7),
    // Re-estimated figures stand for a run that has them.
    run(small[4]!, 0.1, 0.5, { asrReestimated: 0.6, caReestimated: 0.4 }),
    { item: small[5]!, experiment: null, state: 'planned', figures: null, problem: null },
  ];
  const table = sweepTable(plan.name, runs);

  it('says what is known, what is open, and the mean of the attacks', () => {
    expect(tableMarkdown(table).split('\n').slice(0, 8)).toEqual([
      '# A | B <1>',
      '',
      '| Attack | Rate | naive ASR | naive CA |',
      '| --- | --- | ---: | ---: |',
      '| none | – | – | 85.0 ± 7.1 |',
      '| badnets | 10 % | 95.0 ± 7.1 | 80.0 ± 14.1 |',
      '| blend alpha=0.1 | 10 % | 60.0 (1 of 2) | 40.0 |',
      '| Mean of attacks |  | 77.5 | 60.0 |',
    ]);
    expect(tableRecords(table)[2]!.slice(0, 8)).toEqual(['Signs', '', 'badnets', 0.1, 'naive', 2, 2, 0.95]);
    expect(runRecords(runs)[6]).toEqual([
      'Signs',
      '',
      'blend alpha=0.1',
      0.1,
      'naive',
      2,
      '',
      'planned',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
    ]);
  });

  it('keeps names from breaking it', () => {
    const odd = runs.map((one) => ({
      ...one,
      item: { ...one.item, attack: { ...one.item.attack, label: 'a|b\\' } },
    }));
    expect(tableMarkdown(sweepTable('x', odd))).toContain('| a\\|b\\\\ |');
  });

  it('is drawn: one bar per known figure, whiskers of one deviation, crosses for what is open', () => {
    const svg = chartSvg(table);
    expect(svg).toContain('<title>A | B &lt;1&gt;</title>');
    // ASR of 2 attacks and CA of 3 rows, the legend and the background.
    expect(svg.match(/<rect /g)).toHaveLength(5 + 1 + 1);
    expect(svg.match(/>×</g)).toHaveLength(1);
    expect(svg.match(/<path d="M/g)).toHaveLength(3);
    // Badnets: 95 % of a panel of 220 that begins at 92; the middle of three parts of 414 from 90, less half a bar.
    expect(svg).toContain('<rect x="290" y="103" width="12" height="209" fill="#0072b2"/>');
  });
});
