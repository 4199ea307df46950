/** MixUp and CutMix: examples of a batch that are made of two each. TensorFlow.js ops, compiled or not. */
import { random, tf } from '@quire/runtime';

/** A batch of mixed pictures, with the shares of their labels. */
export interface Mixed {
  /** As the pictures that went in. */
  pixels: tf.Tensor4D;
  /** float32 (B, L) */
  labels: tf.Tensor2D;
}

/**
 * MixUp (Zhang et al. 2017, https://arxiv.org/abs/1710.09412): each picture becomes `share` of itself and the rest of its
 * neighbour in the batch, and so do its labels. The share is drawn once for the batch, from Beta(alpha, alpha).
 *
 * @param pixels float32 (B, …)
 * @param labels float32 (B, L): one-hot, or probabilities
 */
export function mixUp(key: random.Key, pixels: tf.Tensor4D, labels: tf.Tensor2D, alpha = 1): Mixed {
  return tf.tidy(() => {
    const share = symmetricBeta(key, alpha);
    return { pixels: blend(pixels, rolled(pixels), share), labels: blend(labels, rolled(labels), share) };
  });
}

/**
 * CutMix (Yun et al. 2019, https://arxiv.org/abs/1905.04899): each picture gets a rectangle of its neighbour in the batch,
 * at the same place for the whole batch, and its labels the rectangle's share. The share is drawn from Beta(alpha, alpha).
 *
 * @param pixels float32 (B, C, H, W), or (B, H, W, C) with `dataFormat: 'channelsLast'`
 * @param labels float32 (B, L)
 */
export function cutMix(
  key: random.Key,
  pixels: tf.Tensor4D,
  labels: tf.Tensor2D,
  {
    alpha = 1,
    dataFormat = 'channelsFirst',
  }: { alpha?: number; dataFormat?: 'channelsFirst' | 'channelsLast' } = {},
): Mixed {
  return tf.tidy(() => {
    const [shareKey, rowKey, columnKey] = random.split(key, 3) as [random.Key, random.Key, random.Key];
    const half = tf.scalar(1).sub(symmetricBeta(shareKey, alpha)).sqrt().mul(0.5); // of a side of 1
    const [height, width] = (
      dataFormat === 'channelsFirst' ? pixels.shape.slice(2) : pixels.shape.slice(1, 3)
    ) as [number, number];
    const rows = within(rowKey, height, half).reshape([height, 1]); // (H) -> (H, 1)
    const columns = within(columnKey, width, half).reshape([1, width]); // (W) -> (1, W)
    const cut = rows.mul(columns); // (H, W)
    const mask = dataFormat === 'channelsFirst' ? cut : cut.expandDims(-1); // (H, W) -> (H, W, 1)
    const share = tf.scalar(1).sub(cut.mean()) as tf.Scalar;
    return {
      pixels: pixels.add(rolled(pixels).sub(pixels).mul(mask)) as tf.Tensor4D,
      labels: blend(labels, rolled(labels), share),
    };
  });
}

/** 1 where a pixel is less than `half` of the side from a centre that is drawn, and else 0: float32 (size). */
function within(key: random.Key, size: number, half: tf.Tensor): tf.Tensor {
  const center = random.integers(key, [], 0, size).cast('float32');
  const reach = half.mul(size).floor();
  const at = tf.range(0, size);
  return at
    .greaterEqual(center.sub(reach))
    .logicalAnd(at.less(center.add(reach)))
    .cast('float32');
}

/** The batch with each example in its neighbour's place. */
function rolled<T extends tf.Tensor>(batch: T): T {
  const [size = 0] = batch.shape;
  const rest = batch.shape.length - 1;
  const zeros = new Array<number>(rest).fill(0);
  const whole = new Array<number>(rest).fill(-1);
  if (size < 2) return batch.clone() as T;
  return tf.concat([
    batch.slice([size - 1, ...zeros], [1, ...whole]),
    batch.slice([0, ...zeros], [size - 1, ...whole]),
  ]) as T;
}

function blend<T extends tf.Tensor>(a: T, b: T, share: tf.Tensor): T {
  return b.add(a.sub(b).mul(share)) as T;
}

/** Draws that are looked at until two fit; with alpha 1, a hundred fail with a probability below 1e-30. */
const ATTEMPTS = 100;

/**
 * A number from Beta(alpha, alpha), by Jöhnk's method (Jöhnk 1964; Devroye 1986, "Non-uniform random variate generation",
 * IX.3.5), all of its attempts drawn at once, so that it compiles: u^(1/a) / (u^(1/a) + v^(1/a)) of the first pair whose
 * sum is at most 1, in logarithms, for a small alpha's powers are too small for float32.
 */
function symmetricBeta(key: random.Key, alpha: number): tf.Scalar {
  if (!(alpha > 0 && alpha <= 2)) throw new RangeError(`alpha is above 0 and at most 2, not ${alpha}.`);
  const [u, v] = tf.unstack(random.uniform(key, [2, ATTEMPTS]).maximum(1e-12).log().div(alpha)) as [
    tf.Tensor1D,
    tf.Tensor1D,
  ];
  const fits = u.exp().add(v.exp()).lessEqual(1).cast('int32');
  const first = fits.argMax().cast('int32');
  // u^(1/a) / (u^(1/a) + v^(1/a))
  const shares = u.sub(v).sigmoid();
  return shares.gather(first) as tf.Scalar;
}
