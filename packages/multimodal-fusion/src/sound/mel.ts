/** Mel filters and spectrograms, with the numbers of librosa and torchaudio. */
import { tf } from '@quire/runtime';
import { frameSpectra, type StftOptions } from './stft.ts';

export interface MelFilterOptions {
  /** Samples a second. */
  sampleRate: number;
  /** Samples of a frame. */
  fftSize: number;
  /** Filters; 128 where not given. */
  mels?: number;
  /** Hertz; 0 where not given. */
  minFrequency?: number;
  /** Hertz; half of `sampleRate` where not given. */
  maxFrequency?: number;
  /** `'slaney'`, librosa's and Whisper's, or `'htk'`, torchaudio's; `'slaney'` where not given. */
  melScale?: 'slaney' | 'htk';
  /** Whether filters have equal areas (`'slaney'`) or equal heights (`'none'`, torchaudio's); `'slaney'` where not given. */
  norm?: 'slaney' | 'none';
}

export interface MelOptions extends MelFilterOptions, StftOptions {
  /** Of magnitudes; 2 where not given. */
  power?: 1 | 2;
}

/** Slaney 1998, "Auditory Toolbox": linear below 1 kHz, logarithmic above. */
const LINEAR = 200 / 3;
const KNEE_HERTZ = 1000;
const KNEE_MEL = KNEE_HERTZ / LINEAR;
const LOG_STEP = Math.log(6.4) / 27;

/** O'Shaughnessy 1987, "Speech communication", for `'htk'`. */
export function hertzToMel(hertz: number, scale: 'slaney' | 'htk' = 'slaney'): number {
  if (scale === 'htk') return 2595 * Math.log10(1 + hertz / 700);
  return hertz < KNEE_HERTZ ? hertz / LINEAR : KNEE_MEL + Math.log(hertz / KNEE_HERTZ) / LOG_STEP;
}

export function melToHertz(mel: number, scale: 'slaney' | 'htk' = 'slaney'): number {
  if (scale === 'htk') return 700 * (10 ** (mel / 2595) - 1);
  return mel < KNEE_MEL ? mel * LINEAR : KNEE_HERTZ * Math.exp(LOG_STEP * (mel - KNEE_MEL));
}

/**
 * Triangles on the mel scale, as librosa's `filters.mel` and torchaudio's `melscale_fbanks`.
 *
 * @returns (mels, fftSize / 2 + 1)
 * @throws {RangeError} for frequencies that aren't in order, or beyond half of the rate.
 */
export function melFilterBank(options: MelFilterOptions): Float32Array {
  const { sampleRate, fftSize, mels = 128, melScale = 'slaney', norm = 'slaney' } = options;
  const { minFrequency = 0, maxFrequency = sampleRate / 2 } = options;
  if (!(minFrequency >= 0 && minFrequency < maxFrequency && maxFrequency <= sampleRate / 2)) {
    throw new RangeError(
      `melFilterBank: frequencies have to be from 0 to ${sampleRate / 2} Hz, the lower one first, not ${minFrequency} and ${maxFrequency}.`,
    );
  }
  if (!(Number.isInteger(mels) && mels >= 1)) {
    throw new RangeError(`melFilterBank: mels has to be a whole number from 1 on, not ${mels}.`);
  }
  const bins = Math.floor(fftSize / 2) + 1;
  const [low, high] = [hertzToMel(minFrequency, melScale), hertzToMel(maxFrequency, melScale)];
  const edges = Array.from({ length: mels + 2 }, (_, i) =>
    melToHertz(low + ((high - low) * i) / (mels + 1), melScale),
  );
  const filters = new Float32Array(mels * bins);
  for (let m = 0; m < mels; m++) {
    const [from, middle, to] = edges.slice(m, m + 3) as [number, number, number];
    const height = norm === 'slaney' ? 2 / (to - from) : 1;
    for (let k = 0; k < bins; k++) {
      const frequency = (k * sampleRate) / fftSize;
      const rise = (frequency - from) / (middle - from);
      const fall = (to - frequency) / (to - middle);
      filters[m * bins + k] = height * Math.max(0, Math.min(rise, fall));
    }
  }
  return filters;
}

/**
 * Power, or magnitude with `power: 1`, in mel filters; with gradients.
 *
 * @param waves float32 (B, T)
 * @returns float32 (B, mels, frames)
 */
export function melSpectrogram(waves: tf.Tensor2D, options: MelOptions): tf.Tensor3D {
  return tf.tidy(() => {
    const spectra = frameSpectra(waves, options); // (B, F, K)
    const [batch, frames, bins] = spectra.shape;
    const { mels = 128 } = options;
    const filters = tf.tensor2d(melFilterBank(options), [mels, bins]);
    // (B, F, K) -> (B * F, K) -> (B * F, mels) -> (B, F, mels) -> (B, mels, F)
    const flat = tf.matMul(spectra.reshape([batch * frames, bins]), filters, false, true);
    return flat.reshape([batch, frames, mels]).transpose([0, 2, 1]) as tf.Tensor3D;
  });
}
