import * as tf from '@tensorflow/tfjs-core';
import type {
  CompileOptions,
  DifferentiableModel,
  EngineInfo,
  Evaluation,
  PixelGradient,
  PixelObjective,
  StepInput,
  StepResult,
  Tensors,
} from '../../../shared/contract/engine.ts';
import { checkTensors, momentumName } from '../../../shared/networks/initialise.ts';
import { featureLayer, parameterSpecs } from '../../../shared/networks/shapes.ts';
import type { Network } from '../../../shared/networks/types.ts';
import { checkBatch, checkObjective } from '../batch.ts';
import { crossEntropies, forward, weightedLoss } from './forward.ts';
import type { Moments } from './layers.ts';

/**
 * The same network interpreted op by op with tfjs-core on its current backend: the fallback where no native
 * library can be had, and a second opinion for the native engine's tests.
 */
export class EagerModel implements DifferentiableModel {
  readonly network: Network;
  readonly engine: EngineInfo;
  readonly #options: CompileOptions;
  readonly #trained: string[];
  readonly #variables = new Map<string, tf.Variable>();

  constructor(engine: EngineInfo, network: Network, weights: Tensors, options: CompileOptions) {
    this.network = network;
    this.engine = engine;
    this.#options = options;
    checkTensors(network, weights);
    const specs = parameterSpecs(network);
    this.#trained = specs.filter((spec) => spec.trained).map((spec) => spec.name);
    tf.tidy(() => {
      for (const { name, shape, trained } of specs) {
        this.#variables.set(name, tf.variable(tf.tensor(weights.get(name)!.slice(), shape), trained));
        if (trained) this.#variables.set(momentumName(name), tf.variable(tf.zeros(shape), false));
      }
    });
  }

  async step(input: StepInput): Promise<StepResult> {
    checkBatch(this.network, input.images, input.labels, input.weights);
    const batch: [string, Moments][] = [];
    const [losses, predicted] = tf.tidy(() => {
      let kept: tf.Tensor[] = [];
      const x = this.#pixels(input.images);
      const y = tf.tensor1d(input.labels, 'int32');
      const { grads } = tf.variableGrads(
        () => {
          const logits = forward(this.network, this.#value, x, (layer, m) => {
            batch.push([layer, { ...m, mean: tf.keep(m.mean), variance: tf.keep(m.variance) }]);
          });
          return weightedLoss(logits, y, this.network.classes, (l) => {
            kept = [tf.keep(tf.clone(l)), tf.keep(tf.argMax(logits, 1))];
            return this.#factors(l, input);
          });
        },
        this.#trained.map((name) => this.#variable(name)),
      );
      for (const name of this.#trained) this.#update(name, grads[this.#variable(name).name]!, input);
      return kept as [tf.Tensor, tf.Tensor];
    });
    this.#moveStatistics(batch, this.#options.runningMomentum);
    return {
      losses: (await take(losses)) as Float32Array,
      predicted: (await take(predicted)) as Int32Array,
    };
  }

  async evaluate(images: Uint8Array, labels: Int32Array): Promise<Evaluation> {
    checkBatch(this.network, images, labels);
    const [losses, predicted, logits] = tf.tidy(() => {
      const output = forward(this.network, this.#value, this.#pixels(images), null);
      const y = tf.tensor1d(labels, 'int32');
      return [crossEntropies(output, y, this.network.classes), tf.argMax(output, 1), output] as const;
    });
    return {
      losses: (await take(losses)) as Float32Array,
      predicted: (await take(predicted)) as Int32Array,
      logits: (await take(logits)) as Float32Array,
    };
  }

  async observe(images: Uint8Array, share: number): Promise<void> {
    checkBatch(this.network, images);
    const batch: [string, Moments][] = [];
    tf.tidy(() => {
      forward(this.network, this.#value, this.#pixels(images), (layer, m) => {
        batch.push([layer, { ...m, mean: tf.keep(m.mean), variance: tf.keep(m.variance) }]);
      });
    });
    this.#moveStatistics(batch, share);
  }

