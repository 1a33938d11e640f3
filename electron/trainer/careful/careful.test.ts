import { beforeAll, describe, expect, it, vi } from 'vitest';
import { attackByName } from '../../../shared/attacks/registry.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import type { ImageSet } from '../../../shared/contract/dataset.ts';
import { inMemory } from '../../../shared/images.ts';
import type { Engine } from '../../../shared/contract/engine.ts';
import { precisionRecall } from '../../../shared/metrics/detection.ts';
import { drawSample } from '../../../shared/sample/draw.ts';
import { createEngine, nativeRuntime } from '../../engine/index.ts';
import { decode, encode } from '../remembered.ts';
import type { Apart } from './alignment.ts';
import { PixelWorkBeside } from './beside.ts';
import { examineCarefully } from './careful.ts';
import type { Group } from './expansion.ts';
import { differencesOf } from './pictures.ts';
import { contradictionOf } from './probes.ts';
import type { Ranking } from './ranking.ts';

const runtime = await nativeRuntime();
if ('missing' in runtime) console.warn(`careful method's end-to-end tests skipped: ${runtime.missing}`);

const CLASSES = 10;

/** Drawn signs, easier than in the sample set so that few images are enough. */
const signs = (perClass: number, seed: number): ImageSet =>
  drawSample({ seed, part: 'train', perClass, size: 16, difficulty: 0.5 });

