import * as tf from '../tf.ts';
import { normalizeRows } from './layer-norm.ts';

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
  /** A number for each group, repeated for each of its channels: (B, G) -> (B, C) */
  const byChannel = (each: tf.Tensor): tf.Tensor =>
    each
      .reshape([b, groups, 1])
      .mul(tf.ones([1, 1, own]))
      .reshape([b, c]); // (B, G) -> (B, G, 1) -> (B, G, C/G) -> (B, C)
  const normalize = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [images, weight, shift, save] = args as [tf.Tensor3D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const grouped = images.reshape([b * groups, size]) as tf.Tensor2D; // (B, C, H W) -> (B G, C/G H W)
    const { value: normal, inverse } = normalizeRows(grouped, tf.ones([size]), undefined, epsilon);
    const normalImages = normal.reshape([b, c, pixels]); // (B G, C/G H W) -> (B, C, H W)
    const value = normalImages.mul(weight.reshape([c, 1])).add(shift.reshape([c, 1]));
    save([normalImages, inverse.reshape([b, groups]), weight]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [normalImages, inverse, weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor1D];
      const sums = dy.sum(2); // (B, C)
      const products = dy.mul(normalImages).sum(2); // (B, C)
      const mean = (each: tf.Tensor): tf.Tensor =>
        byChannel(each.mul(weight).reshape([b, groups, own]).sum(2).mul(inverse).div(size)); // (B, C) -> (B, G, C/G)
      const column = (each: tf.Tensor): tf.Tensor => each.reshape([b, c, 1]); // (B, C) -> (B, C, 1)
      const common = normalImages.mul(column(mean(products))).add(column(mean(sums)));
      const dx = dy.mul(column(byChannel(inverse).mul(weight))).sub(common);
      return [dx, products.sum(0), sums.sum(0)];
    };
    return { value, gradFunc: gradFunc as never };
  });
  // Channels first, so that what is added up lies in one piece: (B, H, W, C) -> (B, C, H, W) -> (B, C, H W)
  const images = x.transpose([0, 3, 1, 2]).reshape([b, c, pixels]);
  return normalize(images, scale, bias).reshape([b, c, h, w]).transpose([0, 2, 3, 1]) as tf.Tensor4D; // (B, C, H W) -> (B, C, H, W) -> (B, H, W, C)
}
