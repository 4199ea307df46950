import type { tf } from '@quire/runtime';
import { normal, type ParametersOf, zeros } from '../parameters/spec.ts';

/** PyTorch's `Linear`: the weight is (out, in). */
export function linearSpec(from: number, to: number, deviation: number) {
  return { weight: normal([to, from], deviation), bias: zeros([to]) };
}

export interface Linear {
  weight: tf.Tensor2D;
  bias?: tf.Tensor1D;
}

/**
 * x Wᵀ + b
 *
 * @param x float32 (…, in)
 * @param weight float32 (out, in)
 * @returns float32 (…, out)
 */
export function linear<T extends tf.Tensor>(x: T, { weight, bias }: Linear): T {
  const from = x.shape.at(-1) as number;
  const rows = x.reshape([x.size / from, from]) as tf.Tensor2D; // (…, in) -> (N, in)
  const product = rows.matMul(weight, false, true);
  const sum = bias ? product.add(bias) : product;
  return sum.reshape([...x.shape.slice(0, -1), weight.shape[0]]) as T; // (N, out) -> (…, out)
}

export type LinearParameters = ParametersOf<ReturnType<typeof linearSpec>>;
