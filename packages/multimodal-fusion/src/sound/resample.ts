/**
 * Resampling by a windowed sinc, as torchaudio's `resample` (Smith, "Digital audio resampling",
 * https://ccrma.stanford.edu/~jos/resample/; https://pytorch.org/audio/stable/generated/torchaudio.functional.resample.html).
 */
import { tf } from '@quire/runtime';
import { channelsOf, checkSound, type Sound } from './sound.ts';

export interface ResampleOptions {
  /** Zero crossings of the sinc on either side: more are sharper, and cost more; 6 where not given. */
  zeroCrossings?: number;
  /** The cut-off, as a share of the lower rate's half; 0.99 where not given. */
  rolloff?: number;
}

interface Kernel {
  /** Of the two rates, without their common divisor. */
  from: number;
  to: number;
  /** Samples before the first that a result takes. */
  reach: number;
  /** (to, taps): for each of `to` results the weights of the samples around it. */
  weights: Float64Array;
  taps: number;
}

function kernel(from: number, to: number, { zeroCrossings = 6, rolloff = 0.99 }: ResampleOptions): Kernel {
  if (!(Number.isInteger(zeroCrossings) && zeroCrossings >= 1 && rolloff > 0 && rolloff <= 1)) {
    throw new RangeError(
      `resample: zeroCrossings is from 1 on and rolloff above 0 and at most 1, not ${zeroCrossings} and ${rolloff}.`,
    );
  }
  const common = greatestCommonDivisor(from, to);
  const [own, wanted] = [from / common, to / common];
  const cutOff = Math.min(own, wanted) * rolloff;
  const reach = Math.ceil((zeroCrossings * own) / cutOff);
  const taps = 2 * reach + own;
  const weights = new Float64Array(wanted * taps);
  for (let phase = 0; phase < wanted; phase++) {
    for (let k = 0; k < taps; k++) {
      const time = ((k - reach) / own - phase / wanted) * cutOff;
      if (Math.abs(time) >= zeroCrossings) continue;
      const window = Math.cos((time * Math.PI) / zeroCrossings / 2) ** 2;
      const sinc = time === 0 ? 1 : Math.sin(Math.PI * time) / (Math.PI * time);
      weights[phase * taps + k] = (sinc * window * cutOff) / own;
    }
  }
  return { from: own, to: wanted, reach, weights, taps };
}

/**
 * A sound with another number of samples a second.
 *
 * @returns ceil(length · sampleRate / sound.sampleRate) samples of each channel
 * @throws {RangeError} where a rate isn't a whole number from 1 on.
 */
export function resample(sound: Sound, sampleRate: number, options: ResampleOptions = {}): Sound {
  checkSound('resample', sound);
  checkSound('resample', { ...sound, sampleRate });
  if (sampleRate === sound.sampleRate) return sound;
  const made = kernel(sound.sampleRate, sampleRate, options);
  const channels = channelsOf(sound).map((channel) => resampleChannel(channel, made));
  const length = channels[0]!.length;
  const samples = new Float32Array(channels.length * length);
  for (const [c, channel] of channels.entries()) samples.set(channel, c * length);
  return { samples, channels: sound.channels, sampleRate };
}

function resampleChannel(channel: Float32Array, { from, to, reach, weights, taps }: Kernel): Float32Array {
  const result = new Float32Array(Math.ceil((channel.length * to) / from));
  // Of each phase only the weights that aren't 0: most are, where the rates have a small common divisor.
  const firsts = Int32Array.from({ length: to }, (_, phase) =>
    weights.subarray(phase * taps, (phase + 1) * taps).findIndex((weight) => weight !== 0),
  );
  const lasts = Int32Array.from({ length: to }, (_, phase) =>
    weights.subarray(phase * taps, (phase + 1) * taps).findLastIndex((weight) => weight !== 0),
  );
  for (let i = 0; i < result.length; i++) {
    const phase = i % to;
    const start = Math.floor(i / to) * from - reach;
    const low = Math.max(firsts[phase]!, -start);
    const high = Math.min(lasts[phase]!, channel.length - 1 - start);
    let sum = 0;
    for (let k = low; k <= high; k++) sum += weights[phase * taps + k]! * channel[start + k]!;
    result[i] = sum;
  }
  return result;
}

/**
 * The same in TensorFlow.js ops, which compile and have gradients.
 *
 * @param waves float32 (B, T)
 * @returns float32 (B, ceil(T · to / from))
 */
export function resampleWaves(
  waves: tf.Tensor2D,
  from: number,
  to: number,
  options: ResampleOptions = {},
): tf.Tensor2D {
  if (from === to) return waves.clone();
  return tf.tidy(() => {
    const made = kernel(from, to, options);
    const [batch, length] = waves.shape;
    // (phases, taps) -> (taps, phases) -> (taps, 1, 1, phases)
    const filters = tf
      .tensor2d(Float32Array.from(made.weights), [made.to, made.taps])
      .transpose()
      .reshape([made.taps, 1, 1, made.to]) as tf.Tensor4D;
    const padded = waves.pad([
      [0, 0],
      [made.reach, made.reach + made.from],
    ]);
    // (B, T) -> (B, T, 1, 1) -> (B, blocks, 1, phases) -> (B, blocks * phases)
    const blocks = tf.conv2d(
      padded.expandDims(-1).expandDims(-1) as tf.Tensor4D,
      filters,
      [made.from, 1],
      'valid',
    );
    const all = blocks.reshape([batch, -1]);
    return all.slice([0, 0], [batch, Math.ceil((length * made.to) / made.from)]) as tf.Tensor2D;
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
