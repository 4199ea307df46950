import type { tf } from '@quire/runtime';
import { ones, type ParameterSpec, zeros } from '../parameters/spec.ts';

/** Scale and shift of a normalization, by PyTorch's names. */
export interface NormSpec {
  weight: ParameterSpec<tf.Rank.R1>;
  bias: ParameterSpec<tf.Rank.R1>;
}

export function layerNormSpec(width: number): NormSpec {
  return { weight: ones([width]), bias: zeros([width]) };
}

/**
 * Root mean square normalization over the last axis (Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467).
 *
 * @param x float32 (…, C)
 * @param weight float32 (C)
 */
export function rmsNorm<T extends tf.Tensor>(x: T, weight: tf.Tensor1D, epsilon: number): T {
  return x.mul(x.square().mean(-1, true).add(epsilon).rsqrt()).mul(weight) as T;
}

/**
 * Vectors of length 1; what is shorter than 10⁻¹² stays near 0.
 *
 * @param x float32 (B, C)
 */
export function normalize(x: tf.Tensor2D): tf.Tensor2D {
  return x.mul(x.square().sum(-1, true).maximum(1e-24).rsqrt());
}
