import { sizeOf } from '../graph/values.ts';
import * as tf from '../tf.ts';
import { fused } from './fused.ts';

/** Each row's (x - mean) / sqrt(variance + epsilon) * scale + bias, its mean, and what its rest is multiplied with. */
export function normalizeRows(
  x: tf.Tensor2D,
  scale: tf.Tensor1D,
  bias: tf.Tensor1D | undefined,
  epsilon: number,
): { value: tf.Tensor2D; mean: tf.Tensor2D; inverse: tf.Tensor2D } {
  const [rows] = x.shape;
  const [value, mean, inverse] = fused(
    bias ? [x, scale, bias] : [x, scale],
    (graph, ...values) =>
      graph.add('LayerNormalization', values, { axis: -1, epsilon: { float: epsilon } }, [
        { shape: x.shape, dtype: 'float32' },
        { shape: [rows, 1], dtype: 'float32' },
        { shape: [rows, 1], dtype: 'float32' },
      ]),
    () => {
      const { mean, variance } = tf.moments(x, 1, true);
      const inverse = variance.add(epsilon).rsqrt();
      const scaled = x.sub(mean).mul(inverse).mul(scale);
      return [bias ? scaled.add(bias) : scaled, mean, inverse];
    },
  ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return { value, mean, inverse };
}

/**
 * Layer normalization over the last axis (Ba, Kiros and Hinton 2016, https://arxiv.org/abs/1607.06450):
 * (x - mean) / sqrt(variance + epsilon) * scale + bias.
 *
 * @param x float32 (…, C)
 * @param scale float32 (C)
 * @param bias float32 (C)
 * @param epsilon added to the variance; 1e-5 as in PyTorch
 * @throws {RangeError} where scale or bias isn't as long as the last axis.
 */
export function layerNorm<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  bias: tf.Tensor1D,
  epsilon = 1e-5,
): T {
  const channels = x.shape.at(-1) as number;
  for (const [name, vector] of Object.entries({ scale, bias })) {
    if (vector.rank !== 1 || vector.shape[0] !== channels) {
      throw new RangeError(
        `layerNorm: ${name} has the shape [${vector.shape}], x's last axis is ${channels}.`,
      );
    }
  }
  const rows = sizeOf(x.shape) / channels;
  const normalize = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [flat, weight, shift, save] = args as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const { value, mean, inverse } = normalizeRows(flat, weight, shift, epsilon);
    save([flat, weight, mean, inverse]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, weight, mean, inverse] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor2D];
      const normal = x.sub(mean).mul(inverse); // (rows, C)
      const product = dy.mul(normal);
      const column = weight.reshape([channels, 1]).div(channels);
      const meanOfGradient = dy.matMul(column); // (rows, 1)
      const meanOfProduct = product.matMul(column);
      const dx = dy.mul(weight).sub(meanOfGradient).sub(normal.mul(meanOfProduct)).mul(inverse);
      return [dx, product.sum(0), dy.sum(0)];
    };
    return { value, gradFunc: gradFunc as never };
  });
  return normalize(x.reshape([rows, channels]), scale, bias).reshape(x.shape) as T;
}
