import { tf } from '@quire/runtime';
import { normal } from '../parameters/spec.ts';

/** Filters (to, from, size, size), started as He et al. 2015, https://arxiv.org/abs/1502.01852, by the number of outputs. */
export function filterSpec(from: number, to: number, size: number) {
  return { weight: normal([to, from, size, size], Math.sqrt(2 / (to * size * size))) };
}

/** (B, C, H, W) -> (B, H, W, C) */
export function toChannelsLast(x: tf.Tensor4D): tf.Tensor4D {
  return x.transpose([0, 2, 3, 1]) as tf.Tensor4D;
}

/** (B, H, W, C) -> (B, C, H, W) */
export function toChannelsFirst(x: tf.Tensor4D): tf.Tensor4D {
  return x.transpose([0, 3, 1, 2]) as tf.Tensor4D;
}

/**
 * PyTorch's `Conv2d`. Compiled, the transpose of the weights is dropped: ONNX has PyTorch's layout.
 *
 * @param x float32 (B, H, W, in)
 * @param weight float32 (out, in, h, w)
 * @param padding rows and columns of zeros on each side
 */
export function convolution(
  x: tf.Tensor4D,
  { weight, bias }: { weight: tf.Tensor4D; bias?: tf.Tensor1D },
  stride: number,
  padding: number,
): tf.Tensor4D {
  const filter = weight.transpose([2, 3, 1, 0]) as tf.Tensor4D; // (out, in, h, w) -> (h, w, in, out)
  const y = tf.conv2d(x, filter, stride, padding, 'NHWC', 1, 'floor');
  return bias ? y.add(bias) : y;
}
