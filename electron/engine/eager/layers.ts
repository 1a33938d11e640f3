import * as tf from '@tensorflow/tfjs-core';

/*
 * Layer functions over tfjs-core for any backend. Convolution and batch norm carry their own gradients: the
 * WebAssembly backend has no kernel for the gradient of a convolution's filter, and its general reductions
 * are slow, so both are composed from forward convolutions and matrix products.
 */

const EPSILON = 1e-5;

/** Convolution without bias, NHWC, padded by (kernel - 1) / 2 on every side. */
export function conv(x: tf.Tensor4D, kernel: tf.Tensor4D, stride: 1 | 2): tf.Tensor4D {
  const op = tf.customGrad((a, w, save) => {
    const [input, filter] = [a as tf.Tensor4D, w as tf.Tensor4D];
    (save as tf.GradSaveFunc)([input, filter]);
    return {
      value: forward(input, filter, stride),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [i, f] = saved as [tf.Tensor4D, tf.Tensor4D];
        return [
          inputGradient(dy as tf.Tensor4D, f, i.shape, stride),
          filterGradient(i, dy as tf.Tensor4D, f.shape, stride),
        ];
      },
    };
  });
  return op(x, kernel) as tf.Tensor4D;
}

function forward(x: tf.Tensor4D, kernel: tf.Tensor4D, stride: number): tf.Tensor4D {
  return tf.conv2d(padded(x, (kernel.shape[0] - 1) / 2), kernel, stride, 'valid');
}

function padded(x: tf.Tensor4D, p: number): tf.Tensor4D {
  return p === 0 ? x : tf.pad(x, [[0, 0], [p, p], [p, p], [0, 0]]); // prettier-ignore
}

/** dW = x (channels as batch) convolved with dy (batch as channels), dilated by the stride. */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  [height, width, channels]: readonly number[],
  stride: number,
): tf.Tensor4D {
  const [batch, rows, columns] = dy.shape;
  const wide = padded(x, (height! - 1) / 2);
  // Rows and columns that the last window does not reach have no part in the gradient.
  const used = tf.slice(wide, [0, 0, 0, 0], [
    batch,
    (rows - 1) * stride + height!,
    (columns - 1) * stride + width!,
    channels!,
  ]); // prettier-ignore
  const gradient = tf.conv2d(
    tf.transpose(used, [3, 1, 2, 0]),
    tf.transpose(dy, [1, 2, 0, 3]) as tf.Tensor4D,
    1,
    'valid',
    'NHWC',
    stride,
  );
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/** dx = dy, spread out by the stride, convolved with the mirrored kernel. */
function inputGradient(
  dy: tf.Tensor4D,
  kernel: tf.Tensor4D,
  [batch, height, width]: readonly number[],
  stride: number,
): tf.Tensor4D {
  const size = kernel.shape[0];
  const spread = spreadOut(dy, stride);
  const before = size - 1 - (size - 1) / 2;
  const after = (total: number, spreadSize: number) => total + size - 1 - spreadSize - before;
  const wide = tf.pad(spread, [
    [0, 0],
    [before, after(height!, spread.shape[1])],
    [before, after(width!, spread.shape[2])],
    [0, 0],
  ]);
  const mirrored = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
  const dx = tf.conv2d(wide, mirrored, 1, 'valid');
  return tf.reshape(dx, [batch!, height!, width!, kernel.shape[2]]);
}

/** Puts stride - 1 zeros between neighbouring rows and columns. */
function spreadOut(x: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const gap = stride - 1;
  const rows = tf.pad(tf.reshape(x, [batch * height, 1, width, channels]), [[0, 0], [0, gap], [0, 0], [0, 0]]); // prettier-ignore
  const columns = tf.pad(
    tf.reshape(rows, [batch * height * stride, width, 1, channels]),
    [[0, 0], [0, 0], [0, gap], [0, 0]], // prettier-ignore
  );
  const whole = tf.reshape(columns, [batch, height * stride, width * stride, channels]) as tf.Tensor4D;
  return tf.slice(
    whole,
    [0, 0, 0, 0],
    [batch, (height - 1) * stride + 1, (width - 1) * stride + 1, channels],
  );
}

export interface Moments {
  mean: tf.Tensor1D;
  /** Biased (divided by n), as used for normalising. */
  variance: tf.Tensor1D;
  /** Values per channel. */
  count: number;
}

/** Per-channel moments over batch, rows and columns, by matrix products with ones. */
export function moments(x: tf.Tensor4D): Moments {
  return tf.tidy(() => {
    const channels = x.shape[3];
    const count = x.size / channels;
    const flat = tf.reshape(x, [count, channels]) as tf.Tensor2D;
    const average = tf.fill([1, count], 1 / count) as tf.Tensor2D;
    const mean = tf.reshape(tf.matMul(average, flat), [channels]) as tf.Tensor1D;
    const squares = tf.square(tf.sub(flat, mean)) as tf.Tensor2D;
    const variance = tf.reshape(tf.matMul(average, squares), [channels]) as tf.Tensor1D;
    return { mean, variance, count };
  });
}

/** Batch norm with the batch's own statistics; the gradient takes their dependence on x into account. */
export function batchNormTraining(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  batch: Moments,
): tf.Tensor4D {
  const channels = x.shape[3];
  const op = tf.customGrad((...args) => {
    const [input, scale, shift] = args as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    const save = args[3] as unknown as tf.GradSaveFunc;
    const inverse = tf.rsqrt(tf.add(batch.variance, EPSILON));
    const normal = tf.mul(tf.sub(input, batch.mean), inverse);
    save([normal, scale, inverse]);
    return {
      value: tf.add(tf.mul(normal, scale), shift),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [n, s, inv] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
        const ones = tf.ones([1, batch.count]) as tf.Tensor2D;
        const sum = (t: tf.Tensor) =>
          tf.reshape(tf.matMul(ones, tf.reshape(t, [batch.count, channels]) as tf.Tensor2D), [channels]);
        const dbeta = sum(dy);
        const dgamma = sum(tf.mul(dy, n));
        const centred = tf.sub(
          tf.sub(dy, tf.div(dbeta, batch.count)),
          tf.mul(n, tf.div(dgamma, batch.count)),
        );
        return [tf.mul(centred, tf.mul(s, inv)), dgamma, dbeta];
      },
    };
  });
  return op(x, gamma, beta) as tf.Tensor4D;
}

