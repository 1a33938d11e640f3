import { layerShapes } from '../../../shared/networks/shapes.ts';
import type { Layer, Network } from '../../../shared/networks/types.ts';
import { FLOAT, INT32, type Attributes, type GraphBuilder, type Output } from './graph.ts';

/** Values of a network's parameters and running statistics in this graph, by name. */
export type Values = Map<string, Output>;

export interface Pass {
  logits: Output;
  /** Training mode: running statistics after this batch, by parameter name. */
  statistics: Map<string, Output>;
  /** Output of each layer. */
  outputs: ReadonlyMap<string, Output>;
  /** Gradients of every trained parameter, given the gradient of the logits. */
  backward(logitsGradient: Output): Map<string, Output>;
  /** Gradient of the input, given those of the logits and of one other layer's output. */
  inputGradient(logitsGradient: Output, layer: string, layerGradient: Output): Output;
}

const BATCH_NORM_EPSILON = 1e-5;
/** Of 32-bit floats. */
const LOWEST = -3.4e38;

/**
 * Emits a forward pass and, on demand, its hand-derived backward pass.
 * @param input float B x H x W x C
 * @param mode training: batch statistics, with running ones moved by `share`; evaluation: running statistics
 */
export function emitNetwork(
  g: GraphBuilder,
  network: Network,
  values: Values,
  input: Output,
  mode: { training: true; share: number } | { training: false; differentiable?: boolean },
): Pass {
  layerShapes(network);
  const outputs = new Map<string, Output>([['input', input]]);
  const statistics = new Map<string, Output>();
  /** Gradient with respect to each layer's output, summed as consumers are walked. */
  const gradients = new Map<string, Output>();
  const parameters = new Map<string, Output>();
  /** One step back per layer, run in reverse order. */
  const tape: (() => void)[] = [];

  const differentiable = !mode.training && mode.differentiable === true;
  const accumulate = (name: string, gradient: Output) => {
    if (name === 'input' && !differentiable) return;
    const sum = gradients.get(name);
    gradients.set(name, sum ? g.one('AddV2', [sum, gradient]) : gradient);
  };
  const value = (name: string): Output => {
    const found = values.get(name);
    if (!found) throw new RangeError(`${network.name}: no value for ${name}`);
    return found;
  };

  for (const layer of network.layers) {
    const x = outputs.get(layer.kind === 'add' ? layer.inputs[0] : layer.input)!;
    const back = (step: (dy: Output) => void) => tape.push(() => step(gradients.get(layer.name)!));
    switch (layer.kind) {
      case 'conv': {
        const kernel = value(`${layer.name}/kernel`);
        const thinned = layer.kernel === 1 && layer.stride > 1 ? thinning(g, layer.stride) : null;
        const from = thinned ? g.one('StridedSlice', [x, ...thinned]) : x;
        const attributes = convAttributes(thinned ? { ...layer, stride: 1 } : layer);
        outputs.set(layer.name, g.one('Conv2D', [from, kernel], attributes));
        back((dy) => {
          const kernelShape = g.one('Shape', [kernel]);
          parameters.set(
            `${layer.name}/kernel`,
            g.one('Conv2DBackpropFilter', [from, kernelShape, dy], attributes),
          );
          if (layer.input === 'input' && !differentiable) return;
          const dx = g.one('Conv2DBackpropInput', [g.one('Shape', [from]), kernel, dy], attributes);
          accumulate(
            layer.input,
            thinned ? g.one('StridedSliceGrad', [g.one('Shape', [x]), ...thinned, dx]) : dx,
          );
        });
        break;
      }
      case 'batch-norm': {
        const gamma = value(`${layer.name}/gamma`);
        const attributes: Attributes = {
          epsilon: { f: BATCH_NORM_EPSILON },
          data_format: { s: 'NHWC' },
          is_training: { b: mode.training },
        };
        const [y, mean, variance, ...reserved] = g.op(
          'FusedBatchNormV3',
          [
            x,
            gamma,
            value(`${layer.name}/beta`),
            value(`${layer.name}/mean`),
            value(`${layer.name}/variance`),
          ],
          { ...attributes, exponential_avg_factor: { f: mode.training ? mode.share : 1 } },
        );
        outputs.set(layer.name, y!);
        if (!mode.training) {
          // With running statistics the layer is a factor and a shift per channel.
          back((dy) => {
            const variance = g.one('AddV2', [value(`${layer.name}/variance`), g.scalar(BATCH_NORM_EPSILON)]);
            accumulate(layer.input, g.one('Mul', [dy, g.one('Mul', [gamma, g.one('Rsqrt', [variance])])]));
          });
          break;
        }
        statistics.set(`${layer.name}/mean`, mean!);
        statistics.set(`${layer.name}/variance`, variance!);
        back((dy) => {
          const [dx, dgamma, dbeta] = g.op('FusedBatchNormGradV3', [dy, x, gamma, ...reserved], attributes);
          parameters.set(`${layer.name}/gamma`, dgamma!);
          parameters.set(`${layer.name}/beta`, dbeta!);
          accumulate(layer.input, dx!);
        });
        break;
      }
      case 'relu': {
        const y = g.one('Relu', [x]);
        outputs.set(layer.name, y);
        back((dy) => accumulate(layer.input, g.one('ReluGrad', [dy, y])));
        break;
      }
      case 'add': {
        outputs.set(layer.name, g.one('AddV2', [x, outputs.get(layer.inputs[1])!]));
        back((dy) => layer.inputs.forEach((name) => accumulate(name, dy)));
        break;
      }
      case 'max-pool': {
        const attributes: Attributes = {
          ksize: { ints: [1, layer.size, layer.size, 1] },
          strides: { ints: [1, 2, 2, 1] },
          padding: { s: 'VALID' },
        };
        // Padding must never be the largest value, so it is no zero.
        const paddings = () => g.constant(INT32, [4, 2], [0, 0, 1, 1, 1, 1, 0, 0]);
        const wide = layer.size === 2 ? x : g.one('PadV2', [x, paddings(), g.scalar(LOWEST)]);
        const y = g.one('MaxPool', [wide], attributes);
        outputs.set(layer.name, y);
        back((dy) => {
          const dx = g.one('MaxPoolGrad', [wide, y, dy], attributes);
          if (layer.size === 2) return accumulate(layer.input, dx);
          const { height, width, channels } = layerShapes(network).get(layer.input)!;
          const size = g.ints([-1, height, width, channels]);
          accumulate(layer.input, g.one('Slice', [dx, g.ints([0, 1, 1, 0]), size]));
        });
        break;
      }
      case 'global-average-pool': {
        outputs.set(layer.name, g.one('Mean', [x, g.ints([1, 2])], { keep_dims: { b: false } }));
        back((dy) => {
          const shape = layerShapes(network).get(layer.input)!;
          const scaled = g.one('Mul', [dy, g.scalar(1 / (shape.height * shape.width))]);
          const column = g.one('Reshape', [scaled, g.ints([-1, 1, 1, shape.channels])]);
          accumulate(layer.input, g.one('BroadcastTo', [column, g.one('Shape', [x])]));
        });
        break;
      }
      case 'dense': {
        const kernel = value(`${layer.name}/kernel`);
        outputs.set(
          layer.name,
          g.one('BiasAdd', [g.one('MatMul', [x, kernel]), value(`${layer.name}/bias`)]),
        );
        back((dy) => {
          parameters.set(`${layer.name}/kernel`, g.one('MatMul', [x, dy], { transpose_a: { b: true } }));
          parameters.set(`${layer.name}/bias`, g.one('BiasAddGrad', [dy]));
          accumulate(layer.input, g.one('MatMul', [dy, kernel], { transpose_b: { b: true } }));
        });
        break;
      }
    }
  }

  const last = network.layers.at(-1)!.name;
  return {
    logits: outputs.get(last)!,
    outputs,
    statistics,
    backward(logitsGradient) {
      gradients.set(last, logitsGradient);
      for (const step of tape.reverse()) step();
      return parameters;
    },
    inputGradient(logitsGradient, layer, layerGradient) {
      gradients.set(last, logitsGradient);
      gradients.set(layer, layerGradient);
      for (const step of tape.reverse()) step();
      return gradients.get('input')!;
    },
  };
}

