import * as tf from '../tf.ts';

/**
 * Group normalization of images (Wu and He 2018, https://arxiv.org/abs/1803.08494): each image's channels are normalized
 * in groups, (x - mean) / sqrt(variance + epsilon) * scale + bias, whatever else is in the batch. As PyTorch's
 * `group_norm`, in TensorFlow.js's layout.
 *
 * @param x float32 (B, H, W, C)
 * @param scale float32 (C)
 * @param bias float32 (C)
 * @param groups a divisor of C
 * @param epsilon added to the variance; 1e-5 as in PyTorch
 * @throws {RangeError} where C isn't a multiple of the groups, or scale or bias isn't as long as C.
 */
export function groupNorm(
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  bias: tf.Tensor1D,
  groups: number,
  epsilon = 1e-5,
): tf.Tensor4D {
  const [b, h, w, c] = x.shape;
  if (!(Number.isInteger(groups) && groups >= 1 && c % groups === 0)) {
    throw new RangeError(`groupNorm: ${c} channels can't be divided into ${groups} groups.`);
  }
  for (const [name, vector] of Object.entries({ scale, bias })) {
    if (vector.rank !== 1 || vector.shape[0] !== c) {
      throw new RangeError(`groupNorm: ${name} has the shape [${vector.shape}], and x ${c} channels.`);
    }
  }
  const [own, pixels] = [c / groups, h * w];
  const size = own * pixels;
  /** A number for each group, repeated for each of its channels: (B, G, 1) -> (B, C, 1) */
  const byChannel = (each: tf.Tensor): tf.Tensor => each.mul(tf.ones([1, 1, own])).reshape([b, c, 1]); // (B, G, C/G) -> (B, C, 1)
  const normalize = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [images, weight, shift, save] = args as [tf.Tensor3D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const grouped = images.reshape([b, groups, size]); // (B, C, H W) -> (B, G, C/G H W)
    const centered = grouped.sub(grouped.mean(2, true));
    const inverse = centered.square().mean(2, true).add(epsilon).rsqrt(); // (B, G, 1)
    const factors = byChannel(inverse).mul(weight.reshape([c, 1])); // (B, C, 1)
    const value = centered
      .reshape([b, c, pixels])
      .mul(factors)
      .add(shift.reshape([c, 1]));
    save([centered, inverse, factors, weight]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [centered, inverse, factors, weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor1D];
      const sums = dy.sum(2); // (B, C)
      const products = dy
        .mul(centered.reshape([b, c, pixels]))
        .sum(2)
        .mul(byChannel(inverse).reshape([b, c])); // (B, C)
      const mean = (each: tf.Tensor): tf.Tensor =>
        each.mul(weight).reshape([b, groups, own]).sum(2, true).mul(inverse).div(size); // (B, C) -> (B, G, 1)
      const common = centered.mul(mean(products).mul(inverse)).add(mean(sums));
      const dx = dy.mul(factors).sub(common.reshape([b, c, pixels]));
      return [dx, products.sum(0), sums.sum(0)];
    };
    return { value, gradFunc: gradFunc as never };
  });
  // Channels first, so that what is added up lies in one piece: (B, H, W, C) -> (B, C, H, W) -> (B, C, H W)
  const images = x.transpose([0, 3, 1, 2]).reshape([b, c, pixels]);
  return normalize(images, scale, bias).reshape([b, c, h, w]).transpose([0, 2, 3, 1]) as tf.Tensor4D; // (B, C, H W) -> (B, C, H, W) -> (B, H, W, C)
}
