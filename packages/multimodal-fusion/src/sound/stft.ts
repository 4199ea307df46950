/** Short-time Fourier transform, in TensorFlow.js ops: products with sine and cosine tables, which compile. */
import { tf } from '@quire/runtime';

export interface StftOptions {
  /** Samples of a frame, and of its transform. */
  fftSize: number;
  /** Samples between the beginnings of two frames; a quarter of `fftSize` where not given. */
  hopLength?: number;
  /** Samples of the window, which lies in the middle of a frame; `fftSize` where not given. */
  windowLength?: number;
  /** Periodic; `'hann'` where not given. */
  window?: 'hann' | 'hamming' | 'rectangular';
  /** Whether half a frame is put around the wave, so that frame t has sample t · hopLength in its middle; true where not given. */
  center?: boolean;
  /**
   * What that is: `'zero'`, as librosa's, or `'reflect'`, the wave mirrored, as torchaudio's and Whisper's. `'zero'` where
   * not given.
   */
  padding?: 'zero' | 'reflect';
}

/** Nested tensors of a transform. */
export interface Spectrum {
  /** float32 (B, fftSize / 2 + 1, frames) */
  real: tf.Tensor3D;
  imaginary: tf.Tensor3D;
}

/** How many frames a wave has. */
export function frameCount(samples: number, options: StftOptions): number {
  const { fftSize, hopLength, center } = withDefaults(options);
  const padded = samples + (center ? 2 * Math.floor(fftSize / 2) : 0);
  return padded < fftSize ? 0 : 1 + Math.floor((padded - fftSize) / hopLength);
}

/**
 * The short-time Fourier transform of waves, as librosa's and PyTorch's `stft`; with gradients.
 *
 * @param waves float32 (B, T)
 * @throws {RangeError} where a wave is shorter than a frame, or an option isn't a number of samples.
 */
export function stft(waves: tf.Tensor2D, options: StftOptions): Spectrum {
  return tf.tidy(() => {
    const both = transformed(waves, options);
    const bins = both.shape[2] / 2;
    const part = (at: number): tf.Tensor3D =>
      both.slice([0, 0, at * bins], [-1, -1, bins]).transpose([0, 2, 1]) as tf.Tensor3D; // (B, F, K) -> (B, K, F)
    return { real: part(0), imaginary: part(1) };
  });
}

/**
 * Magnitudes of the transform to the power of 1 or 2.
 *
 * @param waves float32 (B, T)
 * @returns float32 (B, fftSize / 2 + 1, frames)
 */
export function spectrogram(waves: tf.Tensor2D, options: StftOptions & { power?: 1 | 2 }): tf.Tensor3D {
  return tf.tidy(() => frameSpectra(waves, options).transpose([0, 2, 1]) as tf.Tensor3D); // (B, F, K) -> (B, K, F)
}

/** @returns float32 (B, frames, fftSize / 2 + 1) */
export function frameSpectra(waves: tf.Tensor2D, options: StftOptions & { power?: 1 | 2 }): tf.Tensor3D {
  const { power = 2 } = options;
  const both = transformed(waves, options);
  const bins = both.shape[2] / 2;
  const [real, imaginary] = tf.split(both, [bins, bins], 2) as [tf.Tensor3D, tf.Tensor3D];
  const squares = real.square().add(imaginary.square()) as tf.Tensor3D;
  // The root has no slope at 0.
  return power === 2 ? squares : (squares.maximum(1e-30).sqrt() as tf.Tensor3D);
}

/** Real parts, then imaginary ones: float32 (B, frames, 2 · bins). */
function transformed(waves: tf.Tensor2D, options: StftOptions): tf.Tensor3D {
  const own = withDefaults(options);
  const { fftSize, hopLength, center, padding } = own;
  const [batch, samples] = waves.shape;
  const half = Math.floor(fftSize / 2);
  const frames = frameCount(samples, own);
  if (frames < 1) throw new RangeError(`stft: a wave of ${samples} samples has no frame of ${fftSize}.`);
  if (center && padding === 'reflect' && samples <= half) {
    throw new RangeError(
      `stft: a wave of ${samples} samples can't be mirrored by ${half}: pad it, or take padding 'zero'.`,
    );
  }
  const around: [number, number][] = [
    [0, 0],
    [half, half],
  ];
  const padded = !center
    ? waves
    : padding === 'zero'
      ? waves.pad(around)
      : tf.mirrorPad(waves, around, 'reflect');
  const width = 2 * (half + 1);
  const table = tf.tensor2d(fourierTable(own), [fftSize, width]);
  const cut = framesOf(padded as tf.Tensor2D, { frames, fftSize, hopLength });
  // (B, F, N) -> (B F, N) -> (B F, 2K) -> (B, F, 2K)
  return tf
    .matMul(cut.reshape([batch * frames, fftSize]) as tf.Tensor2D, table)
    .reshape([batch, frames, width]);
}