describe.skipIf('missing' in runtime)('the careful method on generated images', { timeout: 300_000 }, () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine('native');
  });

  const examine = (data: ImageSet, seed: number, trusted: ImageSet | null = null) =>
    examineCarefully(
      {
        engine,
        data: inMemory(data),
        classes: CLASSES,
        examples: Int32Array.from({ length: data.count }, (_, i) => i),
        settings: presetSettings('quick'),
        seed,
        trusted: trusted && inMemory(trusted),
      },
      // As in an interrupted run: what is remembered of a part has to be all that the rest needs.
      { remember: async <T>(_: string, work: () => Promise<T>) => decode(encode(await work())) as T },
    );

  it('finds all of the poison and nothing else, its class and its trigger', async () => {
    const request = {
      rate: 0.1,
      target: 2,
      classes: CLASSES,
      seed: 3,
      parameters: { position: 'top-left' },
    };
    const { train, truth } = attackByName('badnets').poison(signs(100, 1), request);
    const found = await examine(train, 1, signs(30, 9));
    const { conclusion, removed, kept, groups } = found;
    expect(conclusion.verdict).toMatchObject({ kind: 'poisoned', class: 2 });
    expect(conclusion.verdict.estimatedAsr).toBeGreaterThan(0.8);
    expect(precisionRecall(removed, truth.poisoned)).toEqual({ precision: 1, recall: 1 });
    // Half of the class is flagged, but none of its trusted images: so nearly all that is flagged is poison.
    const said = conclusion.evidence.find(({ stage, class: about }) => stage === 'trusted' && about === 2);
    expect(said).toMatchObject({ figure: 0, passed: true });
    expect(said!.sentence).toContain('0 of 30 trusted images');
    expect(kept.length + removed.length).toBe(train.count);
    // The patch lies in rows and columns 0 to 2; that is where the reconstruction brightens most.
    const { shift } = groups[0]!.faint.trigger;
    const brightest = shift.indexOf(Math.max(...shift));
    expect(Math.floor(brightest / 48)).toBeLessThan(3);
    expect(brightest % 48).toBeLessThan(9);
    // There too the suspects differ most from the class's other images, and each from the kept image most alike.
    const [sheet] = await differencesOf(found, inMemory(train), 1);
    const mean = [...Buffer.from(sheet!.mean, 'base64')];
    const most = mean.map((value) => Math.abs(value - 127.5));
    const place = most.indexOf(Math.max(...most));
    expect(Math.floor(place / 48)).toBeLessThan(3);
    expect(place % 48).toBeLessThan(9);
    expect(sheet).toMatchObject({ class: 2, height: 16, width: 16, channels: 3 });
    expect(sheet!.pairs).toHaveLength(6);
    for (const { suspect, counterpart, pixels } of sheet!.pairs) {
      expect(removed).toContain(suspect);
      expect(kept).toContain(counterpart);
      expect(Buffer.from(pixels, 'base64')).toHaveLength(3 * 16 * 16 * 3);
    }
  });

  it('finds a patch that every class has, on images that are told to be of the next', async () => {
    const request = { rate: 0.3, target: 0, classes: CLASSES, seed: 4, parameters: {} };
    const { train, truth } = attackByName('badnets-all-to-all').poison(signs(150, 1), request);
    const { conclusion, removed } = await examine(train, 1);
    expect(conclusion.verdict.kind).toBe('poisoned');
    // A sign that looks like the next one is told from it by few images.
    expect(conclusion.classes.length).toBeGreaterThanOrEqual(CLASSES - 2);
    const { precision, recall } = precisionRecall(removed, truth.poisoned);
    expect(precision).toBe(1);
    expect(recall).toBeGreaterThan(0.75);
  });

  it('finds a dull patch that is hardly learnt, since its images have the same values', async () => {
    const request = {
      rate: 0.03,
      target: 5,
      classes: CLASSES,
      seed: 3,
      parameters: { size: 2, pattern: 'solid', colour: '#7a8490', position: 'bottom-right' },
    };
    const { train, truth } = attackByName('badnets').poison(signs(100, 1), request);
    const { conclusion, removed } = await examine(train, 1);
    expect(conclusion.verdict).toMatchObject({ kind: 'poisoned', class: 5 });
    expect(precisionRecall(removed, truth.poisoned)).toEqual({ precision: 1, recall: 1 });
    expect(conclusion.evidence.map(({ sentence }) => sentence)).toContainEqual(
      expect.stringMatching(/^30 images of this class have the same colours at the same 4 pixels/),
    );
  });

  it('asks both models about a mark under right labels, twice as strong', async () => {
    const set = signs(100, 1);
    const marked = Int32Array.from(set.labels.keys())
      .filter((i) => set.labels[i] === 5)
      .slice(0, 40);
    const size = set.height * set.width * set.channels;
    for (const index of marked) {
      for (const [pixel, value] of [
        [17, 90],
        [18, 160],
        [33, 140],
        [34, 70],
      ] as const)
        set.images.fill(value, index * size + 3 * pixel, index * size + 3 * pixel + 3);
    }
    const { conclusion, groups, removed } = await examine(set, 1);
    const { figures } = conclusion.groups.find((_, i) => groups[i]!.class === 5 && groups[i]!.stamp)!;
    // As it is it turns too few to tell; all other classes' images are asked, of which the check gives none.
    expect(figures.gain).toBeLessThan(0.2);
    expect(figures.amplified!.flipped.of).toBe(100 * (CLASSES - 1));
    expect(figures.amplified!.gain).toBeGreaterThan(0.05);
    expect(figures.check!.residualAmplified).toBeLessThan(0.02);
    expect([...removed]).toEqual([...marked]);
  });

  it('goes on in the class of a patch that it knows at once: it may hide another trigger', async () => {
    const request = { rate: 0.03, target: 2, classes: CLASSES, seed: 3, parameters: {} };
    const patched = attackByName('badnets').poison(signs(150, 1), request);
    const both = attackByName('blend').poison(patched.train, { ...request, rate: 0.06, seed: 4 });
    const { conclusion, removed, groups } = await examine(both.train, 1);
    expect(conclusion.verdict).toMatchObject({ kind: 'poisoned', class: 2 });
    expect(groups.filter((_, i) => conclusion.groups[i]!.decision === 'poison').length).toBeGreaterThan(1);
    const poisoned = both.truth.poisoned.map((flag, i) => flag | patched.truth.poisoned[i]!);
    const { precision, recall } = precisionRecall(removed, poisoned);
    expect(precision).toBeGreaterThan(0.95);
    expect(recall).toBeGreaterThan(0.95);
  });

  it('takes nothing away where there is no poison', async () => {
    const { conclusion, removed, kept } = await examine(signs(100, 2), 2);
    expect(conclusion.verdict.kind).toBe('no-evidence');
    expect(removed.length).toBe(0);
    expect(kept.length).toBe(100 * CLASSES);
  });

  it('searches a class of which pixels alone show a pattern, whatever else looks like one', async () => {
    const data = signs(40, 3);
    const members = Int32Array.from(data.labels.keys()).filter((i) => data.labels[i] === 4);
    const flagged = members.subarray(5, 25);
    const part = { suspects: flagged, flagged, isForeign: true } as Apart;
    const seen = vi.spyOn(PixelWorkBeside.prototype, 'apart');
    seen.mockImplementation((label) => Promise.resolve(label === 4 ? [part] : []));
    const searched: string[] = [];
    let byParts: Ranking[] = [];
    let predicted: Int32Array = new Int32Array();
    const { groups } = await examineCarefully(
      {
        engine,
        data: inMemory(data),
        classes: CLASSES,
        examples: Int32Array.from({ length: data.count }, (_, i) => i),
        settings: presetSettings('quick'),
        seed: 1,
      },
      {
        remember: async <T>(name: string, work: () => Promise<T>) => {
          const found = decode(encode(await work())) as T;
          if (name === 'parts') byParts = found as Ranking[];
          if (name.startsWith('seen')) predicted = (found as { predicted: Int32Array }).predicted;
          if (!/^(class|part of) /.test(name)) return found;
          searched.push(name);
          if (name !== 'part of 4') return found;
          const { reconstruction: trigger } = byParts[0]!;
          const shares = { inside: 0.5, outside: 0, doubtful: 0.05, falseAlarms: 0, contradiction: 0 };
          const group: Group = {
            ...{ class: 4, found: 'pixels', flagged, scores: new Float32Array(20).fill(1), ...shares },
            ...{ cut: 0.5, surely: 0.5, strong: trigger, faint: trigger },
            ...{ elsewhere: null, odds: null, trusted: [] },
          };
          return [group] as T;
        },
      },
    );
    seen.mockRestore();
    expect(byParts.map(({ ranked }) => [ranked.class, ...ranked.seed.toSorted()])).toEqual([[4, ...flagged]]);
    const rest = members.filter((index) => !flagged.includes(index));
    expect(byParts[0]!.contradiction).toBe(contradictionOf(predicted, 4, flagged, rest));
    expect(searched).toContain('part of 4');
    expect(searched.length).toBeGreaterThan(1);
    // What comes of it is one of the groups.
    expect(groups.filter((group) => group.class === 4).map((group) => group.flagged)).toContainEqual(flagged);
  });

  it('gives the same answer for the same seed', async () => {
    const data = signs(25, 4);
    const [first, second] = [await examine(data, 7), await examine(data, 7)];
    expect(second.losses).toEqual(first.losses);
    expect(second.conclusion).toEqual(first.conclusion);
  });

  it('does not call classes clean that are too small to examine', async () => {
    const { conclusion, removed } = await examine(signs(12, 5), 1);
    expect(conclusion.verdict.kind).toBe('uncertain');
    expect(removed.length).toBe(0);
  });

  it('ends where a pause throws', async () => {
    const stop = new Error('stop');
    const input = {
      engine,
      data: inMemory(signs(20, 6)),
      classes: CLASSES,
      examples: Int32Array.from({ length: 200 }, (_, i) => i),
      settings: presetSettings('quick'),
      seed: 1,
    };
    await expect(examineCarefully(input, { pause: () => Promise.reject(stop) })).rejects.toBe(stop);
  });
});
