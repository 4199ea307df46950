import { random, tf } from '@quire/runtime';

export interface SpecAugmentOptions {
  /** Bands of frequencies that are masked; 2 where not given. */
  frequencyMasks?: number;
  /** Mels that a band has at most; 27 where not given. */
  maxFrequencies?: number;
  /** Stretches of time that are masked; 2 where not given. */
  timeMasks?: number;
  /** Frames that a stretch has at most; 100 where not given. */
  maxFrames?: number;
  /** And at most this share of all frames; 1 where not given. */
  maxShare?: number;
  /** What is there then: a number, or `'mean'` of the example. 0 where not given. */
  fill?: number | 'mean';
}

/**
 * SpecAugment's masks (Park et al. 2019, https://arxiv.org/abs/1904.08779; the defaults are those of its policy LD), drawn
 * for each example. In TensorFlow.js ops, compiled or not.
 *
 * @param spectrograms float32 (B, mels, frames)
 */
export function specAugment(
  key: random.Key,
  spectrograms: tf.Tensor3D,
  {
    frequencyMasks = 2,
    maxFrequencies = 27,
    timeMasks = 2,
    maxFrames = 100,
    maxShare = 1,
    fill = 0,
  }: SpecAugmentOptions = {},
): tf.Tensor3D {
  return tf.tidy(() => {
    const [batch, mels, frames] = spectrograms.shape;
    const [frequencyKey, timeKey] = random.split(key) as [random.Key, random.Key];
    const rows = masks(frequencyKey, batch, mels, Math.min(mels, maxFrequencies), frequencyMasks);
    const most = Math.min(maxFrames, Math.floor(maxShare * frames));
    const columns = masks(timeKey, batch, frames, most, timeMasks);
    // (B, mels) -> (B, mels, 1), (B, frames) -> (B, 1, frames)
    const masked = rows.expandDims(2).maximum(columns.expandDims(1));
    const value = fill === 'mean' ? spectrograms.mean([1, 2], true) : tf.scalar(fill);
    return spectrograms.add(value.sub(spectrograms).mul(masked)) as tf.Tensor3D;
  });
}

/** 1 where one of `count` stretches of at most `most` is: float32 (batch, size). */
function masks(key: random.Key, batch: number, size: number, most: number, count: number): tf.Tensor {
  if (count === 0 || most <= 0) return tf.zeros([batch, size]);
  const [widthKey, startKey] = random.split(key) as [random.Key, random.Key];
  const widths = random.integers(widthKey, [batch, count, 1], 0, most + 1).cast('float32');
  const starts = random
    .uniform(startKey, [batch, count, 1])
    .mul(tf.scalar(size).sub(widths).add(1))
    .floor()
    .minimum(tf.scalar(size).sub(widths));
  const at = tf.range(0, size);
  return at
    .greaterEqual(starts)
    .logicalAnd(at.less(starts.add(widths)))
    .cast('float32')
    .max(1); // (B, count, size) -> (B, size)
}
