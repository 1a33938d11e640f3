import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Engine } from '../../shared/contract/engine.ts';
import { momentumName } from '../../shared/networks/initialise.ts';
import { parameterSpecs } from '../../shared/networks/shapes.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { referenceWeights, uniform } from './weights.ts';

export { referenceWeights, uniform };

/** One case of steps.json; see steps.py for what was computed. */
export interface ReferenceCase {
  network: string;
  height: number;
  width: number;
  channels: number;
  classes: number;
  batch: number;
  steps: {
    learningRate: number;
    weightDecay: number;
    weights: number[];
    gamma: number | null;
    gammaBatch: number | null;
    ceiling: number | null;
    losses: number[];
    tensors: Record<string, Digest>;
    evaluation: { losses: number[]; logits: Digest };
  }[];
  observed: Record<string, Digest>;
  observedEvaluation: { losses: number[]; logits: Digest };
}

export interface Digest {
  sum: number;
  norm: number;
  probe: number;
  first: number[];
}

export const referenceCases: ReferenceCase[] = JSON.parse(
  readFileSync(new URL('./steps.json', import.meta.url), 'utf8'),
).cases;

function digest(values: Float32Array): Digest {
  const probe = uniform('probe', values.length);
  let sum = 0;
  let squares = 0;
  let projection = 0;
  values.forEach((v, i) => {
    sum += v;
    squares += v * v;
    projection += v * (probe[i]! - 0.5);
  });
  return { sum, norm: Math.sqrt(squares), probe: projection, first: [...values.slice(0, 3)] };
}

/** Digests agree when their difference is small against the tensor's size (its Euclidean norm). */
export function expectDigest(values: Float32Array, wanted: Digest, tolerance: number, what: string): void {
  const actual = digest(values);
  const scale = tolerance * Math.max(wanted.norm, 1e-3);
  // An error of norm e changes the sum by at most sqrt(n) * e, and the projection on numbers in +-0.5 by half that.
  const bounds = {
    norm: scale,
    sum: scale * Math.sqrt(values.length),
    probe: (scale * Math.sqrt(values.length)) / 2,
  };
  for (const key of ['norm', 'sum', 'probe'] as const) {
    const difference = Math.abs(actual[key] - wanted[key]);
    expect(difference, `${what} ${key}: ${actual[key]} vs ${wanted[key]}`).toBeLessThan(bounds[key]);
  }
  wanted.first.forEach((v, i) => {
    expect(Math.abs(actual.first[i]! - v), `${what} value ${i}: ${actual.first[i]} vs ${v}`).toBeLessThan(
      scale,
    );
  });
}

function expectLosses(actual: Float32Array, wanted: number[], tolerance: number, what: string): void {
  wanted.forEach((loss, i) => {
    const bound = tolerance * Math.max(1, loss);
    expect(Math.abs(actual[i]! - loss), `${what} loss ${i}: ${actual[i]} vs ${loss}`).toBeLessThan(bound);
  });
}

/**
 * Runs one case on an engine and compares every number with PyTorch's. Losses, weights and running statistics
 * must agree to 1e-4 of their size after the first step; gradients, where a rounding error can switch a
 * rectifier, to 2e-3, and to 1e-2 in networks of eighteen layers and more; sums over images of 224 pixels a side lose
 * a digit more. Later steps start from those differences, and their gradients may differ by a tenth.
 */
export async function expectConforms(engine: Engine, reference: ReferenceCase): Promise<void> {
  const tolerance = 1e-4;
  const shallow = /^(wrn|small)/.test(reference.network);
  const gradientTolerance = (shallow ? 2e-3 : 1e-2) * (reference.height >= 200 ? 5 : 1);
  const network = networkByName(reference.network, reference);
  const { batch, height, width, channels, classes } = reference;
  const images = (key: string, n: number) =>
    Uint8Array.from(uniform(key, n * height * width * channels), (u) => Math.floor(u * 256));
  const labels = (key: string, n: number) => Int32Array.from(uniform(key, n), (u) => Math.floor(u * classes));
  const model = await engine.compile(network, 1);
  try {
    await model.write(referenceWeights(network));
    for (const [k, step] of reference.steps.entries()) {
      const drift = k === 0 ? 1 : 8;
      const slack = tolerance * drift;
      const gradientSlack = gradientTolerance * (k === 0 ? 1 : 60);
      const what = `${reference.network} step ${k + 1}`;
      const repeats = batch / step.weights.length;
      const { losses } = await model.step({
        images: images(`batch${k}`, batch),
        labels: labels(`labels${k}`, batch),
        weights: Float32Array.from(Array.from({ length: repeats }, () => step.weights).flat()),
        learningRate: step.learningRate,
        weightDecay: step.weightDecay,
        gamma: step.gamma,
        gammaBatch: step.gammaBatch,
        ceiling: step.ceiling,
      });
      expectLosses(losses, step.losses, slack, what);
      const tensors = await model.read(true);
      for (const spec of parameterSpecs(network)) {
        // A shift that starts near zero consists of gradients only; its size says nothing about rounding.
        const start = spec.name.endsWith('/beta') || spec.name.endsWith('/bias') ? gradientSlack : slack;
        expectDigest(tensors.get(spec.name)!, step.tensors[spec.name]!, start, `${what} ${spec.name}`);
        if (!spec.trained) continue;
        const momentum = momentumName(spec.name);
        expectDigest(tensors.get(momentum)!, step.tensors[momentum]!, gradientSlack, `${what} ${momentum}`);
      }
      const test = await model.evaluate(images('test', batch + 3), labels('test-labels', batch + 3));
      expectLosses(test.losses, step.evaluation.losses, slack, `${what} evaluation`);
      expectDigest(test.logits, step.evaluation.logits, slack, `${what} logits`);
    }
    for (let k = 0; k < 3; k++) await model.observe(images(`observe${k}`, batch), 1 / (k + 1));
    const after = await model.read();
    for (const [name, wanted] of Object.entries(reference.observed)) {
      expectDigest(after.get(name)!, wanted, tolerance * 50, `re-estimated ${name}`);
    }
    const test = await model.evaluate(images('test', batch + 3), labels('test-labels', batch + 3));
    expectLosses(test.losses, reference.observedEvaluation.losses, tolerance * 50, 're-estimated evaluation');
  } finally {
    model.dispose();
  }
}