  async pixelGradient(objective: PixelObjective): Promise<PixelGradient> {
    const { height, width, channels, classes } = this.network;
    const count = checkObjective(this.network, objective);
    const layer = featureLayer(this.network);
    const results = tf.tidy(() => {
      const pixels = tf.tensor4d(objective.pixels.slice(), [count, height, width, channels]);
      const labels = tf.tensor1d(objective.labels, 'int32');
      let kept: [tf.Tensor, tf.Tensor, tf.Tensor] | undefined;
      const gradient = tf.grad((x) => {
        let features: tf.Tensor | undefined;
        const logits = forward(
          this.network,
          this.#value,
          this.#normal(x as tf.Tensor4D),
          null,
          (name, output) => {
            if (name === layer.name) features = output;
          },
        );
        const losses = crossEntropies(logits, labels, classes);
        kept = [losses, tf.argMax(logits, 1), features!].map((one) => tf.keep(tf.clone(one))) as typeof kept;
        const first = weightedLoss(logits, labels, classes, () => tf.tensor1d(objective.crossEntropy));
        if (!objective.features) return first;
        const shape: [number, number] = [count, layer.size];
        const targets = tf.tensor2d(objective.features.targets, shape);
        const weights = tf.tensor2d(objective.features.weights, shape);
        const apart = tf.sub(features!, targets);
        return tf.add(first, tf.sum(tf.mul(weights, tf.mul(apart, apart))));
      })(pixels);
      return [gradient, ...kept!] as const;
    });
    const [gradient, losses, predicted, features] = await Promise.all(results.map(take));
    return { gradient, losses, predicted, features } as PixelGradient;
  }

  async read(withMomentum = false): Promise<Tensors> {
    const result: Tensors = new Map();
    for (const [name, variable] of this.#variables) {
      if (name.startsWith('momentum:') && !withMomentum) continue;
      result.set(name, Float32Array.from(await variable.data()));
    }
    return result;
  }

  async write(tensors: Tensors): Promise<void> {
    checkTensors(this.network, tensors);
    tf.tidy(() => {
      for (const [name, values] of tensors) {
        const variable = this.#variable(name);
        variable.assign(tf.tensor(values.slice(), variable.shape));
      }
    });
  }

  async resetMomentum(): Promise<void> {
    tf.tidy(() => {
      for (const name of this.#trained) {
        const buffer = this.#variable(momentumName(name));
        buffer.assign(tf.zerosLike(buffer));
      }
    });
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
    this.#variables.clear();
  }

  readonly #value = (name: string): tf.Tensor => this.#variable(name);

  #variable(name: string): tf.Variable {
    return this.#variables.get(name)!;
  }

  #pixels(images: Uint8Array): tf.Tensor4D {
    const { height, width, channels } = this.network;
    const count = images.length / (height * width * channels);
    return this.#normal(tf.tensor4d(Float32Array.from(images), [count, height, width, channels]));
  }

  /** Pixels 0..255 as the network sees them. */
  #normal(pixels: tf.Tensor4D): tf.Tensor4D {
    const scaled = tf.div(pixels, 255);
    return tf.div(tf.sub(scaled, tf.tensor1d(this.#options.mean)), tf.tensor1d(this.#options.std));
  }

  /** w_i times the signs of LGA and flooding: constants of the step. */
  #factors(losses: tf.Tensor1D, input: StepInput): tf.Tensor {
    let factors: tf.Tensor = tf.tensor1d(input.weights);
    if (input.ceiling !== null) {
      const above = tf.logicalAnd(tf.less(factors, 0), tf.greater(losses, input.ceiling));
      factors = tf.where(above, tf.zerosLike(factors), factors);
    }
    if (input.gamma !== null) factors = tf.mul(factors, tf.sign(tf.sub(losses, input.gamma)));
    if (input.gammaBatch !== null) {
      factors = tf.mul(factors, tf.sign(tf.sub(tf.mean(losses), input.gammaBatch)));
    }
    return factors;
  }

  /** SGD as PyTorch's: decay joins the gradient, buffer = momentum * buffer + gradient. */
  #update(name: string, slope: tf.Tensor, input: StepInput): void {
    const { momentum, nesterov } = this.#options;
    const variable = this.#variable(name);
    const buffer = this.#variable(momentumName(name));
    const gradient = tf.add(slope, tf.mul(variable, input.weightDecay));
    buffer.assign(tf.add(tf.mul(buffer, momentum), gradient));
    const direction = nesterov ? tf.add(gradient, tf.mul(buffer, momentum)) : buffer;
    variable.assign(tf.sub(variable, tf.mul(direction, input.learningRate)));
  }

  /** running = (1 - share) * running + share * batch, with the unbiased variance; disposes the moments. */
  #moveStatistics(batch: [string, Moments][], share: number): void {
    tf.tidy(() => {
      for (const [layer, { mean, variance, count }] of batch) {
        const unbiased = tf.mul(variance, count / Math.max(1, count - 1));
        for (const [name, value] of [
          ['mean', mean],
          ['variance', unbiased],
        ] as const) {
          // prettier-ignore
          const running = this.#variable(`${layer}/${name}`);
          running.assign(tf.add(tf.mul(running, 1 - share), tf.mul(value, share)));
        }
      }
    });
    for (const [, { mean, variance }] of batch) tf.dispose([mean, variance]);
  }
}

/** Reads a tensor and frees it. */
async function take(tensor: tf.Tensor): Promise<tf.TypedArray> {
  try {
    return (await tensor.data()).slice();
  } finally {
    tensor.dispose();
  }
}
