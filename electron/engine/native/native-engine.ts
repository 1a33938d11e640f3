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
import { loadBinding, type Binding } from './binding.ts';
import { NativeModel } from './native-model.ts';

/** TensorFlow through the native addon: every training step is one call of one graph. */
export class NativeEngine implements Engine {
  readonly info: EngineInfo;
  readonly binding: Binding;

  /**
   * @param addon the compiled binding; it finds libtensorflow by its own path
   * @throws ExpectedError 'no-engine' if the addon or its library cannot be loaded
   */
  constructor(addon: string) {
    try {
      this.binding = loadBinding(addon);
    } catch (error) {
      throw new ExpectedError(
        'no-engine',
        `The native engine ${addon} cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
        'Install it again with: theriac engine install',
        { cause: error },
      );
    }
    const gpu = this.binding.isUsingGpuDevice();
    this.info = {
      kind: 'native',
      device: gpu ? 'cuda:0' : 'cpu',
      version: this.binding.TF_Version,
      reason: gpu
        ? 'TensorFlow found an NVIDIA graphics card.'
        : 'TensorFlow is installed; no graphics card that it can use was found.',
    };
  }

  async compile(
    network: Network,
    seed: number,
    options: Partial<CompileOptions> = {},
  ): Promise<DifferentiableModel> {
    return new NativeModel(this.binding, this.info, network, initialWeights(network, seed), {
      ...DEFAULT_COMPILE_OPTIONS,
      ...options,
    });
  }
}
