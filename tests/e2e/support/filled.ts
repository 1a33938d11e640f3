import type { Stage } from './stage.ts';

/** A clean and a poisoned data set, an experiment with each that is done. */
export async function fill({ client, source }: Stage) {
  const clean = await client.finished(await client.call('datasets.import', { source, name: 'Shapes' }));
  const attack = { attack: 'badnets', rate: 0.1, target: 1, seed: 1, parameters: {} };
  const poisoned = await client.finished(
    await client.call('datasets.attack', { ...attack, datasetId: clean }),
  );
  const start = { preset: 'quick', engine: 'auto' as const, seed: 1, overrides: {} };
  const { id: done } = await client.call('experiments.start', {
    ...start,
    datasetId: poisoned,
    methods: ['naive', 'abl', 'oracle'],
  });
  const { id: other } = await client.call('experiments.start', {
    ...start,
    datasetId: clean,
    methods: ['abl'],
  });
  for (const id of [done, other]) {
    const state = await client.over(id);
    if (state !== 'done') throw new Error(`the experiment ${id} is ${state}`);
  }
  return { clean, poisoned, done, other };
}
