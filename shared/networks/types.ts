/**
 * A network is data: layers in topological order, each naming its inputs. Interpreters (native graph,
 * eager, exporters) walk this list; none of them knows a network by name. Tensors are NHWC.
 */
export type Layer =
  /** No bias. Padding: (kernel-1)/2 on every side, as PyTorch's padding=kernel//2. */
  | { kind: 'conv'; name: string; input: string; filters: number; kernel: 1 | 3 | 5 | 7; stride: 1 | 2 }
  /** epsilon 1e-5; running variance unbiased, as PyTorch. */
  | { kind: 'batch-norm'; name: string; input: string }
  | { kind: 'relu'; name: string; input: string }
  | { kind: 'add'; name: string; inputs: [string, string] }
  /**
   * Size 2: stride 2, odd rests are dropped (PyTorch's floor mode). Size 3: stride 2 and one pixel of padding on
   * every side, as after the first convolution of ResNets for large images.
   */
  | { kind: 'max-pool'; name: string; input: string; size: 2 | 3 }
  | { kind: 'global-average-pool'; name: string; input: string }
  | { kind: 'dense'; name: string; input: string; units: number };

export interface Network {
  /** e.g. 'wrn-16-1', 'small-cnn'. */
  name: string;
  height: number;
  width: number;
  channels: number;
  classes: number;
  /** The first layer's input is 'input'; the last layer gives the logits. */
  layers: Layer[];
}

export interface ParameterSpec {
  /** 'layer/kernel', 'layer/gamma', 'layer/beta', 'layer/mean', 'layer/variance', 'layer/bias'. */
  name: string;
  shape: number[];
  /** Running statistics (mean, variance) are not trained. */
  trained: boolean;
}
