import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { craft } from '../../../electron/attacks/craft.ts';
import { importSource } from '../../../electron/datasets/import.ts';
import { openDataset } from '../../../electron/datasets/store.ts';
import { custom, PICTURE } from '../../../shared/attacks/custom.ts';
import { completeParameters } from '../../../shared/attacks/parameters.ts';
import { attackByName } from '../../../shared/attacks/registry.ts';
import type { AttackRequest } from '../../../shared/attacks/types.ts';
import type { ImageSet, Truth } from '../../../shared/contract/dataset.ts';
import type { Engine } from '../../../shared/contract/engine.ts';
import { drawSample } from '../../../shared/sample/draw.ts';
import { SIGNS } from '../../../shared/sample/signs.ts';
import { SAMPLE, type Case } from './cases.ts';
import { throughJpeg } from './jpeg.ts';
import { drawPicture } from './pictures.ts';

export interface LoadedCase {
  train: ImageSet;
  test: ImageSet;
  triggered: ImageSet | null;
  truth: Truth;
  target: number | null;
  classes: string[];
}

/** Images of each class of the sample set. */
const [SAMPLE_TRAIN, SAMPLE_TEST] = [300, 100];

/** What a case is made with: folders to import by base, where these are kept, and the engine for attacks that train. */
export interface Workshop {
  bases: Map<string, string>;
  data: string;
  engine: Engine;
}

/** Reads a base (imported once into `data`, or drawn) and applies the case's attack, and stores the images as JPEG if it says so. */
export async function loadCase(one: Case, workshop: Workshop): Promise<LoadedCase> {
  const loaded = await loadUnstored(one, workshop);
  if (!one.jpeg) return loaded;
  const [train, test] = [await throughJpeg(loaded.train, one.jpeg), await throughJpeg(loaded.test, one.jpeg)];
  return {
    ...loaded,
    train,
    test,
    triggered: loaded.triggered && (await throughJpeg(loaded.triggered, one.jpeg)),
  };
}

async function loadUnstored(one: Case, workshop: Workshop): Promise<LoadedCase> {
  const { bases, data } = workshop;
  if (one.base === SAMPLE) {
    const draw = (part: 'train' | 'test', perClass: number) =>
      drawSample({ seed: one.seed, part, perClass, size: 32 });
    const classes = SIGNS.map(({ name }) => name);
    return applied(one, workshop, draw('train', SAMPLE_TRAIN), draw('test', SAMPLE_TEST), classes);
  }
  const source = bases.get(one.base);
  if (!source) throw new Error(`--bases lacks ${one.base}`);
  const stored = await openDataset(await imported(source, data));
  const classes = stored.manifest.classes;
  const [all, test, triggered] = [
    await stored.read('train'),
    await stored.read('test'),
    await stored.read('triggered'),
  ];
  const known = (await stored.truth()) ?? { poisoned: new Uint8Array(all.count), trueLabels: all.labels };
  if (one.asGiven)
    return { train: all, test, triggered, truth: known, target: stored.manifest.target, classes };
  return applied(one, workshop, withoutPoison(all, known), test, classes);
}

async function applied(
  one: Case,
  { data, engine }: Workshop,
  train: ImageSet,
  test: ImageSet,
  classes: string[],
): Promise<LoadedCase> {
  if (!one.attack) {
    const truth = { poisoned: new Uint8Array(train.count), trueLabels: train.labels };
    return { train, test, triggered: null, truth, target: null, classes };
  }
  const attack = attackByName(one.attack.name);
  const { rate, target, parameters = {} } = one.attack;
  const request: AttackRequest = { rate, target, parameters, classes: classes.length, seed: one.seed };
  if (attack === custom) {
    request.material = new Map([[PICTURE, drawPicture(String(parameters['image']))]]);
  } else if (attack.needsNetwork) {
    const values = completeParameters(attack.name, attack.parameters, parameters);
    const cache = { folder: join(data, 'surrogates'), key: `${one.base} ${train.count}` };
    const input = { engine, train, test, request, values, cache };
    request.material = await craft(attack, input, { progress: () => {} });
  }
  return {
    ...attack.poison(train, request),
    test,
    triggered: attack.trigger(test, request),
    target,
    classes,
  };
}

async function imported(source: string, data: string): Promise<string> {
  mkdirSync(data, { recursive: true });
  const index = join(data, 'imported.json');
  const known = existsSync(index) ? (JSON.parse(readFileSync(index, 'utf8')) as Record<string, string>) : {};
  const id = known[source] ?? (await importSource({ source, into: data }, {})).id;
  writeFileSync(index, JSON.stringify({ ...known, [source]: id }));
  return join(data, id);
}

function withoutPoison(all: ImageSet, { poisoned }: Truth): ImageSet {
  const size = all.height * all.width * all.channels;
  const kept = [...poisoned.keys()].filter((i) => poisoned[i] === 0);
  const images = new Uint8Array(kept.length * size);
  kept.forEach((from, to) => images.set(all.images.subarray(from * size, (from + 1) * size), to * size));
  return { ...all, count: kept.length, images, labels: Int32Array.from(kept, (i) => all.labels[i]!) };
}
