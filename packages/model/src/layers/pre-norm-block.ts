import type { tf } from '@quire/runtime';
import {
  asked,
  type BlockLayers,
  type BlockOutputs,
  type EncoderBlockOptions,
  feedForward,
  layerNorm,
  type Norm,
  selfAttention,
} from './encoder.ts';

export interface PreNormBlock extends BlockLayers {
  attentionNorm: Norm;
  feedForwardNorm: Norm;
}

/**
 * Attention and feed-forward layers, each over what was normalized before it (Xiong et al. 2020,
 * https://arxiv.org/abs/2002.04745).
 *
 * @param x float32 (B, T, C)
 */
export function preNormBlock(
  x: tf.Tensor3D,
  block: PreNormBlock,
  options: EncoderBlockOptions,
): BlockOutputs {
  const { layerNormEpsilon: epsilon } = options;
  const { x: attended, weights } = selfAttention(layerNorm(x, block.attentionNorm, epsilon), block, options);
  const middle = asked(x, options).add(attended) as tf.Tensor3D;
  const added = feedForward(layerNorm(middle, block.feedForwardNorm, epsilon), block, options);
  return { x: middle.add(added), ...(weights && { weights }) };
}
