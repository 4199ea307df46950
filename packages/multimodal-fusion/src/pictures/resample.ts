/**
 * Resizing as Pillow does it, bit for bit: separable filters that widen as the picture shrinks (antialiasing), with weights
 * in fixed point and rows rounded to 8 bits between the two passes.
 * https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c; the filters as in Mitchell and Netravali
 * 1988, "Reconstruction filters in computer graphics", and Keys 1981, "Cubic convolution interpolation for digital image
 * processing", with a = -0.5.
 */
import { checkPicture, type Picture } from './picture.ts';

export type Interpolation = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

/** A part of a picture in pixels, which may be fractions. */
export interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

export interface ResizeOptions {
  /** Pixels. */
  height: number;
  /** Pixels. */
  width: number;
  /** `'bilinear'` where not given. */
  interpolation?: Interpolation;
  /** The part that is resized; all where not given. */
  box?: Box;
}

interface Filter {
  support: number;
  weight(x: number): number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const FILTERS: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x))),
  },
  bicubic: {
    support: 2,
    weight(x) {
      const [a, d] = [-0.5, Math.abs(x)];
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Bits behind the point of a weight: 8 of 32 are the pixel's, 2 are for sums beyond 255. */
const PRECISION = 32 - 8 - 2;
const HALF = 1 << (PRECISION - 1);

/**
 * A picture of another size. Transparent pixels give no colour to their neighbours.
 *
 * @throws {RangeError} where a size isn't a whole number from 1 on, or the box isn't within the picture.
 */
export function resize<P extends Picture>(picture: P, options: ResizeOptions): P {
  checkPicture('resize', picture);
  const { height, width, interpolation = 'bilinear' } = options;
  for (const [name, size] of Object.entries({ height, width })) {
    if (!(Number.isInteger(size) && size >= 1)) {
      throw new RangeError(`resize: ${name} has to be a whole number of pixels from 1 on, not ${size}.`);
    }
  }
  const all = { top: 0, left: 0, height: picture.height, width: picture.width };
  const box = options.box ?? all;
  const inside =
    box.top >= 0 &&
    box.left >= 0 &&
    box.height > 0 &&
    box.width > 0 &&
    box.top + box.height <= picture.height &&
    box.left + box.width <= picture.width;
  if (!inside) {
    throw new RangeError(
      `resize: the box ${JSON.stringify(box)} isn't within the picture of ${picture.height} by ${picture.width} pixels.`,
    );
  }
  if (interpolation === 'nearest') return nearest(picture, height, width, box);
  const filter = FILTERS[interpolation];
  const opaque = picture.channels === 4 ? multiplied(picture.data) : picture.data;
  const columns = taps(filter, picture.width, box.left, box.width, width);
  const rows = taps(filter, picture.height, box.top, box.height, height);
  const { channels } = picture;
  // Only the rows that the second pass needs.
  const first = rows.starts[0]!;
  const last = rows.starts[height - 1]! + rows.counts[height - 1]!;
  const same = box.left === 0 && box.width === picture.width && width === picture.width;
  const stretched = same
    ? opaque.subarray(first * width * channels, last * width * channels)
    : alongRows(
        opaque.subarray(first * picture.width * channels),
        last - first,
        picture.width,
        channels,
        columns,
      );
  const whole = box.top === 0 && box.height === picture.height && height === picture.height;
  const data = whole ? stretched.slice() : alongColumns(stretched, first, width * channels, rows);
  if (channels === 4) divide(data);
  return { ...picture, data, height, width };
}

interface Taps {
  size: number;
  /** For each pixel of the result: the first of the source, and how many. */
  starts: Int32Array;
  counts: Int32Array;
  /** (pixels, most) in fixed point. */
  weights: Int32Array;
  most: number;
}

function taps({ support, weight }: Filter, from: number, start: number, length: number, to: number): Taps {
  const scale = length / to;
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  const most = Math.ceil(reach) * 2 + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Int32Array(to * most);
  const own = new Float64Array(most);
  for (let i = 0; i < to; i++) {
    const center = start + (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(center - reach + 0.5));
    const high = Math.min(from, Math.trunc(center + reach + 0.5));
    let sum = 0;
    for (let k = 0; k < high - low; k++) {
      own[k] = weight((k + low - center + 0.5) / stretch);
      sum += own[k]!;
    }
    for (let k = 0; k < high - low; k++) {
      const share = (sum === 0 ? own[k]! : own[k]! / sum) * 2 ** PRECISION;
      weights[i * most + k] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    }
    starts[i] = low;
    counts[i] = high - low;
  }
  return { size: to, starts, counts, weights, most };
}

/** (height, width, C) -> (height, taps.size, C) */
function alongRows(
  source: Uint8Array,
  height: number,
  width: number,
  channels: number,
  taps: Taps,
): Uint8Array {
  const result = new Uint8ClampedArray(height * taps.size * channels);
  const along = channels === 3 ? colorsAlongRow : channelsAlongRow;
  for (let y = 0; y < height; y++)
    along(source, y * width * channels, result, y * taps.size * channels, taps, channels);
  return new Uint8Array(result.buffer);
}

/** The common case, whose sums fit into registers. */
function colorsAlongRow(
  source: Uint8Array,
  start: number,
  result: Uint8ClampedArray,
  to: number,
  { size, starts, counts, weights, most }: Taps,
): void {
  for (let x = 0; x < size; x++, to += 3) {
    let from = start + 3 * starts[x]!;
    const at = x * most;
    const end = at + counts[x]!;
    let r = HALF;
    let g = HALF;
    let b = HALF;
    for (let k = at; k < end; k++, from += 3) {
      const weight = weights[k]!;
      r = (r + Math.imul(source[from]!, weight)) | 0;
      g = (g + Math.imul(source[from + 1]!, weight)) | 0;
      b = (b + Math.imul(source[from + 2]!, weight)) | 0;
    }
    result[to] = r >> PRECISION;
    result[to + 1] = g >> PRECISION;
    result[to + 2] = b >> PRECISION;
  }
}

function channelsAlongRow(
  source: Uint8Array,
  start: number,
  result: Uint8ClampedArray,
  to: number,
  { size, starts, counts, weights, most }: Taps,
  channels: number,
): void {
  for (let x = 0; x < size; x++) {
    const at = x * most;
    for (let c = 0; c < channels; c++, to++) {
      const from = start + starts[x]! * channels + c;
      let sum = HALF;
      for (let k = 0; k < counts[x]!; k++) {
        sum = (sum + Math.imul(source[from + k * channels]!, weights[at + k]!)) | 0;
      }
      result[to] = sum >> PRECISION;
    }
  }
}

/** (rows from `first` on, length) -> (taps.size, length) */
function alongColumns(
  source: Uint8Array,
  first: number,
  length: number,
  { size, starts, counts, weights, most }: Taps,
): Uint8Array {
  const result = new Uint8ClampedArray(size * length);
  for (let y = 0; y < size; y++) {
    const start = (starts[y]! - first) * length;
    const at = y * most;
    const end = at + counts[y]!;
    const to = y * length;
    for (let i = 0; i < length; i++) {
      let from = start + i;
      let sum = HALF;
      for (let k = at; k < end; k++, from += length) {
        sum = (sum + Math.imul(source[from]!, weights[k]!)) | 0;
      }
      result[to + i] = sum >> PRECISION;
    }
  }
  return new Uint8Array(result.buffer);
}

function nearest<P extends Picture>(picture: P, height: number, width: number, box: Box): P {
  const { channels } = picture;
  const data = new Uint8Array(height * width * channels);
  const at = (i: number, start: number, scale: number, most: number): number =>
    Math.min(most - 1, Math.floor(start + (i + 0.5) * scale));
  for (let y = 0; y < height; y++) {
    const row = at(y, box.top, box.height / height, picture.height) * picture.width;
    for (let x = 0; x < width; x++) {
      const from = (row + at(x, box.left, box.width / width, picture.width)) * channels;
      for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = picture.data[from + c]!;
    }
  }
  return { ...picture, data, height, width };
}

/** Colours times alpha, rounded as Pillow's `RGBa` has them. */
function multiplied(data: Uint8Array): Uint8Array {
  const result = data.slice();
  for (let i = 0; i < data.length; i += 4) {
    for (let c = 0; c < 3; c++) {
      const product = data[i + c]! * data[i + 3]! + 128;
      result[i + c] = ((product >> 8) + product) >> 8;
    }
  }
  return result;
}

/** The inverse of `multiplied`, in place. */
function divide(data: Uint8Array): void {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]!;
    if (alpha === 0 || alpha === 255) continue;
    for (let c = 0; c < 3; c++) data[i + c] = Math.min(255, Math.trunc((255 * data[i + c]!) / alpha));
  }
}
