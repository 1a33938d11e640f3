import { parameterSpecs } from '../../../shared/networks/shapes.ts';
import { emitNetwork, emitPixels, type Values } from '../../engine/native/emit-network.ts';
import { FLOAT, GraphBuilder, UINT8 } from '../../engine/native/graph.ts';
import { savedModelBytes } from '../../engine/native/protobuf.ts';
import { normalisation, type ExportedModel } from './model.ts';

/** Constants of the graph that hold parameters are called so, followed by the parameter's name. */
export const WEIGHTS_PREFIX = 'weights/';

/**
 * The model as TensorFlow's SavedModel (`saved_model.pb`, weights inside), with the signature `serving_default`:
 * input `images`, uint8, any number x height x width x channels; outputs `logits` and `probabilities`.
 */
export function savedModel(model: ExportedModel): Uint8Array {
  const { network, tensors } = model;
  const { height, width, channels, classes } = network;
  const { mean, std } = normalisation(model);
  const g = new GraphBuilder();
  const images = g.placeholder('images', UINT8, [-1, height, width, channels]);
  const values: Values = new Map(
    parameterSpecs(network).map(({ name, shape }) => [
      name,
      g.weights(WEIGHTS_PREFIX + name, shape, tensors.get(name)!),
    ]),
  );
  const { logits } = emitNetwork(g, network, values, emitPixels(g, images, mean, std), { training: false });
  const output = (name: string) => ({ name, dtype: FLOAT, shape: [-1, classes] });
  return savedModelBytes(g.nodes, {
    inputs: { images: { name: 'images:0', dtype: UINT8, shape: [-1, height, width, channels] } },
    outputs: {
      logits: output(g.fetch('logits', logits)),
      probabilities: output(g.fetch('probabilities', g.one('Softmax', [logits]))),
    },
  });
}
