/** A sound as samples. */

export interface Sound {
  /** float32 (channels, length), one channel after the other, from -1 to 1. */
  readonly samples: Float32Array;
  readonly channels: number;
  /** Samples a second, of each channel. */
  readonly sampleRate: number;
}

/** @throws {RangeError} where the samples don't fill the channels, or the rate isn't a whole number from 1 on. */
export function checkSound(what: string, { samples, channels, sampleRate }: Sound): void {
  if (!(Number.isInteger(channels) && channels >= 1 && samples.length % channels === 0)) {
    throw new RangeError(`${what}: ${samples.length} samples don't fill ${channels} channels.`);
  }
  if (!(Number.isInteger(sampleRate) && sampleRate >= 1)) {
    throw new RangeError(`${what}: sampleRate has to be a whole number from 1 on, not ${sampleRate}.`);
  }
}

/** The channels of a sound, as views of its samples. */
export function channelsOf(sound: Sound): Float32Array[] {
  checkSound('channelsOf', sound);
  const { samples, channels } = sound;
  const length = samples.length / channels;
  return Array.from({ length: channels }, (_, c) => samples.subarray(c * length, (c + 1) * length));
}

/** The mean of the channels. */
export function toMono(sound: Sound): Sound {
  if (sound.channels === 1) return sound;
  const channels = channelsOf(sound);
  const samples = new Float32Array(channels[0]!.length);
  for (const channel of channels) {
    for (let i = 0; i < samples.length; i++) samples[i]! += channel[i]! / channels.length;
  }
  return { samples, channels: 1, sampleRate: sound.sampleRate };
}
