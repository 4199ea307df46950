import type { tf } from '@quire/runtime';
import { normal, type ParametersOf, uniform, zeros } from '../parameters/spec.ts';
import { type Matrix, times } from './factored.ts';

/** PyTorch's `Linear`: the weight is (out, in). */
export function linearSpec(from: number, to: number, deviation: number) {
  return { weight: normal([to, from], deviation), bias: zeros([to]) };
}

/** The same, as PyTorch starts it where no model says otherwise: evenly distributed, by the number of inputs. */
export function uniformLinearSpec(from: number, to: number) {
  const bound = 1 / Math.sqrt(from);
  return { weight: uniform([to, from], bound), bias: uniform([to], bound) };
}

/** A weight (out, in) and a bias (out) before they have numbers. */
export type LinearSpec = ReturnType<typeof linearSpec>;

export interface Linear {
  weight: Matrix;
  bias?: tf.Tensor1D;
}

/**
 * x Wᵀ + b
 *
 * @param x float32 (…, in)
 * @param weight float32 (out, in), or two factors of it, or quantized
 * @returns float32 (…, out)
 */
export function linear<T extends tf.Tensor>(x: T, { weight, bias }: Linear): T {
  const from = x.shape.at(-1) as number;
  const rows = x.reshape([x.size / from, from]) as tf.Tensor2D; // (…, in) -> (N, in)
  const product = times(rows, weight, true);
  const sum = bias ? product.add(bias) : product;
  return sum.reshape([...x.shape.slice(0, -1), product.shape[1]]) as T; // (N, out) -> (…, out)
}

export type LinearParameters = ParametersOf<ReturnType<typeof linearSpec>>;
