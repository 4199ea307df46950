/**
 * Latents that ask the tokens of all modalities, and then each other, as in the Perceiver (Jaegle et al. 2021,
 * https://arxiv.org/abs/2103.03206), in one round. What it costs grows with the number of tokens and not with its square.
 * A learned vector says of which modality a token is; positions are the encoders' business.
 */
import { initialize, layers, normal, type ParametersOf } from '@quire/model';
import { type random, tf } from '@quire/runtime';
import { crossBlock, crossBlockSpec } from './attention.ts';
import {
  byModality,
  type FusionOutputs,
  type Modalities,
  presentTokens,
  type TokenInputs,
} from './modalities.ts';

const EPSILON = 1e-5;

export interface PerceiverConfig {
  modalities: Modalities;
  /** Numbers of a token, of a latent, and of the fused vector. */
  width: number;
  /** Divide the width. */
  heads: number;
  latents: number;
  /** Blocks of attention between latents. */
  layers: number;
}

/** @throws {RangeError} where heads don't divide the width. */
export function spec({ modalities, width, heads, latents, layers: count }: PerceiverConfig) {
  if (width % heads !== 0) throw new RangeError(`${heads} heads don't divide a width of ${width}.`);
  return {
    projections: byModality(modalities, (from) => layers.uniformLinearSpec(from, width)),
    kinds: byModality(modalities, () => normal([width], 0.02)),
    latents: normal([latents, width], 0.02),
    cross: crossBlockSpec(width),
    blocks: Array.from({ length: count }, () => crossBlockSpec(width)),
    norm: layers.layerNormSpec(width),
  };
}

export type PerceiverParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: PerceiverConfig, key: random.Key): Promise<PerceiverParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where the inputs don't fit the configuration. */
export function forward(
  params: PerceiverParameters,
  inputs: TokenInputs,
  { modalities, heads }: PerceiverConfig,
): FusionOutputs {
  const present = presentTokens(modalities, inputs);
  const tokens = Object.keys(modalities).map(
    (name, i) =>
      layers.linear(present[i]!.x, params.projections[name]!).add(params.kinds[name]!) as tf.Tensor3D,
  );
  const there = tf.concat(
    present.map((each) => each.there),
    1,
  ) as tf.Tensor2D;
  const [batch] = there.shape;
  const [count, width] = params.latents.shape;
  const first = params.latents.expandDims(0).add(tf.zeros([batch, 1, 1])) as tf.Tensor3D; // (L, W) -> (B, L, W)
  let latents = crossBlock(first, tf.concat(tokens, 1), there, params.cross, heads);
  const all = tf.ones<tf.Rank.R2>([batch, count]);
  for (const block of params.blocks) latents = crossBlock(latents, latents, all, block, heads);
  const normalized = layers.layerNorm(latents, params.norm, EPSILON);
  return { fused: normalized.mean(1).reshape([batch, width]) as tf.Tensor2D }; // (B, L, W) -> (B, W)
}
