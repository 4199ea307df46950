import { tf } from '@quire/runtime';
import { type DecibelOptions, logMelSpectrogram } from './log-mel.ts';
import type { MelOptions } from './mel.ts';

export interface MfccOptions extends MelOptions, DecibelOptions {
  /** 20 where not given. */
  coefficients?: number;
  /** Of sinusoidal liftering, such as HTK's 22; none where not given. */
  lifter?: number;
}

/**
 * Mel-frequency cepstral coefficients (Davis and Mermelstein 1980), the orthonormal cosine transform (DCT-II) of the log-mel
 * spectrogram, as librosa's `mfcc`, and torchaudio's with its options; with gradients.
 *
 * @param waves float32 (B, T)
 * @returns float32 (B, coefficients, frames)
 * @throws {RangeError} where there are more coefficients than mels.
 */
export function mfcc(waves: tf.Tensor2D, options: MfccOptions): tf.Tensor3D {
  const { coefficients = 20, mels = 128, lifter = 0 } = options;
  if (!(Number.isInteger(coefficients) && coefficients >= 1 && coefficients <= mels)) {
    throw new RangeError(`mfcc: coefficients are from 1 to ${mels}, the mels, not ${coefficients}.`);
  }
  return tf.tidy(() => {
    const levels = logMelSpectrogram(waves, options); // (B, mels, F)
    const table = tf.tensor2d(cosineTable(coefficients, mels, lifter), [coefficients, mels]);
    const tables = table.expandDims(0).tile([waves.shape[0], 1, 1]); // (C, mels) -> (B, C, mels)
    return tf.matMul(tables, levels) as tf.Tensor3D;
  });
}

/** (coefficients, mels), with the lifter's weights. */
function cosineTable(coefficients: number, mels: number, lifter: number): Float32Array {
  const table = new Float32Array(coefficients * mels);
  for (let c = 0; c < coefficients; c++) {
    const norm = Math.sqrt((c === 0 ? 1 : 2) / mels);
    const weight = lifter > 0 ? 1 + (lifter / 2) * Math.sin((Math.PI * (c + 1)) / lifter) : 1;
    for (let m = 0; m < mels; m++) {
      table[c * mels + m] = weight * norm * Math.cos((Math.PI * c * (2 * m + 1)) / (2 * mels));
    }
  }
  return table;
}
