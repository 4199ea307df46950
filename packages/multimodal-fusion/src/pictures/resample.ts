/**
 * Resizing as Pillow does it, bit for bit: separable filters that widen as the picture shrinks (antialiasing), with weights
 * in fixed point and rows rounded to 8 bits between the two passes.
 * https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c; the filters as in Mitchell and Netravali
 * 1988, "Reconstruction filters in computer graphics", and Keys 1981, "Cubic convolution interpolation for digital image
 * processing", with a = -0.5.
 */
import { type Box, checkPicture, type Picture } from './picture.ts';
import { PRECISION, type Resampling, type Taps, twoPasses } from './two-passes.js';
import { passesInThread } from './two-passes-threads.ts';

export type Interpolation = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

export interface ResizeOptions {
  /** Pixels. */
  height: number;
  /** Pixels. */
  width: number;
  /** `'bilinear'` where not given. */
  interpolation?: Interpolation;
  /** The part of the picture that is resized, also by fractions of pixels; all where not given. */
  box?: Box;
  /** The part of the result, in whole pixels, that is made alone: a crop that costs less than one afterwards. */
  part?: Box;
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

/**
 * A picture of another size. Transparent pixels give no colour to their neighbours.
 *
 * @throws {RangeError} where a size isn't a whole number from 1 on, or the box isn't within the picture.
 */
export function resize<P extends Picture>(picture: P, options: ResizeOptions): P {
  const job = resamplingOf(picture, options);
  return job ? resampled(picture, options, twoPasses(job)) : nearest(picture, options);
}

/** The same in a thread, of which there are as many as cores; small pictures at once. */
export async function resizeInThread<P extends Picture>(picture: P, options: ResizeOptions): Promise<P> {
  if (picture.data.length < SMALL) return resize(picture, options);
  const job = resamplingOf(picture, options);
  return job ? resampled(picture, options, await passesInThread(job)) : nearest(picture, options);
}

/** Bytes that are resampled sooner than they are sent to a thread. */
const SMALL = 50_000;

/** What the two passes are to do; none for the nearest pixel. */
function resamplingOf(picture: Picture, options: ResizeOptions): Resampling | undefined {
  checkPicture('resize', picture);
  const { height, width, interpolation = 'bilinear' } = options;
  for (const [name, size] of Object.entries({ height, width })) {
    if (!(Number.isInteger(size) && size >= 1)) {
      throw new RangeError(`resize: ${name} has to be a whole number of pixels from 1 on, not ${size}.`);
    }
  }
  const box = options.box ?? wholeOf(picture);
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
  const part = options.part ?? wholeOf(options);
  const within =
    Object.values(part).every((value) => Number.isInteger(value) && value >= 0) &&
    part.height > 0 &&
    part.width > 0 &&
    part.top + part.height <= height &&
    part.left + part.width <= width;
  if (!within) {
    throw new RangeError(
      `resize: the part ${JSON.stringify(part)} isn't within the result of ${height} by ${width} pixels.`,
    );
  }
  if (interpolation === 'nearest') return undefined;
  const filter = FILTERS[interpolation];
  const sameWidth = box.left === 0 && [box.width, width, part.width].every((own) => own === picture.width);
  const sameHeight =
    box.top === 0 && [box.height, height, part.height].every((own) => own === picture.height);
  return {
    source: picture.channels === 4 ? multiplied(picture.data) : picture.data,
    height: picture.height,
    width: picture.width,
    channels: picture.channels,
    columns: sameWidth
      ? undefined
      : taps(filter, picture.width, [box.left, box.width], width, [part.left, part.width]),
    rows: sameHeight
      ? undefined
      : taps(filter, picture.height, [box.top, box.height], height, [part.top, part.height]),
  };
}

function resampled<P extends Picture>(picture: P, options: ResizeOptions, data: Uint8Array): P {
  const { height, width } = options.part ?? options;
  if (picture.channels === 4) divide(data);
  return { ...picture, data, height, width };
}

function wholeOf({ height, width }: { height: number; width: number }): Box {
  return { top: 0, left: 0, height, width };
}

/** @param part of the results: the first and how many */
function taps(
  { support, weight }: Filter,
  from: number,
  [start, length]: readonly [number, number],
  to: number,
  [first, size]: readonly [number, number],
): Taps {
  const scale = length / to;
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  const most = Math.ceil(reach) * 2 + 1;
  const starts = new Int32Array(size);
  const counts = new Int32Array(size);
  const weights = new Int32Array(size * most);
  const own = new Float64Array(most);
  for (let i = 0; i < size; i++) {
    const center = start + (first + i + 0.5) * scale;
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
  return { size, starts, counts, weights, most };
}

function nearest<P extends Picture>(picture: P, options: ResizeOptions): P {
  const { box = wholeOf(picture), part = wholeOf(options) } = options;
  const { channels } = picture;
  const { height, width } = part;
  const data = new Uint8Array(height * width * channels);
  const at = (i: number, start: number, scale: number, most: number): number =>
    Math.min(most - 1, Math.floor(start + (i + 0.5) * scale));
  for (let y = 0; y < height; y++) {
    const row = at(part.top + y, box.top, box.height / options.height, picture.height) * picture.width;
    for (let x = 0; x < width; x++) {
      const column = at(part.left + x, box.left, box.width / options.width, picture.width);
      for (let c = 0; c < channels; c++) {
        data[(y * width + x) * channels + c] = picture.data[(row + column) * channels + c]!;
      }
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
