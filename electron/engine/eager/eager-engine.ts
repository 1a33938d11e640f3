import { dirname, sep } from 'node:path';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import {
  DEFAULT_COMPILE_OPTIONS,
  type CompileOptions,
  type Engine,
  type EngineInfo,
  type DifferentiableModel,
} from '../../../shared/contract/engine.ts';
import { initialWeights } from '../../../shared/networks/initialise.ts';
import type { Network } from '../../../shared/networks/types.ts';
import { EagerModel } from './eager-model.ts';

/** tfjs-core on a backend that needs no native library: WebAssembly, or plain JavaScript for tests. */
export class EagerEngine implements Engine {
  readonly info: EngineInfo;

  private constructor(info: EngineInfo) {
    this.info = info;
  }

  /**
   * One backend per process: tfjs-core has a single current backend.
   * @throws ExpectedError 'no-engine' if the backend does not start
   */
  static async create(backend: 'wasm' | 'cpu', reason: string): Promise<EagerEngine> {
    // The whole of tfjs, for its side effects: it registers the gradients of all ops and the cpu backend,
    // which tfjs-core's own CommonJS build leaves out.
    await import('@tensorflow/tfjs');
    tf.enableProdMode();
    if (backend === 'wasm') {
      const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
      const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
      setWasmPaths(dirname(entry) + sep);
    }
    if (!(await tf.setBackend(backend))) {
      throw new ExpectedError('no-engine', `The ${backend} engine does not start on this machine.`);
    }
    await tf.ready();
    return new EagerEngine({ kind: backend, device: 'cpu', version: tf.version_core, reason });
  }

  async compile(
    network: Network,
    seed: number,
    options: Partial<CompileOptions> = {},
  ): Promise<DifferentiableModel> {
    const whole = { ...DEFAULT_COMPILE_OPTIONS, ...options };
    // Options are given per channel; the default is one value for all.
    const spread = (values: number[]) =>
      Array.from({ length: network.channels }, (_, i) => values[i % values.length]!);
    return new EagerModel(this.info, network, initialWeights(network, seed), {
      ...whole,
      mean: spread(whole.mean),
      std: spread(whole.std),
    });
  }
}
