/**
 * Tensor fusion: a linear map of the outer product of all modalities' vectors, each with a 1 at its end, which has all
 * products of one, two, … of them (Zadeh et al. 2017, https://arxiv.org/abs/1707.07250). Its size is the product of all
 * widths: for wide features `lowRank` does the same in less.
 */
import { initialize, layers, type ParametersOf } from '@quire/model';
import type { random, tf } from '@quire/runtime';
import {
  type FusionInputs,
  type FusionOutputs,
  type Modalities,
  presentVectors,
  withOne,
} from './modalities.ts';

export interface TensorConfig {
  modalities: Modalities;
  /** Numbers of the fused vector. */
  width: number;
}

export function spec({ modalities, width }: TensorConfig) {
  const products = Object.values(modalities).reduce((product, from) => product * (from + 1), 1);
  return { projection: layers.uniformLinearSpec(products, width) };
}

export type TensorParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: TensorConfig, key: random.Key): Promise<TensorParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where the inputs don't fit the configuration. */
export function forward(
  { projection }: TensorParameters,
  inputs: FusionInputs,
  { modalities }: TensorConfig,
): FusionOutputs {
  const product = presentVectors(modalities, inputs)
    .map(({ x }) => withOne(x))
    .reduce((a, b) => {
      const [batch, m] = a.shape;
      const n = b.shape[1];
      const outer = a.reshape([batch, m, 1]).mul(b.reshape([batch, 1, n])); // (B, m, 1), (B, 1, n) -> (B, m, n)
      return outer.reshape([batch, m * n]) as tf.Tensor2D; // (B, m, n) -> (B, m n)
    });
  return { fused: layers.linear(product, projection) };
}
