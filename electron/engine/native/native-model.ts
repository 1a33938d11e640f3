import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { checkTensors } from '../../../shared/networks/initialise.ts';
import { featureLayer } from '../../../shared/networks/shapes.ts';
import type { Network } from '../../../shared/networks/types.ts';
import { checkBatch, checkObjective } from '../batch.ts';
import type { Binding } from './binding.ts';
import { emitModel, type ModelGraph, type Signature } from './emit-model.ts';
import { FLOAT } from './graph.ts';
import { savedModelBytes } from './protobuf.ts';

type Feed = { shape: readonly number[]; data: Float32Array | Int32Array | Uint8Array };

/** Off values: no loss is below -1 or above the largest float, so signs are +1 and nothing is capped. */
const NO_GAMMA = -1;
const NO_CEILING = 3e38;

/** A network compiled into one TensorFlow graph; each method is one session call. */
export class NativeModel implements DifferentiableModel {
  readonly network: Network;
  readonly engine: EngineInfo;
  readonly #binding: Binding;
  readonly #graph: ModelGraph;
  readonly #session: number;

  constructor(
    binding: Binding,
    engine: EngineInfo,
    network: Network,
    weights: Tensors,
    options: CompileOptions,
  ) {
    this.network = network;
    this.engine = engine;
    this.#binding = binding;
    this.#graph = emitModel(network, options);
    // The binding loads graphs from a folder only; the file is needed no longer once it is loaded.
    const folder = mkdtempSync(join(tmpdir(), 'theriac-graph-'));
    try {
      writeFileSync(join(folder, 'saved_model.pb'), savedModelBytes(this.#graph.nodes));
      this.#session = binding.loadSavedModel(folder, 'serve');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    checkTensors(network, weights);
    const values = new Map(
      this.#graph.variables.map(({ name, shape }) => [
        name,
        weights.get(name) ?? new Float32Array(shape.reduce((a, b) => a * b, 1)),
      ]),
    );
    this.#assign(values);
  }

  async step(input: StepInput): Promise<StepResult> {
    const count = checkBatch(this.network, input.images, input.labels, input.weights);
    const scalar = (value: number): Feed => ({ shape: [], data: Float32Array.of(value) });
    const { losses, predicted } = this.#run(this.#graph.signatures.step, {
      images: this.#images(count, input.images),
      labels: { shape: [count], data: input.labels },
      weights: { shape: [count], data: input.weights },
      learningRate: scalar(input.learningRate),
      weightDecay: scalar(input.weightDecay),
      gamma: scalar(input.gamma ?? NO_GAMMA),
      gammaBatch: scalar(input.gammaBatch ?? NO_GAMMA),
      ceiling: scalar(input.ceiling ?? NO_CEILING),
    });
    return { losses: losses as Float32Array, predicted: predicted as Int32Array };
  }

  async evaluate(images: Uint8Array, labels: Int32Array): Promise<Evaluation> {
    const count = checkBatch(this.network, images, labels);
    const { losses, predicted, logits } = this.#run(this.#graph.signatures.evaluate, {
      images: this.#images(count, images),
      labels: { shape: [count], data: labels },
    });
    return {
      losses: losses as Float32Array,
      predicted: predicted as Int32Array,
      logits: logits as Float32Array,
    };
  }

  async observe(images: Uint8Array, share: number): Promise<void> {
    const count = checkBatch(this.network, images);
    this.#run(this.#graph.signatures.observe, {
      images: this.#images(count, images),
      share: { shape: [], data: Float32Array.of(share) },
    });
  }

  async pixelGradient(objective: PixelObjective): Promise<PixelGradient> {
    const { height, width, channels } = this.network;
    const { size } = featureLayer(this.network);
    const count = checkObjective(this.network, objective);
    const { targets, weights } = objective.features ?? {
      targets: new Float32Array(count * size),
      weights: new Float32Array(count * size),
    };
    return this.#run(this.#graph.signatures.pixels, {
      images: { shape: [count, height, width, channels], data: objective.pixels },
      labels: { shape: [count], data: objective.labels },
      crossEntropy: { shape: [count], data: objective.crossEntropy },
      targets: { shape: [count, size], data: targets },
      weights: { shape: [count, size], data: weights },
    }) as unknown as PixelGradient;
  }

  async read(withMomentum = false): Promise<Tensors> {
    const names = this.#names(withMomentum);
    const { read } = this.#graph.signatures;
    const wanted: Signature = {
      feeds: {},
      fetches: Object.fromEntries(names.map((name) => [name, read.fetches[name]!])),
    };
    return new Map(Object.entries(this.#run(wanted, {}))) as Tensors;
  }

  async write(tensors: Tensors): Promise<void> {
    checkTensors(this.network, tensors);
    const all = await this.read(true);
    for (const [name, values] of tensors) all.set(name, values);
    this.#assign(all);
  }

  async resetMomentum(): Promise<void> {
    const all = await this.read(true);
    for (const [name, values] of all) if (name.startsWith('momentum:')) values.fill(0);
    this.#assign(all);
  }

  dispose(): void {
    this.#binding.deleteSavedModel(this.#session);
  }

  #names(withMomentum: boolean): string[] {
    return this.#graph.variables
      .map(({ name }) => name)
      .filter((name) => withMomentum || !name.startsWith('momentum:'));
  }

  #images(count: number, data: Uint8Array): Feed {
    return { shape: [count, this.network.height, this.network.width, this.network.channels], data };
  }

  #assign(values: Tensors): void {
    const feeds: Record<string, Feed> = {};
    for (const { name, shape } of this.#graph.variables) {
      // The addon shares memory with the array while the tensor lives; the caller may go on using his.
      feeds[name] = { shape, data: Float32Array.from(values.get(name)!) };
    }
    this.#run(this.#graph.signatures.assign, feeds);
  }

  #run(
    signature: Signature,
    feeds: Record<string, Feed>,
  ): Record<string, Float32Array | Int32Array | Uint8Array> {
    const binding = this.#binding;
    const inputs: number[] = [];
    const names: string[] = [];
    const outputs = Object.keys(signature.fetches);
    const results: Record<string, Float32Array | Int32Array | Uint8Array> = {};
    try {
      for (const [key, { name, dtype }] of Object.entries(signature.feeds)) {
        const { shape, data } = feeds[key]!;
        inputs.push(binding.createTensor(shape, dtype, data));
        names.push(name);
      }
      const handles = binding.runSavedModel(
        this.#session,
        inputs,
        names.join(),
        outputs.map((key) => signature.fetches[key]).join(),
      );
      outputs.forEach((key, i) => {
        const { id, dtype } = handles[i]!;
        const data = binding.tensorDataSync(id);
        results[key] = dtype === FLOAT ? (data as Float32Array) : data;
        binding.deleteTensor(id);
      });
    } finally {
      for (const id of inputs) binding.deleteTensor(id);
    }
    return results;
  }
}
