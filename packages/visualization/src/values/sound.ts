/** A sound: its wave, its spectrogram, and a player. */
import { Drawing, type DrawingOptions, round, svgText } from '../drawing.ts';
import { readFinite } from '../finite.ts';
import { picture } from '../models/pixels.ts';
import { type ArrayInput, readArray } from '../models/tensor-input.ts';
import { seriesColor, VIRIDIS } from '../palettes.ts';
import { GRID, MUTED } from '../theme.ts';
import { statistics } from './statistics.ts';

export interface SoundOptions extends DrawingOptions {
  /** Samples per second. Default: 16,000. */
  sampleRate?: number;
  /** Drawn below the wave. */
  spectrogram?: SpectrogramPicture;
}

/** What is in each band of frequencies as time goes on. */
export interface SpectrogramPicture {
  /** (bands, frames), the lowest band first, such as decibels of mels. */
  values: ArrayInput;
  /** Hertz in the middle of each band, for a scale. */
  frequencies?: ArrayLike<number>;
  /** The numbers at the ends of the colours. Default: the least and the greatest. */
  range?: readonly [number, number];
}

const HEIGHT = 96;
const SPECTROGRAM_HEIGHT = 128;
const GAP = 4;
/** Of the picture, on either side. */
const INSET = 8;
const MOST_FRAMES = 1400;

/**
 * Samples as a wave, and as a player where the front end has one: 16-bit WAV within the page, 43 kB a second at 16,000
 * samples. What is beyond -1 and 1 is cut off there, and the picture says so.
 * @param samples T numbers from -1 to 1
 * @throws {RangeError} when there is none, one isn't finite, the rate isn't from 1,000 to 192,000, or frequencies are more
 * or fewer than bands
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
  const inner = width - 2 * INSET;
  const middle = HEIGHT / 2;
  let path = '';
  for (let x = 0; x < inner; x++) {
    const from = Math.floor((x / inner) * values.length);
    const part = values.slice(from, Math.max(from + 1, Math.floor(((x + 1) / inner) * values.length)));
    const [low, high] = [Math.max(-1, Math.min(...part)), Math.min(1, Math.max(...part))];
    path += `M${x + 8.5} ${round(middle - high * (middle - 4))}V${round(middle - low * (middle - 4) + 0.6)}`;
  }
  const spectrogram = options.spectrogram && drawn(options.spectrogram, width);
  const height = HEIGHT + (spectrogram ? GAP + SPECTROGRAM_HEIGHT : 0);
  const text =
    `${seconds.toFixed(seconds < 10 ? 2 : 1)} s, ${sampleRate} samples per second, peak ${peak.toFixed(2)}` +
    (clipped > 0 ? `, ${clipped} samples beyond 1 are cut off` : '');
  const wave =
    `<path d="M8 ${middle}H${width - 8}" stroke="${GRID}"/>` +
    `<path d="${path}" stroke="${seriesColor(0)}" stroke-width="1" fill="none"/>${spectrogram?.svg ?? ''}`;
  return new Drawing(
    {
      html:
        `<div><div style="position:relative;width:${width}px;max-width:100%">` +
        `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" style="display:block;max-width:100%;height:auto" aria-hidden="true">${wave}</svg>` +
        `<div class="playhead" hidden style="position:absolute;top:0;bottom:0;width:2px;background:${seriesColor(1)};pointer-events:none"></div></div>` +
        `<audio controls style="width:100%" src="data:audio/wav;base64,${wav(values, sampleRate).toString('base64')}"></audio>` +
        `<div style="font-size:12px;opacity:0.7">${text}</div></div>` +
        `<script>${SCRIPT}, ${round((100 * INSET) / width) / 100})</script>`,
      svg: wave + svgText(text, INSET, height + 16, { size: 11, color: MUTED }),
      width,
      height: height + 26,
      alt: `Sound of ${text}${spectrogram ? `, with a spectrogram of ${spectrogram.bands} bands` : ''}.`,
    },
    options,
  );
}

/** A line goes along while the sound plays; a click on the picture plays from there. */
const SCRIPT = `((root, inset) => {
const audio = root.querySelector('audio');
const head = root.querySelector('.playhead');
const place = () => { head.style.left = 100 * (inset + (1 - 2 * inset) * audio.currentTime / (audio.duration || 1)) + '%'; };
const follow = () => { place(); if (!audio.paused) requestAnimationFrame(follow); };
audio.addEventListener('play', () => { head.hidden = false; follow(); });
audio.addEventListener('seeked', place);
head.parentElement.addEventListener('click', (event) => {
const box = head.parentElement.getBoundingClientRect();
const share = ((event.clientX - box.left) / box.width - inset) / (1 - 2 * inset);
head.hidden = false;
audio.currentTime = (audio.duration || 0) * Math.min(1, Math.max(0, share));
});
})(document.currentScript.previousElementSibling`;

/** The picture below the wave, as wide as that. */
function drawn(
  { values, frequencies, range }: SpectrogramPicture,
  width: number,
): { svg: string; bands: number } {
  const read = readArray('sound', 'spectrogram.values', values, [2]);
  const [bands, frames] = read.shape as [number, number];
  if (frequencies && frequencies.length !== bands) {
    throw new RangeError(`sound: there are ${bands} bands and ${frequencies.length} frequencies.`);
  }
  // No more frames than are seen: the loudest of those that fall together. The lowest band is at the bottom.
  const columns = Math.min(frames, MOST_FRAMES);
  const data = new Float64Array(bands * columns).fill(Number.NEGATIVE_INFINITY);
  for (let band = 0; band < bands; band++) {
    const row = (bands - 1 - band) * columns;
    for (let frame = 0; frame < frames; frame++) {
      const at = row + Math.floor((frame * columns) / frames);
      data[at] = Math.max(data[at]!, read.data[band * frames + frame]!);
    }
  }
  const { least, greatest } = statistics(data);
  const url = picture(
    { shape: [bands, columns], data },
    { scale: VIRIDIS, range: range ?? [least, greatest] },
  );
  const top = HEIGHT + GAP;
  const scale = frequencies
    ? [0, 1 / 3, 2 / 3, 1].map((share) => {
        const y = top + SPECTROGRAM_HEIGHT * (1 - share) - 4 + 13 * share;
        const text = inHertz(frequencies[Math.round(share * (bands - 1))]!);
        return svgText(text, INSET + 4, y, { size: 10, color: '#ffffff' });
      })
    : [];
  const image =
    `<image x="${INSET}" y="${top}" width="${width - 2 * INSET}" height="${SPECTROGRAM_HEIGHT}" ` +
    `preserveAspectRatio="none" href="${url}"/>`;
  return { svg: image + scale.join(''), bands };
}

function inHertz(frequency: number): string {
  return frequency >= 1000 ? `${Math.round(frequency / 100) / 10} kHz` : `${Math.round(frequency)} Hz`;
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
