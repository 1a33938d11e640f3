import type { Network } from '../networks/types.ts';

/** Which interpreter of the network runs, on what, and why this one. */
export interface EngineInfo {
  /** native: TensorFlow graph; the others interpret the network step by step with tfjs-core. */
  kind: 'native' | 'webgpu' | 'wasm' | 'cpu';
  /** 'cpu', 'cuda:0', … */
  device: string;
  /** Version of the library that computes, e.g. '2.21.0'. */
  version: string;
  /** Why this engine was chosen, in one plain sentence. */
  reason: string;
}

/** How a network is made into something that trains. Fixed for a model's life. */
export interface CompileOptions {
  /** SGD momentum, PyTorch's convention: buffer = momentum * buffer + gradient. */
  momentum: number;
  nesterov: boolean;
  /** Share of the new batch in batch-norm running statistics (PyTorch's momentum), 0..1. */
  runningMomentum: number;
  /** Per channel, applied to pixels scaled to [0, 1]: (x - mean) / std. */
  mean: number[];
  std: number[];
}

export const DEFAULT_COMPILE_OPTIONS: CompileOptions = {
  momentum: 0.9,
  nesterov: true,
  runningMomentum: 0.1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/**
 * One optimizer step on sum(w_i * s_i * l_i), l_i = cross-entropy of example i, where
 * s_i = sign(l_i - gamma) for per-example LGA, sign(mean(l) - gammaBatch) for the batch-mean form, else 1.
 */
export interface StepInput {
  /** B x height x width x channels, 0..255. */
  images: Uint8Array;
  /** B class indices. */
  labels: Int32Array;
  /** B weights w_i: 1/B for descent, -1/B for ascent, or any mixture. */
  weights: Float32Array;
  learningRate: number;
  /** L2 penalty as in PyTorch's SGD: added to the gradient of every trained parameter. */
  weightDecay: number;
  /** Per-example LGA threshold; null = off. */
  gamma: number | null;
  /** Batch-mean LGA or flooding threshold; null = off. */
  gammaBatch: number | null;
  /** Examples of negative weight whose loss exceeds this add no gradient; null = off. */
  ceiling: number | null;
}

export interface StepResult {
  /** B cross-entropies before the update, training-mode batch norm. */
  losses: Float32Array;
  /** B predicted classes before the update. */
  predicted: Int32Array;
}

export interface Evaluation {
  /** B cross-entropies, evaluation-mode batch norm. */
  losses: Float32Array;
  /** B predicted classes. */
  predicted: Int32Array;
  /** B x classes. */
  logits: Float32Array;
}

/** Parameters, running statistics (`layer/name`) and, for checkpoints, momentum buffers (`momentum:layer/name`). */
export type Tensors = Map<string, Float32Array>;

/** A network that trains. All engines implement exactly this. */
export interface Model {
  readonly network: Network;
  readonly engine: EngineInfo;
  step(input: StepInput): Promise<StepResult>;
  /** Evaluation mode; nothing changes. Any batch size. */
  evaluate(images: Uint8Array, labels: Int32Array): Promise<Evaluation>;
  /**
   * Training-mode forward pass that only moves batch-norm running statistics:
   * running = (1 - share) * running + share * batch. share = 1/k on the k-th batch gives the cumulative mean.
   */
  observe(images: Uint8Array, share: number): Promise<void>;
  /** A copy of parameters and running statistics, and of momentum buffers if asked. */
  read(withMomentum?: boolean): Promise<Tensors>;
  /** Overwrites the named tensors; others stay. @throws RangeError on unknown names or wrong sizes */
  write(tensors: Tensors): Promise<void>;
  resetMomentum(): Promise<void>;
  dispose(): void;
}

/**
 * What pixels are moved for, evaluation mode: sum_i c_i * crossEntropy_i + sum_ij w_ij (f_ij - t_ij)^2, where the
 * features f are the input of the last dense layer. Simulated attacks are crafted with its gradient.
 */
export interface PixelObjective {
  /** B x height x width x channels, 0..255, not rounded. */
  pixels: Float32Array;
  /** B class indices. */
  labels: Int32Array;
  /** B factors c_i. */
  crossEntropy: Float32Array;
  /** B x features each: targets t and factors w; null = the first term only. */
  features: { targets: Float32Array; weights: Float32Array } | null;
}

export interface PixelGradient {
  /** B x height x width x channels, per grey level. */
  gradient: Float32Array;
  /** B cross-entropies. */
  losses: Float32Array;
  /** B predicted classes. */
  predicted: Int32Array;
  /** B x features. */
  features: Float32Array;
}

/** A model whose answers can be differentiated with respect to the pixels. */
export interface DifferentiableModel extends Model {
  /** Nothing changes in the model. Any batch size. */
  pixelGradient(objective: PixelObjective): Promise<PixelGradient>;
}

export interface Engine {
  readonly info: EngineInfo;
  /** Builds a model and initialises its weights from the seed. */
  compile(network: Network, seed: number, options?: Partial<CompileOptions>): Promise<DifferentiableModel>;
}
