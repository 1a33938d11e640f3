import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { attackDataset, type AttackOptions } from './attack.ts';
import { createSample } from './sample.ts';
import { openDataset } from './store.ts';
import { refusal, temporaryFolder } from './test-support.ts';

async function sample(into: string, testPerClass = 4) {
  const manifest = await createSample({ into, seed: 5, trainPerClass: 10, testPerClass, size: 16 });
  return { manifest, dir: path.join(into, manifest.id) };
}

function options(into: string, over: Partial<AttackOptions> = {}): AttackOptions {
  return { into, attack: 'badnets', rate: 0.1, target: 3, seed: 1, parameters: {}, ...over };
}

describe('the sample data set', () => {
  it('is stored clean and balanced, the same for the same seed', async () => {
    await using folder = await temporaryFolder();
    const { manifest, dir } = await sample(folder.path);
    expect(manifest).toMatchObject({
      name: 'Signs (sample)',
      sourceKind: 'sample',
      counts: { train: 100, test: 40, triggered: 0 },
      testOrigin: 'given',
      hasTruth: false,
      attack: null,
    });
    const stored = await openDataset(dir);
    await stored.verify();
    expect((await stored.ids('train'))[11]).toBe(`train/${manifest.classes[1]}/00001`);
    expect(new Set(await stored.ids('train')).size).toBe(100);
    expect((await stored.quality())?.duplicates).toEqual({ train: 0, test: 0, triggered: 0 });
    expect((await sample(folder.path)).manifest.hash).toBe(manifest.hash);
  });

  it('refuses sizes that make no sense, and can be cancelled', async () => {
    await using folder = await temporaryFolder();
    const base = { into: folder.path, seed: 1, trainPerClass: 60, testPerClass: 1, size: 16 };
    expect((await refusal(createSample({ ...base, size: 4 }))).code).toBe('usage');
    expect((await refusal(createSample({ ...base, trainPerClass: 0 }))).code).toBe('usage');
    const abort = new AbortController();
    const cancelled = createSample(base, { onProgress: () => abort.abort(), signal: abort.signal });
    expect((await refusal(cancelled)).code).toBe('cancelled');
  });
});

describe('a simulated attack', () => {
  it('makes a poisoned copy with truth, target and triggered split', async () => {
    await using folder = await temporaryFolder();
    const source = await sample(folder.path);
    const manifest = await attackDataset(source.dir, options(folder.path, { parameters: { size: 2 } }));
    expect(manifest).toMatchObject({
      name: 'Signs (sample) + BadNets 10 %',
      counts: { train: 100, test: 40, triggered: 36 },
      hasTruth: true,
      target: 3,
      attack: { attack: 'badnets', rate: 0.1, target: 3, seed: 1, sourceId: source.manifest.id },
    });
    expect(manifest.attack?.parameters).toMatchObject({ size: 2, position: 'bottom-right' });
    const stored = await openDataset(path.join(folder.path, manifest.id));
    await stored.verify();
    const before = await (await openDataset(source.dir)).read('train');
    const train = await stored.read('train');
    const { poisoned, trueLabels } = (await stored.truth())!;
    expect(trueLabels).toEqual(before.labels);
    expect(poisoned.reduce((a, b) => a + b, 0)).toBe(10);
    poisoned.forEach((flag, i) => expect(train.labels[i]).toBe(flag ? 3 : before.labels[i]));
    const triggeredIds = await stored.ids('triggered');
    expect(triggeredIds).toEqual(
      (await stored.ids('test')).filter((id) => !id.includes(manifest.classes[3]!)),
    );
    expect((await stored.quality())?.balance.triggered).toEqual([4, 4, 4, 0, 4, 4, 4, 4, 4, 4]);
  });

  it('works without a test split, and refuses a second attack', async () => {
    await using folder = await temporaryFolder();
    const source = await sample(folder.path, 0);
    const manifest = await attackDataset(source.dir, options(folder.path, { name: 'mine' }));
    expect(manifest).toMatchObject({ name: 'mine', counts: { train: 100, test: 0, triggered: 0 } });
    const again = await refusal(attackDataset(path.join(folder.path, manifest.id), options(folder.path)));
    expect([again.code, again.message]).toEqual([
      'bad-input',
      'The data set "mine" holds 10 poisoned images already.',
    ]);
  });

  it.each<[Partial<AttackOptions>, string]>([
    [{ attack: 'nothing' }, 'There is no attack called "nothing"'],
    [{ target: 10 }, 'There is no class 10'],
    [{ rate: 2 }, 'The poison rate must lie between 0 and 1'],
    [{ parameters: { size: 99 } }, '"size" of badnets'],
  ])('is refused for %j', async (over, message) => {
    await using folder = await temporaryFolder();
    const source = await sample(folder.path);
    const error = await refusal(attackDataset(source.dir, options(folder.path, over)));
    expect([error.code, error.message.includes(message)]).toEqual(['usage', true]);
  });
});
