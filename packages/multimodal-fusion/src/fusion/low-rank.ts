/**
 * Low-rank multimodal fusion: tensor fusion with a weight of low rank, so that the outer product is never made (Liu et
 * al. 2018, https://arxiv.org/abs/1806.00064).
 */
import { initialize, normal, type ParametersOf, zeros } from '@quire/model';
import type { random, tf } from '@quire/runtime';
import {
  byModality,
  type FusionInputs,
  type FusionOutputs,
  type Modalities,
  presentVectors,
  withOne,
} from './modalities.ts';

export interface LowRankConfig {
  modalities: Modalities;
  /** Numbers of the fused vector. */
  width: number;
  rank: number;
}

export function spec({ modalities, width, rank }: LowRankConfig) {
  return {
    /** By modality (C + 1, rank × width). */
    factors: byModality(modalities, (from) => normal([from + 1, rank * width], 1 / Math.sqrt(from + 1))),
    /** (rank) */
    weights: normal([rank], 1 / Math.sqrt(rank)),
    bias: zeros([width]),
  };
}

export type LowRankParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: LowRankConfig, key: random.Key): Promise<LowRankParameters> {
  return initialize(spec(config), key);
}

/**
 * Σᵣ wᵣ Πₘ Wₘᵣ [xₘ; 1] + b
 *
 * @throws {RangeError} where the inputs don't fit the configuration.
 */
export function forward(
  { factors, weights, bias }: LowRankParameters,
  inputs: FusionInputs,
  { modalities, width, rank }: LowRankConfig,
): FusionOutputs {
  const present = presentVectors(modalities, inputs);
  const product = Object.keys(modalities)
    .map((name, i): tf.Tensor => withOne(present[i]!.x).matMul(factors[name]!))
    .reduce((a, b) => a.mul(b));
  const [batch] = product.shape as [number];
  const byRank = product.reshape([batch, rank, width]); // (B, rank width) -> (B, rank, width)
  return {
    fused: byRank
      .mul(weights.reshape([1, rank, 1]))
      .sum(1)
      .add(bias) as tf.Tensor2D,
  }; // (rank) -> (1, rank, 1)
}