/**
 * Frames side by side, float32 (B, frames, fftSize): a frame is some rows of `hopLength` samples one after the other.
 *
 * @param waves float32 (B, T)
 */
function framesOf(
  waves: tf.Tensor2D,
  { frames, fftSize, hopLength }: { frames: number; fftSize: number; hopLength: number },
): tf.Tensor3D {
  const [batch, samples] = waves.shape;
  const rowsOfFrame = Math.ceil(fftSize / hopLength);
  const rows = frames - 1 + rowsOfFrame;
  const wanted = rows * hopLength;
  const whole =
    wanted > samples
      ? waves.pad([
          [0, 0],
          [0, wanted - samples],
        ])
      : waves.slice([0, 0], [batch, wanted]);
  const byRow = whole.reshape([batch, rows, hopLength]) as tf.Tensor3D; // (B, T) -> (B, rows, hop)
  const parts = Array.from({ length: rowsOfFrame }, (_, i) =>
    byRow.slice([0, i, 0], [batch, frames, Math.min(hopLength, fftSize - i * hopLength)]),
  );
  return (parts.length === 1 ? parts[0] : tf.concat(parts, 2)) as tf.Tensor3D;
}

function withDefaults(options: StftOptions): Required<StftOptions> {
  const { fftSize } = options;
  const own = {
    hopLength: Math.max(1, Math.floor(fftSize / 4)),
    windowLength: fftSize,
    window: 'hann',
    center: true,
    padding: 'zero',
    ...options,
  } as const;
  for (const name of ['fftSize', 'hopLength', 'windowLength'] as const) {
    const value = own[name];
    if (!(Number.isInteger(value) && value >= 1 && (name === 'hopLength' || value <= fftSize))) {
      throw new RangeError(
        `stft: ${name} has to be a whole number of samples from 1 on, the window at most fftSize, not ${value}.`,
      );
    }
  }
  return own;
}

/** Tables that were made, by what they are of; a few megabytes each for long frames. */
const tables = new Map<string, Float32Array>();
const MOST_TABLES = 8;

/** (fftSize, 2 · bins): cosines, then negative sines, times the window. */
function fourierTable({ fftSize, windowLength, window }: Required<StftOptions>): Float32Array {
  const name = `${fftSize} ${windowLength} ${window}`;
  const known = tables.get(name);
  if (known) return known;
  const bins = Math.floor(fftSize / 2) + 1;
  const weights = centeredWindow(fftSize, windowLength, window);
  // exp(-2 pi i k n / N) depends on k n modulo N only.
  const cosines = Float64Array.from({ length: fftSize }, (_, i) => Math.cos((2 * Math.PI * i) / fftSize));
  const sines = Float64Array.from({ length: fftSize }, (_, i) => Math.sin((2 * Math.PI * i) / fftSize));
  const table = new Float32Array(fftSize * 2 * bins);
  for (let n = 0; n < fftSize; n++) {
    for (let k = 0; k < bins; k++) {
      const at = (n * k) % fftSize;
      table[n * 2 * bins + k] = weights[n]! * cosines[at]!;
      table[n * 2 * bins + bins + k] = -weights[n]! * sines[at]!;
    }
  }
  if (tables.size >= MOST_TABLES) tables.delete(tables.keys().next().value!);
  tables.set(name, table);
  return table;
}

/** A periodic window in the middle of a frame. https://en.wikipedia.org/wiki/Window_function#Hann_and_Hamming_windows */
function centeredWindow(
  fftSize: number,
  length: number,
  window: Required<StftOptions>['window'],
): Float64Array {
  const start = Math.floor((fftSize - length) / 2);
  const share = { hann: 0.5, hamming: 0.54, rectangular: 1 }[window];
  return Float64Array.from({ length: fftSize }, (_, i) =>
    i < start || i >= start + length
      ? 0
      : share - (1 - share) * Math.cos((2 * Math.PI * (i - start)) / length),
  );
}
