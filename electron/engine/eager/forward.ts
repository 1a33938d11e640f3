import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../../../shared/networks/types.ts';
import {
  batchNormEvaluation,
  batchNormTraining,
  conv,
  maxPool2,
  maxPool3,
  moments,
  type Moments,
} from './layers.ts';

/**
 * Interprets a network layer by layer.
 * @param training batch statistics are used and handed to `onMoments` (kept tensors: the receiver disposes them)
 * @param onOutput told each layer's output, by its name
 * @returns logits, B x classes
 */
export function forward(
  network: Network,
  value: (name: string) => tf.Tensor,
  input: tf.Tensor4D,
  onMoments: ((layer: string, batch: Moments) => void) | null,
  onOutput?: (layer: string, output: tf.Tensor) => void,
): tf.Tensor2D {
  const outputs = new Map<string, tf.Tensor>([['input', input]]);
  const get = <T extends tf.Tensor>(name: string) => outputs.get(name) as T;
  for (const layer of network.layers) {
    switch (layer.kind) {
      case 'conv':
        outputs.set(
          layer.name,
          conv(get(layer.input), value(`${layer.name}/kernel`) as tf.Tensor4D, layer.stride),
        );
        break;
      case 'batch-norm': {
        const x = get<tf.Tensor4D>(layer.input);
        const part = (name: string) => value(`${layer.name}/${name}`) as tf.Tensor1D;
        if (onMoments) {
          const batch = moments(x);
          onMoments(layer.name, batch);
          outputs.set(layer.name, batchNormTraining(x, part('gamma'), part('beta'), batch));
        } else {
          outputs.set(
            layer.name,
            batchNormEvaluation(x, part('gamma'), part('beta'), part('mean'), part('variance')),
          );
        }
        break;
      }
      case 'relu':
        outputs.set(layer.name, tf.relu(get(layer.input)));
        break;
      case 'add':
        outputs.set(layer.name, tf.add(get(layer.inputs[0]), get(layer.inputs[1])));
        break;
      case 'max-pool':
        outputs.set(layer.name, (layer.size === 2 ? maxPool2 : maxPool3)(get(layer.input)));
        break;
      case 'global-average-pool':
        outputs.set(layer.name, tf.mean(get(layer.input), [1, 2]));
        break;
      case 'dense': {
        const product = tf.matMul(
          get<tf.Tensor2D>(layer.input),
          value(`${layer.name}/kernel`) as tf.Tensor2D,
        );
        outputs.set(layer.name, tf.add(product, value(`${layer.name}/bias`)));
        break;
      }
    }
    onOutput?.(layer.name, get(layer.name));
  }
  return get(network.layers.at(-1)!.name);
}

/** Cross-entropy per example, B values, from logits and labels; stable for losses of any size. */
export function crossEntropies(logits: tf.Tensor2D, labels: tf.Tensor1D, classes: number): tf.Tensor1D {
  const hot = tf.oneHot(labels, classes);
  return tf.neg(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), 1));
}

/**
 * sum(f_i * l_i) over the batch, where the factors f (B values) may depend on the losses but count as constants
 * in the gradient: d/dlogits = f_i * (softmax - one-hot).
 */
export function weightedLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  classes: number,
  factorsOf: (losses: tf.Tensor1D) => tf.Tensor,
): tf.Scalar {
  const op = tf.customGrad((x, save) => {
    const losses = crossEntropies(x as tf.Tensor2D, labels, classes);
    const factors = factorsOf(losses);
    const slope = tf.sub(tf.softmax(x as tf.Tensor2D), tf.oneHot(labels, classes));
    (save as tf.GradSaveFunc)([tf.mul(slope, tf.expandDims(factors, 1))]);
    return {
      value: tf.sum(tf.mul(losses, factors)),
      gradFunc: (dy: tf.Tensor, [weighted]: tf.Tensor[]) => tf.mul(weighted!, dy),
    };
  });
  return op(logits) as tf.Scalar;
}
