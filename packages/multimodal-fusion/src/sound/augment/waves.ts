/** Augmentations of waves, in TensorFlow.js ops, compiled or not. */
import { random, tf } from '@quire/runtime';

/**
 * Waves with noise at a ratio of signal to noise: each noise is scaled so that 10 log₁₀ of the quotient of energies is
 * `snr`, as torchaudio's `add_noise`. To silence nothing is added.
 *
 * @param waves float32 (B, T)
 * @param noise float32 (B, T) or (1, T)
 * @param snr in dB: a number, or float32 (B)
 */
export function mixNoise(waves: tf.Tensor2D, noise: tf.Tensor2D, snr: number | tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => {
    const ratio = typeof snr === 'number' ? tf.scalar(snr) : snr.expandDims(1); // (B) -> (B, 1)
    const energy = waves.square().sum(1, true);
    const noiseEnergy = noise.square().sum(1, true).maximum(1e-20);
    const amplitude = energy.div(noiseEnergy).sqrt();
    const scale = amplitude.mul(ratio.mul(-Math.log(10) / 20).exp());
    return waves.add(noise.mul(scale)) as tf.Tensor2D;
  });
}

/**
 * Waves with white noise at a ratio of signal to noise.
 *
 * @param waves float32 (B, T)
 * @param snr in dB: a number, or from and to, between which each example's is drawn
 */
export function addNoise(
  key: random.Key,
  waves: tf.Tensor2D,
  snr: number | readonly [number, number],
): tf.Tensor2D {
  return tf.tidy(() => {
    const [noiseKey, ratioKey] = random.split(key) as [random.Key, random.Key];
    const [low, high] = typeof snr === 'number' ? [snr, snr] : snr;
    const ratios = random.uniform(ratioKey, [waves.shape[0]], low, high) as tf.Tensor1D;
    return mixNoise(waves, random.normal(noiseKey, waves.shape) as tf.Tensor2D, ratios);
  });
}

/**
 * Waves moved in time, each by its own draw of at most `most` samples to either side, with silence where nothing comes in.
 *
 * @param waves float32 (B, T)
 */
export function timeShift(key: random.Key, waves: tf.Tensor2D, most: number): tf.Tensor2D {
  if (!(Number.isInteger(most) && most >= 0)) {
    throw new RangeError(`timeShift: most has to be a whole number of samples, not ${most}.`);
  }
  return tf.tidy(() => {
    const [batch, samples] = waves.shape;
    const width = samples + 2 * most;
    const padded = waves.pad([
      [0, 0],
      [most, most],
    ]);
    const starts = random.integers(key, [batch, 1], 0, 2 * most + 1);
    const rows = tf.range(0, batch, 1, 'int32').mul(tf.scalar(width, 'int32')).expandDims(1);
    const places = starts.add(rows).add(tf.range(0, samples, 1, 'int32')) as tf.Tensor2D; // (B, T)
    return padded.reshape([batch * width]).gather(places) as tf.Tensor2D;
  });
}
