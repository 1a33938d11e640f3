import { parameterSpecs } from '../../../shared/networks/shapes.ts';
import type { Layer } from '../../../shared/networks/types.ts';
import { float32Bytes, normalisation, toChannelsFirst, type ExportedModel } from './model.ts';
import { ONNX_FLOAT, ONNX_UINT8, onnxBytes, type OnnxNode, type OnnxTensor } from './onnx-format.ts';

const EPSILON = 1e-5;

/**
 * The model as an ONNX file (operator set 17). Input `images`: uint8, any number x height x width x channels,
 * 0..255, as decoded; what the training did to pixels is in the graph. Outputs `logits` and `probabilities`.
 */
export function onnxModel(model: ExportedModel, producerVersion: string): Uint8Array {
  const { network, tensors, meta } = model;
  const { height, width, channels, classes } = network;
  const { mean, std } = normalisation(model);
  const constant = (name: string, values: number[], shape: number[]): OnnxTensor => ({
    name,
    shape,
    bytes: float32Bytes(Float32Array.from(values)),
  });
  const nodes: OnnxNode[] = [
    node('Cast', 'pixels-cast', ['images'], { to: { i: ONNX_FLOAT } }),
    node('Div', 'pixels-scaled', ['pixels-cast', 'pixels-255']),
    node('Sub', 'pixels-centred', ['pixels-scaled', 'pixels-mean']),
    node('Div', 'pixels-normal', ['pixels-centred', 'pixels-std']),
    node('Transpose', 'input', ['pixels-normal'], { perm: { ints: [0, 3, 1, 2] } }),
  ];
  const last = network.layers.at(-1)!.name;
  for (const layer of network.layers) nodes.push(...layerNodes(layer));
  nodes.push(
    node('Identity', 'logits', [last]),
    node('Softmax', 'probabilities', [last], { axis: { i: 1 } }),
  );
  return onnxBytes({
    name: meta.network.name,
    producerVersion,
    nodes,
    tensors: [
      constant('pixels-255', [255], []),
      constant('pixels-mean', mean, [channels]),
      constant('pixels-std', std, [channels]),
      ...parameterSpecs(network).map(({ name, shape }) => {
        const values = tensors.get(name)!;
        if (shape.length !== 4) return { name, shape, bytes: float32Bytes(values) };
        const [h, w, i, o] = shape as [number, number, number, number];
        return { name, shape: [o, i, h, w], bytes: float32Bytes(toChannelsFirst(values, shape)) };
      }),
    ],
    inputs: [{ name: 'images', type: ONNX_UINT8, shape: ['batch', height, width, channels] }],
    outputs: [
      { name: 'logits', type: ONNX_FLOAT, shape: ['batch', classes] },
      { name: 'probabilities', type: ONNX_FLOAT, shape: ['batch', classes] },
    ],
    metadata: { theriac: JSON.stringify(meta) },
  });
}

/** One layer; its output bears its name. */
function layerNodes(layer: Layer): OnnxNode[] {
  const { name } = layer;
  const square = (value: number) => ({ ints: [value, value] });
  const padded = (value: number) => ({ ints: [value, value, value, value] });
  switch (layer.kind) {
    case 'conv':
      return [
        node('Conv', name, [layer.input, `${name}/kernel`], {
          kernel_shape: square(layer.kernel),
          strides: square(layer.stride),
          pads: padded((layer.kernel - 1) / 2),
        }),
      ];
    case 'batch-norm': {
      const parts = ['gamma', 'beta', 'mean', 'variance'].map((part) => `${name}/${part}`);
      return [node('BatchNormalization', name, [layer.input, ...parts], { epsilon: { f: EPSILON } })];
    }
    case 'relu':
      return [node('Relu', name, [layer.input])];
    case 'add':
      return [node('Add', name, layer.inputs)];
    case 'max-pool':
      return [
        node('MaxPool', name, [layer.input], {
          kernel_shape: square(layer.size),
          strides: square(2),
          pads: padded(layer.size === 3 ? 1 : 0),
        }),
      ];
    case 'global-average-pool':
      return [
        node('GlobalAveragePool', `${name}-map`, [layer.input]),
        node('Flatten', name, [`${name}-map`], { axis: { i: 1 } }),
      ];
    case 'dense':
      return [node('Gemm', name, [layer.input, `${name}/kernel`, `${name}/bias`])];
  }
}

function node(
  op: string,
  name: string,
  inputs: readonly string[],
  attributes?: OnnxNode['attributes'],
): OnnxNode {
  return { op, name, inputs, outputs: [name], ...(attributes ? { attributes } : {}) };
}
