/**
 * Cross-attention: the tokens of each modality attend to those of all others, as in the crossmodal transformer (Tsai et
 * al. 2019, https://arxiv.org/abs/1906.00295); the mean over each modality's tokens, and then over the modalities that
 * are there, is the fused vector. Tokens have no positions of their own: encoders give them.
 */
import { initialize, layers, type ParametersOf } from '@quire/model';
import { type random, tf } from '@quire/runtime';
import { crossBlock, crossBlockSpec } from './attention.ts';
import {
  byModality,
  type FusionOutputs,
  type Modalities,
  presentTokens,
  type TokenInputs,
} from './modalities.ts';

export interface CrossAttentionConfig {
  /** At least two. */
  modalities: Modalities;
  /** Numbers of a token, and of the fused vector. */
  width: number;
  /** Divide the width. */
  heads: number;
}

/** @throws {RangeError} where there are fewer than two modalities, or heads don't divide the width. */
export function spec({ modalities, width, heads }: CrossAttentionConfig) {
  if (Object.keys(modalities).length < 2) {
    throw new RangeError('Cross-attention needs at least two modalities.');
  }
  if (width % heads !== 0) throw new RangeError(`${heads} heads don't divide a width of ${width}.`);
  return {
    projections: byModality(modalities, (from) => layers.uniformLinearSpec(from, width)),
    blocks: byModality(modalities, () => crossBlockSpec(width)),
  };
}

export type CrossAttentionParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: CrossAttentionConfig, key: random.Key): Promise<CrossAttentionParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where the inputs don't fit the configuration. */
export function forward(
  { projections, blocks }: CrossAttentionParameters,
  inputs: TokenInputs,
  { modalities, heads }: CrossAttentionConfig,
): FusionOutputs {
  const names = Object.keys(modalities);
  const present = presentTokens(modalities, inputs);
  const tokens = present.map(({ x }, i) => layers.linear(x, projections[names[i]!]!));
  const seen = present.map(({ there }) => there.max(1, true)); // (B, 1)
  const pooled = names.map((name, i) => {
    const others = names.flatMap((_, j) => (j === i ? [] : [j]));
    const x = crossBlock(
      tokens[i]!,
      tf.concat(
        others.map((j) => tokens[j]!),
        1,
      ),
      tf.concat(
        others.map((j) => present[j]!.there),
        1,
      ) as tf.Tensor2D,
      blocks[name]!,
      heads,
    );
    const { there } = present[i]!;
    const sum = x.mul(there.expandDims(2)).sum(1); // (B, T) -> (B, T, 1); (B, T, W) -> (B, W)
    return sum.div(there.sum(1, true).maximum(1));
  });
  return { fused: tf.addN(pooled).div(tf.addN(seen).maximum(1)) as tf.Tensor2D };
}
