import { describe, expect, it } from 'vitest';
import { attacks } from '../../../shared/attacks/registry.ts';
import { planSchema } from '../../../shared/sweep/plan.ts';
import {
  attackEntry,
  attackLabel,
  attackRows,
  currentReferences,
  datasetReference,
  PAPER_ATTACKS,
  ratesText,
  readNetworks,
  readRates,
  readSeeds,
} from './plan-form.ts';

describe('the data sets of a plan', () => {
  const all = [
    { id: 'a1', name: 'Cars' },
    { id: 'b2', name: 'Signs' },
    { id: 'c3', name: 'Signs' },
  ];

  it('are called by their names, or by their ids where a name fits several', () => {
    expect(all.map((one) => datasetReference(one, all))).toEqual(['Cars', 'b2', 'c3']);
  });

  it('that have another name by now are called by that; what is not there keeps its word', () => {
    const ids = ['a1', 'c3', 'b2', null, 'gone'];
    expect(currentReferences(['Autos', 'Street', 'b2', '/x/y', 'Lost'], ids, all)).toEqual([
      'Cars',
      'c3',
      'b2',
      '/x/y',
      'Lost',
    ]);
  });
});

describe('lists of numbers', () => {
  it('are read as people write them', () => {
    expect(readRates('10, 5 % ;0.5')).toEqual({ values: [0.1, 0.05, 0.005] });
    expect(readRates('7')).toEqual({ values: [0.07] });
    expect(readSeeds('1, 2 7-9')).toEqual({ values: [1, 2, 7, 8, 9] });
    expect(readNetworks(' wrn-16-1,small-cnn, wrn-16-1')).toEqual(['wrn-16-1', 'small-cnn']);
    expect(readNetworks(' ')).toEqual([]);
  });

  it.each(['', 'ten', '0', '101', '-5', '10, 10'])('the rates "%s" are refused in words', (text) => {
    expect(readRates(text)).toHaveProperty('problem');
  });

  it.each(['', 'a', '1.5', '-1', '3-1', '1-500', '1, 0-2'])('the seeds "%s" are refused in words', (text) => {
    expect(readSeeds(text)).toHaveProperty('problem');
  });

  it('rates are written as they are read', () => {
    const rates = [0.1, 0.05, 0.003, 0.07, 1];
    expect(readRates(ratesText(rates))).toEqual({ values: rates });
  });
});

describe('attacks', () => {
  const plan = planSchema.parse({
    name: 'x',
    datasets: ['a'],
    attacks: ['none', 'badnets', { kind: 'blend', name: 'faint', target: 'stop', set: { alpha: 0.1 } }],
  });

  it('go through the form unchanged', () => {
    expect(attackRows(plan.attacks, 5).map(attackEntry)).toEqual(plan.attacks);
    expect(attackRows(plan.attacks, 5).map(({ key }) => key)).toEqual([5, 6, 7]);
    expect(attackRows([{ kind: 'sig', set: {} }], 0).map(attackEntry)).toEqual(['sig']);
  });

  it('are called as in the table', () => {
    const rows = attackRows([...plan.attacks, { kind: 'sig', set: { delta: 40, frequency: 3 } }], 0);
    expect(rows.map(attackLabel)).toEqual(['none', 'badnets', 'faint', 'sig delta=40 frequency=3']);
  });

  it('of the paper are all there', () => {
    const known = attacks.map(({ name }) => name);
    expect(PAPER_ATTACKS.filter((name) => !known.includes(name))).toEqual(['none']);
    expect(PAPER_ATTACKS).toHaveLength(11);
  });
});
