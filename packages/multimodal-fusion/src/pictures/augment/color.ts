/** Colours, changed as Pillow's `ImageEnhance` and `ImageOps` do it. Alpha stays as it is. */
import { luma, type Picture } from '../picture.ts';

/** Each colour by its value alone; of 256 values. */
function mapValues<P extends Picture>(picture: P, values: readonly ArrayLike<number>[]): P {
  const { channels } = picture;
  const data = picture.data.slice();
  for (let c = 0; c < Math.min(3, channels); c++) {
    const own = values[c % values.length]!;
    for (let i = c; i < data.length; i += channels) data[i] = own[data[i]!]!;
  }
  return { ...picture, data };
}

function table(value: (of: number) => number): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: 256 }, (_, i) => Math.trunc(value(i)));
}

/** @param factor 0: black, 1: as it is */
export function adjustBrightness<P extends Picture>(picture: P, factor: number): P {
  return mapValues(picture, [table((value) => value * factor)]);
}

/** @param factor 0: the mean grey, 1: as it is */
export function adjustContrast<P extends Picture>(picture: P, factor: number): P {
  const grey = greyOf(picture);
  const mean = Math.trunc(grey.reduce((sum, value) => sum + value, 0) / grey.length + 0.5);
  return mapValues(picture, [table((value) => mean + factor * (value - mean))]);
}

/** @param factor 0: grey, 1: as it is */
export function adjustSaturation<P extends Picture>(picture: P, factor: number): P {
  if (picture.channels === 1) return picture;
  const grey = greyOf(picture);
  return mapPixels(picture, (value, i) => grey[i]! + factor * (value - grey[i]!));
}

/** @param shift of the hue, from -0.5 to 0.5 of a turn (HSV, Smith 1978, "Color gamut transform pairs") */
export function adjustHue<P extends Picture>(picture: P, shift: number): P {
  const { channels } = picture;
  if (channels === 1) return picture;
  const data = new Uint8ClampedArray(picture.data);
  for (let i = 0; i < data.length; i += channels) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    const value = Math.max(r, g, b);
    const chroma = value - Math.min(r, g, b);
    if (chroma === 0) continue;
    const sextant =
      value === r ? (g - b) / chroma : value === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
    const hue = (((sextant / 6 + shift) % 1) + 1) % 1;
    // https://en.wikipedia.org/wiki/HSL_and_HSV#HSV_to_RGB_alternative
    const channel = (n: number): number => {
      const k = (n + hue * 6) % 6;
      return value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
    };
    [data[i], data[i + 1], data[i + 2]] = [channel(5), channel(3), channel(1)];
  }
  return { ...picture, data: new Uint8Array(data.buffer) };
}

const SMOOTH = [1, 1, 1, 1, 5, 1, 1, 1, 1];

/** @param factor 0: smooth, 1: as it is, 2: sharper */
export function adjustSharpness<P extends Picture>(picture: P, factor: number): P {
  const { data, height, width, channels } = picture;
  const smooth = data.slice();
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      for (let c = 0; c < Math.min(3, channels); c++) {
        let sum = 0;
        for (let k = 0; k < 9; k++) {
          const from = (y + Math.trunc(k / 3) - 1) * width + x + (k % 3) - 1;
          sum += SMOOTH[k]! * data[from * channels + c]!;
        }
        smooth[(y * width + x) * channels + c] = Math.round(sum / 13);
      }
    }
  }
  return mapPixels(picture, (value, i, c) => {
    const soft = smooth[i * channels + c]!;
    return soft + factor * (value - soft);
  });
}

/** Keeps so many of the highest bits of each colour. */
export function posterize<P extends Picture>(picture: P, bits: number): P {
  const mask = 0xff & ~(2 ** (8 - bits) - 1);
  return mapValues(picture, [table((value) => value & mask)]);
}

/** Inverts colours from `threshold` on. */
export function solarize<P extends Picture>(picture: P, threshold: number): P {
  return mapValues(picture, [table((value) => (value < threshold ? value : 255 - value))]);
}

/** Stretches each channel to all of 0 to 255. */
export function autoContrast<P extends Picture>(picture: P): P {
  return mapValues(
    picture,
    histograms(picture).map((counts) => {
      const low = counts.findIndex((count) => count > 0);
      const high = counts.findLastIndex((count) => count > 0);
      const scale = 255 / (high - low);
      return table((value) => (high <= low ? value : value * scale - low * scale));
    }),
  );
}

/** Gives each channel about as many pixels of each value. */
export function equalize<P extends Picture>(picture: P): P {
  return mapValues(
    picture,
    histograms(picture).map((counts) => {
      const used = counts.filter((count) => count > 0);
      const step = Math.floor((used.reduce((a, b) => a + b, 0) - used.at(-1)!) / 255);
      if (used.length <= 1 || step === 0) return table((value) => value);
      let sum = Math.floor(step / 2);
      return Uint8ClampedArray.from(counts, (count) => {
        const value = Math.floor(sum / step);
        sum += count;
        return value;
      });
    }),
  );
}

/** By colour channel: how many pixels have each value. */
function histograms({ data, channels }: Picture): number[][] {
  return Array.from({ length: Math.min(3, channels) }, (_, c) => {
    const counts = new Array<number>(256).fill(0);
    for (let i = c; i < data.length; i += channels) counts[data[i]!]!++;
    return counts;
  });
}

function greyOf({ data, channels }: Picture): Uint8Array {
  if (channels === 1) return data;
  return luma(channels === 3 ? data : data.filter((_, i) => i % 4 < 3));
}

/** Each colour of each pixel `i`, rounded down and cut off as Pillow's `blend` does. */
function mapPixels<P extends Picture>(
  picture: P,
  change: (value: number, i: number, channel: number) => number,
): P {
  const { channels } = picture;
  const data = new Uint8ClampedArray(picture.data);
  for (let at = 0, i = 0; at < data.length; at += channels, i++) {
    for (let c = 0; c < Math.min(3, channels); c++) data[at + c] = Math.trunc(change(data[at + c]!, i, c));
  }
  return { ...picture, data: new Uint8Array(data.buffer) };
}
