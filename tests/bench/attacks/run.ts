/**
 * What each attack reaches against a model that is trained naively: one line of JSON per case on --out.
 *
 *   node tests/bench/attacks/run.ts --base DIR --out FILE [--network small-cnn] [--epochs 15] [--seed 1]
 *     [--target 0] [--only TEXT | --case JSON] [--data DIR]
 *
 * --base is a folder to import, such as 10,000 images of CIFAR-10. The table of docs/attacks.md is made of this.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { craft } from '../../../electron/attacks/craft.ts';
import { createEngine } from '../../../electron/engine/index.ts';
import { trainThrough } from '../../../electron/trainer/careful/stages.ts';
import { answersOn } from '../../../shared/abl/inspection.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import { trainStage } from '../../../shared/abl/stages.ts';
import { completeParameters } from '../../../shared/attacks/parameters.ts';
import { attackByName } from '../../../shared/attacks/registry.ts';
import type { AttackRequest } from '../../../shared/attacks/types.ts';
import { inMemory } from '../../../shared/images.ts';
import { evaluateAnswers } from '../../../shared/metrics/answers.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import { loadCase } from '../careful/load.ts';
import { ATTACK_CASES, type AttackCase } from './cases.ts';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '' },
    data: { type: 'string', default: '.cache/bench-attacks' },
    out: { type: 'string' },
    network: { type: 'string', default: 'small-cnn' },
    epochs: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string', default: '0' },
    only: { type: 'string' },
    case: { type: 'string' },
  },
});
const seed = Number(values.seed);
const target = Number(values.target);
const engine = await createEngine('native');
const clean = await loadCase(
  { name: 'clean', base: 'base', attack: null, half: 'report', seed },
  { bases: new Map([['base', values.base]]), data: values.data, engine },
);
const pause = async () => void (await setImmediate());

const cases = values.case ? [JSON.parse(values.case) as AttackCase] : ATTACK_CASES;
for (const one of cases) {
  const name = [one.attack, one.rate, JSON.stringify(one.parameters ?? {})].join(' ');
  if (values.only && !name.includes(values.only)) continue;
  console.error(`## ${name}`);
  const line = {
    ...one,
    network: values.network,
    epochs: Number(values.epochs),
    seed,
    ...(await measure(one)),
  };
  console.error(JSON.stringify(line));
  if (values.out) appendFileSync(values.out, JSON.stringify(line) + '\n');
}

async function measure({ attack: name, rate, parameters = {} }: AttackCase) {
  const attack = attackByName(name);
  const classes = clean.classes.length;
  const request: AttackRequest = { rate, target, classes, seed, parameters };
  if (attack.needsNetwork) {
    const all = completeParameters(attack.name, attack.parameters, parameters);
    const input = { engine, train: clean.train, test: clean.test, request, values: all };
    const cache = { folder: join(values.data, 'surrogates'), key: values.base };
    request.material = await craft(attack, { ...input, cache }, { progress: () => {} });
  }
  const { train } = attack.poison(clean.train, request);
  const triggered = attack.trigger(clean.test, request);
  const settings = {
    ...presetSettings('quick'),
    naiveEpochs: Number(values.epochs),
    network: values.network,
  };
  const examples = Int32Array.from({ length: train.count }, (_, i) => i);
  const model = await engine.compile(networkByName(settings.network, { ...shapeOf(train), classes }), seed);
  try {
    const input = { engine, data: inMemory(train), classes, examples, settings, seed };
    await trainThrough(model, trainStage(settings, examples), input, pause);
    const plain = await answersOn(model, inMemory(clean.test), pause);
    const marked = await answersOn(model, inMemory(triggered), pause);
    const aim = attack.goal === 'target' ? target : null;
    const { ca, asr, ra } = evaluateAnswers(plain, marked, classes, aim, attack.goal);
    // The same among the images whose class the model knows as long as there is no trigger on them.
    const known = [...triggered.origins.keys()].filter((i) => {
      const origin = triggered.origins[i]!;
      return plain.predicted[origin] === plain.labels[origin];
    });
    const of = (values: Int32Array) => Int32Array.from(known, (i) => values[i]!);
    const answers = { labels: of(marked.labels), predicted: of(marked.predicted) };
    const asrOfKnown = evaluateAnswers(null, answers, classes, aim, attack.goal).asr;
    return { images: train.count, triggered: triggered.count, ca, asr, ra, asrOfKnown };
  } finally {
    model.dispose();
  }
}

function shapeOf({ height, width, channels }: { height: number; width: number; channels: number }) {
  return { height, width, channels };
}
