import { tf } from '@quire/runtime';
import { ones, type ParametersOf, zeros } from '../parameters/spec.ts';

export function batchNormSpec(channels: number) {
  return {
    weight: ones([channels]),
    bias: zeros([channels]),
    running_mean: zeros([channels], true),
    running_var: ones([channels], true),
  };
}

export type BatchNorm = ParametersOf<ReturnType<typeof batchNormSpec>>;

/** New running statistics by published name. */
export type Statistics = Record<string, tf.Tensor1D>;

/**
 * PyTorch's `BatchNorm2d` (Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167), epsilon 1e-5, momentum 0.1.
 *
 * @param x float32 (B, H, W, C)
 * @param training normalizes by the batch's statistics, and puts the new running ones into `statistics`; the running
 * variance is that of a sample, divided by N - 1
 */
export function batchNorm(
  x: tf.Tensor4D,
  { weight, bias, running_mean, running_var }: BatchNorm,
  training?: { name: string; statistics: Statistics },
): tf.Tensor4D {
  const epsilon = 1e-5;
  if (!training) return tf.batchNorm4d(x, running_mean, running_var, bias, weight, epsilon);
  const mean = x.mean([0, 1, 2]) as tf.Tensor1D;
  const centered = x.sub(mean);
  const variance = centered.square().mean([0, 1, 2]) as tf.Tensor1D;
  const count = x.size / mean.size;
  const { name, statistics } = training;
  statistics[`${name}.running_mean`] = running_mean.mul(0.9).add(mean.mul(0.1));
  statistics[`${name}.running_var`] = running_var.mul(0.9).add(variance.mul((0.1 * count) / (count - 1)));
  return centered.mul(variance.add(epsilon).rsqrt().mul(weight)).add(bias) as tf.Tensor4D;
}
