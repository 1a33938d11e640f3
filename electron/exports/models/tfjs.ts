import { parameterSpecs } from '../../../shared/networks/shapes.ts';
import type { Layer } from '../../../shared/networks/types.ts';
import { float32Bytes, normalisation, type ExportedModel } from './model.ts';

const EPSILON = 1e-5;
const NORMALISE = 'pixels';
export const TFJS_WEIGHTS = 'weights.bin';

/** A layer of Keras, as `model.json` lists it. */
interface KerasLayer {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  /** [node, [[layer, 0, 0, {}], …]] as Keras has it. */
  inbound_nodes: unknown[];
}

/**
 * The model as a TensorFlow.js layers model: `model.json` and the weights' bytes. Input: float32, any number x
 * height x width x channels, 0..255; output: logits.
 */
export function tfjsModel(model: ExportedModel): { topology: object; weights: Buffer } {
  const { network, meta } = model;
  const specs = [...pixelWeights(model), ...weightsOf(model)];
  const layers: KerasLayer[] = [
    {
      name: 'images',
      class_name: 'InputLayer',
      config: {
        name: 'images',
        batch_input_shape: [null, network.height, network.width, network.channels],
        dtype: 'float32',
        sparse: false,
      },
      inbound_nodes: [],
    },
    // (pixel / 255 - mean) / std, as a batch norm that has learnt nothing.
    batchNorm(NORMALISE, 'images', { scale: false, center: false }),
    ...network.layers.flatMap(kerasLayers),
  ];
  const last = network.layers.at(-1)!.name;
  return {
    topology: {
      format: 'layers-model',
      generatedBy: 'Theriac',
      convertedBy: null,
      modelTopology: {
        class_name: 'Model',
        config: {
          name: meta.network.name,
          layers,
          input_layers: [['images', 0, 0]],
          output_layers: [[last, 0, 0]],
        },
        keras_version: '2.11.0',
        backend: 'tensorflow',
      },
      weightsManifest: [
        {
          paths: [TFJS_WEIGHTS],
          weights: specs.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
        },
      ],
    },
    weights: Buffer.concat(specs.map(({ values }) => float32Bytes(values))),
  };
}

interface KerasWeight {
  name: string;
  shape: number[];
  values: Float32Array;
}

const KERAS_NAMES: Record<string, string> = { mean: 'moving_mean', variance: 'moving_variance' };

function weightsOf({ network, tensors }: ExportedModel): KerasWeight[] {
  return parameterSpecs(network).map(({ name, shape }) => {
    const [layer, part] = name.split('/') as [string, string];
    return { name: `${layer}/${KERAS_NAMES[part] ?? part}`, shape, values: tensors.get(name)! };
  });
}

function pixelWeights(model: ExportedModel): KerasWeight[] {
  const { mean, std } = normalisation(model);
  const shape = [model.network.channels];
  const of = (values: number[]) => Float32Array.from(values);
  return [
    { name: `${NORMALISE}/moving_mean`, shape, values: of(mean.map((m) => 255 * m)) },
    { name: `${NORMALISE}/moving_variance`, shape, values: of(std.map((s) => (255 * s) ** 2 - EPSILON)) },
  ];
}

function kerasLayers(layer: Layer): KerasLayer[] {
  const { name } = layer;
  switch (layer.kind) {
    case 'conv': {
      const { input, pad } = padding(layer.name, from(layer.input), (layer.kernel - 1) / 2);
      const config = {
        name,
        filters: layer.filters,
        kernel_size: [layer.kernel, layer.kernel],
        strides: [layer.stride, layer.stride],
        padding: 'valid',
        data_format: 'channels_last',
        dilation_rate: [1, 1],
        activation: 'linear',
        use_bias: false,
      };
      return [...pad, keras('Conv2D', name, [input], config)];
    }
    case 'batch-norm':
      return [batchNorm(name, from(layer.input), { scale: true, center: true })];
    case 'relu':
      return [keras('Activation', name, [from(layer.input)], { name, activation: 'relu' })];
    case 'add':
      return [keras('Add', name, layer.inputs.map(from), { name })];
    case 'max-pool': {
      // Zeros at the border are never the largest: what is pooled with padding comes out of a ReLU.
      const { input, pad } = padding(layer.name, from(layer.input), layer.size === 3 ? 1 : 0);
      const config = {
        name,
        pool_size: [layer.size, layer.size],
        strides: [2, 2],
        padding: 'valid',
        data_format: 'channels_last',
      };
      return [...pad, keras('MaxPooling2D', name, [input], config)];
    }
    case 'global-average-pool':
      return [
        keras('GlobalAveragePooling2D', name, [from(layer.input)], { name, data_format: 'channels_last' }),
      ];
    case 'dense':
      return [
        keras('Dense', name, [from(layer.input)], {
          name,
          units: layer.units,
          activation: 'linear',
          use_bias: true,
        }),
      ];
  }
}

/** The network's input is what comes out of the normalising layer. */
function from(input: string): string {
  return input === 'input' ? NORMALISE : input;
}

function padding(name: string, input: string, by: number): { input: string; pad: KerasLayer[] } {
  if (by === 0) return { input, pad: [] };
  const pad = `${name}-pad`;
  const config = {
    name: pad,
    padding: [
      [by, by],
      [by, by],
    ],
    data_format: 'channels_last',
  };
  return { input: pad, pad: [keras('ZeroPadding2D', pad, [input], config)] };
}

function batchNorm(name: string, input: string, parts: { scale: boolean; center: boolean }): KerasLayer {
  return keras('BatchNormalization', name, [input], { name, axis: 3, epsilon: EPSILON, ...parts });
}

function keras(
  className: string,
  name: string,
  inputs: readonly string[],
  config: Record<string, unknown>,
): KerasLayer {
  return {
    name,
    class_name: className,
    config: { ...config, trainable: true, dtype: 'float32' },
    inbound_nodes: [inputs.map((input) => [input, 0, 0, {}])],
  };
}
