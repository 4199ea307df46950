import type { tf } from '@quire/runtime';
import type { Norm } from './encoder.ts';

/**
 * PyTorch's `GroupNorm` (Wu and He 2018, https://arxiv.org/abs/1803.08494), epsilon 1e-5: each image's channels are
 * normalized in groups, whatever else is in the batch.
 *
 * @param x float32 (B, H, W, C)
 * @param groups a divisor of C
 */
export function groupNorm(x: tf.Tensor4D, { weight, bias }: Norm, groups: number): tf.Tensor4D {
  const [b, h, w, c] = x.shape;
  const grouped = x.reshape([b, h * w, groups, c / groups]); // (B, H, W, C) -> (B, H W, G, C/G)
  const centered = grouped.sub(grouped.mean([1, 3], true));
  const variance = centered.square().mean([1, 3], true); // (B, 1, G, 1)
  const normal = centered.mul(variance.add(1e-5).rsqrt()).reshape([b, h, w, c]); // (B, H W, G, C/G) -> (B, H, W, C)
  return normal.mul(weight).add(bias) as tf.Tensor4D;
}
