/** Spectrograms on a logarithmic scale. */
import { tf } from '@quire/runtime';
import { type MelOptions, melSpectrogram } from './mel.ts';

export interface DecibelOptions {
  /** What is 0 dB: a power, or `'max'`, the greatest of each example. 1 where not given. */
  reference?: number | 'max';
  /** The least power; 1e-10 where not given. */
  least?: number;
  /** What lies so many dB below the greatest of its example is raised to there; `'none'` to leave it. 80 where not given. */
  range?: number | 'none';
}

const LN10 = Math.log(10);

/**
 * 10 log₁₀ of powers, as librosa's `power_to_db`; with gradients.
 *
 * @param power float32 (B, …)
 */
export function decibels<T extends tf.Tensor>(
  power: T,
  { reference = 1, least = 1e-10, range = 80 }: DecibelOptions = {},
): T {
  if (!(least > 0 && (reference === 'max' || reference > 0) && (range === 'none' || range > 0))) {
    throw new RangeError('decibels: reference, least and range have to be above 0.');
  }
  return tf.tidy(() => {
    const axes = power.shape.map((_, i) => i).slice(1);
    const db = (x: tf.Tensor): tf.Tensor =>
      x
        .maximum(least)
        .log()
        .mul(10 / LN10);
    const zero =
      reference === 'max'
        ? db(power.max(axes, true))
        : tf.scalar(10 * Math.log10(Math.max(least, reference)));
    const levels = db(power).sub(zero);
    return (range === 'none' ? levels : levels.maximum(levels.max(axes, true).sub(range))) as T;
  });
}

/**
 * `decibels` of `melSpectrogram`.
 *
 * @param waves float32 (B, T)
 * @returns float32 (B, mels, frames), in dB
 */
export function logMelSpectrogram(waves: tf.Tensor2D, options: MelOptions & DecibelOptions): tf.Tensor3D {
  return tf.tidy(() => decibels(melSpectrogram(waves, options), options));
}

export interface WhisperOptions {
  /** 80, or 128 of large-v3; 80 where not given. */
  mels?: number;
  /** What waves are filled up to with silence, or cut off at; as long as they are where not given. */
  seconds?: number;
}

/** Samples a second of what Whisper takes. */
export const WHISPER_SAMPLE_RATE = 16_000;

/**
 * The log-mel features of Whisper (Radford et al. 2022, https://arxiv.org/abs/2212.04356), as `WhisperFeatureExtractor` of
 * `transformers` gives them; the models take `seconds: 30`.
 *
 * @param waves float32 (B, T), 16,000 samples a second
 * @returns float32 (B, mels, frames), 100 frames a second
 */
export function whisperFeatures(
  waves: tf.Tensor2D,
  { mels = 80, seconds }: WhisperOptions = {},
): tf.Tensor3D {
  return tf.tidy(() => {
    const [batch, samples] = waves.shape;
    const wanted = seconds === undefined ? samples : Math.round(seconds * WHISPER_SAMPLE_RATE);
    const cut = waves.slice([0, 0], [batch, Math.min(samples, wanted)]);
    const filled = cut.pad([
      [0, 0],
      [0, Math.max(0, wanted - samples)],
    ]) as tf.Tensor2D;
    const power = melSpectrogram(filled, {
      sampleRate: WHISPER_SAMPLE_RATE,
      fftSize: 400,
      hopLength: 160,
      mels,
      padding: 'reflect',
    });
    const kept = power.slice([0, 0, 0], [-1, -1, power.shape[2] - 1]);
    const logs = kept.maximum(1e-10).log().div(LN10);
    return logs
      .maximum(logs.max([1, 2], true).sub(8))
      .add(4)
      .div(4) as tf.Tensor3D;
  });
}
