import { tf } from '@quire/runtime';
import { type Drawing, type DrawingOptions, sound as drawSound } from '@quire/visualization';
import { logMelSpectrogram } from './log-mel.ts';
import { hertzToMel, melToHertz } from './mel.ts';
import { type Sound, toMono } from './sound.ts';

export interface PlayerOptions extends DrawingOptions {
  /** Bands of the spectrogram; 64 where not given. */
  mels?: number;
}

/**
 * A sound with its wave, its log-mel spectrogram and a player, which shows itself in a notebook: the mean of the channels.
 *
 * @throws {RangeError} where there are no samples, or the rate isn't from 1,000 to 192,000.
 */
export function player(sound: Sound, { mels = 64, ...options }: PlayerOptions = {}): Drawing {
  const { samples, sampleRate } = toMono(sound);
  if (samples.length === 0) throw new RangeError('player: the sound has no samples.');
  // Frames of 32 ms, 8 ms apart, or further where these would be more than are seen.
  const fftSize = 2 ** Math.round(Math.log2(0.032 * sampleRate));
  const hopLength = Math.max(Math.floor(fftSize / 4), Math.ceil(samples.length / 1400));
  const [values, bands] = tf.tidy(() => {
    const waves = tf.tensor2d(samples, [1, samples.length]);
    const levels = logMelSpectrogram(waves, {
      sampleRate,
      fftSize,
      hopLength,
      mels,
      melScale: 'htk',
      norm: 'none',
    });
    return [levels.dataSync() as Float32Array, levels.shape];
  });
  const top = hertzToMel(sampleRate / 2, 'htk');
  const frequencies = Array.from({ length: mels }, (_, i) => melToHertz((top * (i + 1)) / (mels + 1), 'htk'));
  return drawSound(samples, {
    ...options,
    sampleRate,
    spectrogram: { values: { shape: [mels, bands[2]], data: values }, frequencies },
  });
}