/**
 * Begin, end and strides that leave every so many rows and columns. A 1x1 convolution with strides is computed as one
 * without on what this leaves: the same numbers, while oneDNN's own way (TensorFlow 2.21) writes beyond its memory
 * for fewer than 16 channels and large images.
 */
function thinning(g: GraphBuilder, stride: number): Output[] {
  const end = 2 ** 31 - 1;
  return [g.ints([0, 0, 0, 0]), g.ints([end, end, end, end]), g.ints([1, stride, stride, 1])];
}

function convAttributes(layer: Extract<Layer, { kind: 'conv' }>): Attributes {
  const strides = { strides: { ints: [1, layer.stride, layer.stride, 1] }, data_format: { s: 'NHWC' } };
  // With stride 1 'SAME' pads (kernel-1)/2 on every side. With stride 2 it would pad the bottom and right
  // only; PyTorch pads all four sides.
  if (layer.kernel === 1) return { ...strides, padding: { s: 'VALID' } };
  if (layer.stride === 1) return { ...strides, padding: { s: 'SAME' } };
  const p = (layer.kernel - 1) / 2;
  return { ...strides, padding: { s: 'EXPLICIT' }, explicit_paddings: { ints: [0, 0, p, p, p, p, 0, 0] } };
}

/**
 * Pixels 0..255 (uint8) to the network's input: scaled to [0, 1], then (x - mean) / std per channel.
 */
export function emitPixels(g: GraphBuilder, pixels: Output, mean: number[], std: number[]): Output {
  const scaled = g.one('RealDiv', [g.cast(pixels, FLOAT), g.scalar(255)]);
  if (mean.every((m) => m === 0) && std.every((s) => s === 1)) return scaled;
  const centred = g.one('Sub', [scaled, g.constant(FLOAT, [mean.length], mean)]);
  return g.one('RealDiv', [centred, g.constant(FLOAT, [std.length], std)]);
}
