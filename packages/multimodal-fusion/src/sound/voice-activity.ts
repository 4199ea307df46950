/** Where somebody speaks, by energy. */
import { type Sound, toMono } from './sound.ts';

export interface VoiceActivityOptions {
  /** Seconds of a frame; 0.025 where not given. */
  frame?: number;
  /** Seconds between the beginnings of two frames; 0.01 where not given. */
  hop?: number;
  /** How many dB below the loudest frame is silence still to be told from speech; 40 where not given. */
  range?: number;
  /** How many dB speech is above the noise, the level below which a tenth of all frames lie; 6 where not given. */
  margin?: number;
  /** Seconds: shorter silence within speech is part of it; 0.1 where not given. */
  minSilence?: number;
  /** Seconds: shorter speech is none; 0.05 where not given. */
  minSpeech?: number;
  /** Seconds that are added on either side; 0 where not given. */
  padding?: number;
}

/** Seconds. */
export interface Segment {
  start: number;
  end: number;
}

/**
 * Stretches in which the energy is above both the noise and what the loudest frame leaves audible. Speech isn't told from
 * other sound; steady noise above the speech hides it.
 *
 * @returns in order, without overlaps; none in a silent sound
 * @throws {RangeError} where frames aren't at least a sample long.
 */
export function voiceActivity(sound: Sound, options: VoiceActivityOptions = {}): Segment[] {
  const { samples, sampleRate } = toMono(sound);
  const { frame = 0.025, hop = 0.01, range = 40, margin = 6 } = options;
  const { minSilence = 0.1, minSpeech = 0.05, padding = 0 } = options;
  const [length, step] = [Math.round(frame * sampleRate), Math.round(hop * sampleRate)];
  if (!(length >= 1 && step >= 1)) {
    throw new RangeError(
      `voiceActivity: frame and hop are at least a sample long, not ${frame} and ${hop} s.`,
    );
  }
  const levels = frameLevels(samples, length, step);
  if (levels.length === 0) return [];
  const sorted = [...levels].sort((a, b) => a - b);
  const [peak, noise] = [sorted.at(-1)!, sorted[Math.floor(0.1 * (sorted.length - 1))]!];
  if (peak === Number.NEGATIVE_INFINITY) return [];
  // Where all is about equally loud, a tenth of it isn't noise.
  const threshold = Math.max(
    peak - range,
    peak - noise > 2 * margin ? noise + margin : Number.NEGATIVE_INFINITY,
  );
  const end = samples.length / sampleRate;
  const found: Segment[] = [];
  for (const [i, level] of levels.entries()) {
    if (level < threshold) continue;
    // A frame speaks for the hop around its middle.
    const middle = (i * step + length / 2) / sampleRate;
    const segment = { start: Math.max(0, middle - hop / 2), end: Math.min(end, middle + hop / 2) };
    const last = found.at(-1);
    if (last && segment.start - last.end < minSilence) last.end = segment.end;
    else found.push(segment);
  }
  const kept = found.filter(({ start, end }) => end - start >= minSpeech);
  const padded: Segment[] = [];
  for (const segment of kept) {
    const own = { start: Math.max(0, segment.start - padding), end: Math.min(end, segment.end + padding) };
    const last = padded.at(-1);
    if (last && own.start <= last.end) last.end = own.end;
    else padded.push(own);
  }
  return padded;
}

/** dB of the mean square of each frame; a sound that is shorter is one frame. */
function frameLevels(samples: Float32Array, length: number, step: number): number[] {
  const levels: number[] = [];
  for (
    let start = 0;
    start < samples.length && (start === 0 || start + length <= samples.length);
    start += step
  ) {
    let sum = 0;
    const end = Math.min(samples.length, start + length);
    for (let i = start; i < end; i++) sum += samples[i]! ** 2;
    levels.push(10 * Math.log10(sum / (end - start)));
  }
  return levels;
}