/** Batch norm with running statistics. */
export function batchNormEvaluation(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
): tf.Tensor4D {
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, EPSILON)));
  return tf.add(tf.mul(x, scale), tf.sub(beta, tf.mul(mean, scale)));
}

/**
 * Largest of each 2x2 window; a rest row or column is dropped. Made of slices and pairwise maxima, which every
 * backend can differentiate.
 */
export function maxPool2(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [h, w] = [Math.floor(height / 2), Math.floor(width / 2)];
  const even =
    h * 2 === height && w * 2 === width ? x : tf.slice(x, [0, 0, 0, 0], [batch, h * 2, w * 2, channels]);
  const pairs = tf.reshape(even, [batch * h, 2, w, 2 * channels]);
  const size = [batch * h, 1, w, 2 * channels];
  const rows = tf.reshape(
    tf.maximum(tf.slice(pairs, [0, 0, 0, 0], size), tf.slice(pairs, [0, 1, 0, 0], size)),
    [batch * h, w, 2 * channels],
  );
  const half = [batch * h, w, channels];
  const columns = tf.maximum(tf.slice(rows, [0, 0, 0], half), tf.slice(rows, [0, 0, channels], half));
  return tf.reshape(columns, [batch, h, w, channels]) as tf.Tensor4D;
}

/** Of 32-bit floats. */
const LOWEST = -3.4e38;

/** Largest of each 3x3 window with stride 2 and one pixel of padding; made of slices for the same reason. */
export function maxPool3(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [h, w] = [Math.floor((height - 1) / 2) + 1, Math.floor((width - 1) / 2) + 1];
  // Two at the end make the third of the last window's pairs whole; where one is enough, it is never read.
  const wide = tf.pad(x, [[0, 0], [1, 2], [1, 2], [0, 0]], LOWEST); // prettier-ignore
  const row = [batch, h, 1, (width + 3) * channels];
  const inRows = (from: number) =>
    tf.reshape(tf.slice(wide, [0, from, 0, 0], [batch, 2 * h, width + 3, channels]), [
      batch,
      h,
      2,
      (width + 3) * channels,
    ]);
  const first = inRows(0);
  const upper = tf.maximum(tf.slice(first, [0, 0, 0, 0], row), tf.slice(first, [0, 0, 1, 0], row));
  const tall = tf.maximum(upper, tf.slice(inRows(2), [0, 0, 0, 0], row));
  const lines = tf.reshape(tall, [batch * h, width + 3, channels]);
  const column = [batch * h, w, channels];
  const inColumns = (from: number) =>
    tf.reshape(tf.slice(lines, [0, from, 0], [batch * h, 2 * w, channels]), [batch * h, w, 2 * channels]);
  const left = inColumns(0);
  const pair = tf.maximum(tf.slice(left, [0, 0, 0], column), tf.slice(left, [0, 0, channels], column));
  const all = tf.maximum(pair, tf.slice(inColumns(2), [0, 0, 0], column));
  return tf.reshape(all, [batch, h, w, channels]) as tf.Tensor4D;
}
