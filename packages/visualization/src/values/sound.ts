/** A sound: its wave, and a player. */
import { Drawing, type DrawingOptions, round, svgText } from '../drawing.ts';
import { readFinite } from '../finite.ts';
import { seriesColor } from '../palettes.ts';
import { GRID, MUTED } from '../theme.ts';

export interface SoundOptions extends DrawingOptions {
  /** Samples per second. Default: 16,000. */
  sampleRate?: number;
}

const HEIGHT = 96;

/**
 * Samples as a wave, and as a player where the front end has one: 16-bit WAV within the page, 43 kB a second at 16,000
 * samples. What is beyond -1 and 1 is cut off there, and the picture says so.
 * @param samples T numbers from -1 to 1
 * @throws {RangeError} when there is none, one isn't finite, or the rate isn't from 1,000 to 192,000
 */
export function sound(samples: ArrayLike<number>, options: SoundOptions = {}): Drawing {
  const values = readFinite('sound', 'samples', samples);
  const { sampleRate = 16_000, width = 700 } = options;
  if (!(Number.isInteger(sampleRate) && sampleRate >= 1000 && sampleRate <= 192_000)) {
    throw new RangeError(
      `sound: sampleRate has to be a whole number from 1,000 to 192,000, not ${sampleRate}.`,
    );
  }
  const seconds = values.length / sampleRate;
  const peak = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const clipped = values.filter((value) => Math.abs(value) > 1).length;
  const inner = width - 16;
  const middle = HEIGHT / 2;
  let path = '';
  for (let x = 0; x < inner; x++) {
    const from = Math.floor((x / inner) * values.length);
    const part = values.slice(from, Math.max(from + 1, Math.floor(((x + 1) / inner) * values.length)));
    const [low, high] = [Math.max(-1, Math.min(...part)), Math.min(1, Math.max(...part))];
    path += `M${x + 8.5} ${round(middle - high * (middle - 4))}V${round(middle - low * (middle - 4) + 0.6)}`;
  }
  const text =
    `${seconds.toFixed(seconds < 10 ? 2 : 1)} s, ${sampleRate} samples per second, peak ${peak.toFixed(2)}` +
    (clipped > 0 ? `, ${clipped} samples beyond 1 are cut off` : '');
  const wave =
    `<path d="M8 ${middle}H${width - 8}" stroke="${GRID}"/>` +
    `<path d="${path}" stroke="${seriesColor(0)}" stroke-width="1" fill="none"/>`;
  return new Drawing(
    {
      html:
        `<svg width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" style="max-width:100%" aria-hidden="true">${wave}</svg>` +
        `<audio controls style="width:100%" src="data:audio/wav;base64,${wav(values, sampleRate).toString('base64')}"></audio>` +
        `<div style="font-size:12px;opacity:0.7">${text}</div>`,
      svg: wave + svgText(text, 8, HEIGHT + 16, { size: 11, color: MUTED }),
      width,
      height: HEIGHT + 26,
      alt: `Sound of ${text}.`,
    },
    options,
  );
}

/** One channel of 16 bits: https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html */
export function wav(samples: readonly number[], sampleRate: number): Buffer {
  const file = Buffer.alloc(44 + 2 * samples.length);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * samples.length, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(2 * sampleRate, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((value, i) => {
    file.writeInt16LE(Math.round(Math.max(-1, Math.min(1, value)) * 32_767), 44 + 2 * i);
  });
  return file;
}
