/** PNG files without libvips, whose set-up takes longer than decoding a small one (https://www.w3.org/TR/png-3/). */
import { crc32, inflateSync } from 'node:zlib';
import type { Picture, Rgb } from './picture.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** What the first chunk says, which has to be the header; nothing where this is no PNG file. */
export function pngSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (bytes.length < 33 || !SIGNATURE.equals(bytes.subarray(0, 8))) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 24);
  if (view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452) return undefined; // IHDR
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Pixels; larger ones are better decoded in another thread. */
const MOST_PIXELS = 128 * 128;

/** Of a header: the channels of what is decoded here, by the kind of colour. */
const CHANNELS: Readonly<Record<number, Picture['channels']>> = { 0: 1, 2: 3, 6: 4 };

/** Beside pixels: what libvips takes no notice of. Of the others some change colours or turn the picture. */
const UNHEEDED: ReadonlySet<string> = new Set(['pHYs', 'tEXt', 'tIME', 'sRGB', 'gAMA', 'cHRM', 'bKGD']);

/**
 * The pixels of a small PNG file of 8 bits a channel, grey, red-green-blue or these and alpha, of the plainest kind.
 *
 * @param background what is put behind transparent pixels; where not given, alpha is kept
 * @returns nothing for any other file, and for one that isn't entirely as it should be: others decode it, or say why not.
 */
export function decodeSmallPng(bytes: Uint8Array, background?: Rgb): Picture | undefined {
  const size = pngSize(bytes);
  if (!size) return undefined;
  const { width, height } = size;
  if (width * height === 0 || width * height > MOST_PIXELS) return undefined;
  // Of the header: bits, the kind of colour, and the kinds of compression, filters and interlacing
  const [bits, color, ...kinds] = bytes.subarray(24, 29);
  const channels = CHANNELS[color!];
  if (bits !== 8 || channels === undefined || kinds.some((kind) => kind !== 0)) return undefined;
  // Others are rounded by whoever else decodes.
  if (!(background ?? []).every((level) => Number.isInteger(level) && level >= 0 && level <= 255)) {
    return undefined;
  }
  const compressed = compressedPixels(bytes);
  const filtered = compressed && inflated(compressed, height * (1 + width * channels));
  const data = filtered && unfiltered(filtered, height, width * channels, channels);
  if (!data) return undefined;
  if (channels !== 4 || !background) return { data, height, width, channels };
  return { data: flattened(data, background), height, width, channels: 3 };
}

/** The contents of the IDAT chunks, where all chunks are whole and plain. */
function compressedPixels(bytes: Uint8Array): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  let before = '';
  for (let at = 8; at + 12 <= bytes.length; ) {
    const size = view.getUint32(at);
    const end = at + 8 + size;
    if (end + 4 > bytes.length || crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      return undefined;
    }
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (name === 'IEND') return parts.length === 1 ? parts[0] : Buffer.concat(parts);
    if (name === 'IDAT' && (parts.length === 0 || before === 'IDAT')) parts.push(bytes.subarray(at + 8, end));
    else if (at > 8 && !UNHEEDED.has(name)) return undefined;
    before = name;
    at = end + 4;
  }
  return undefined;
}

function inflated(compressed: Uint8Array, size: number): Uint8Array | undefined {
  try {
    const result = inflateSync(compressed, { maxOutputLength: size, chunkSize: Math.max(64, size + 1) });
    return result.length === size ? result : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Undoes the filter of each row (https://www.w3.org/TR/png-3/#9Filters).
 *
 * @param rows each a byte that says which filter, and `stride` bytes
 * @param step bytes from a pixel to the next
 */
function unfiltered(rows: Uint8Array, height: number, stride: number, step: number): Uint8Array | undefined {
  const data = new Uint8Array(height * stride);
  const zeros = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const start = y * stride;
    const from = start + y + 1;
    const filter = rows[from - 1]!;
    const row = rows.subarray(from, from + stride);
    const above = y === 0 ? zeros : data.subarray(start - stride, start);
    const into = data.subarray(start, start + stride);
    if (filter === 0) into.set(row);
    else if (filter === 1) fromLeft(into, row, step);
    else if (filter === 2) fromAbove(into, row, above);
    else if (filter === 3) fromMean(into, row, above, step);
    else if (filter === 4) fromNearest(into, row, above, step);
    else return undefined;
  }
  return data;
}

function fromLeft(into: Uint8Array, row: Uint8Array, step: number): void {
  for (let x = 0; x < row.length; x++) into[x] = row[x]! + (x < step ? 0 : into[x - step]!);
}

function fromAbove(into: Uint8Array, row: Uint8Array, above: Uint8Array): void {
  for (let x = 0; x < row.length; x++) into[x] = row[x]! + above[x]!;
}

function fromMean(into: Uint8Array, row: Uint8Array, above: Uint8Array, step: number): void {
  for (let x = 0; x < row.length; x++) {
    into[x] = row[x]! + (((x < step ? 0 : into[x - step]!) + above[x]!) >> 1);
  }
}

/** Paeth's: of left, above and the corner between them what is nearest to left + above - corner. */
function fromNearest(into: Uint8Array, row: Uint8Array, above: Uint8Array, step: number): void {
  // In the first pixel there is nothing to the left, and what is nearest is what is above.
  for (let x = 0; x < step; x++) into[x] = row[x]! + above[x]!;
  for (let x = step; x < row.length; x++) {
    const left = into[x - step]!;
    const up = above[x]!;
    const corner = above[x - step]!;
    const toLeft = Math.abs(up - corner);
    const toUp = Math.abs(left - corner);
    const toCorner = Math.abs(left + up - 2 * corner);
    const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    into[x] = row[x]! + nearest;
  }
}

/** Rounded down, as libvips has it. */
function flattened(data: Uint8Array, background: Rgb): Uint8Array {
  const result = new Uint8Array((data.length / 4) * 3);
  const [red, green, blue] = background;
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const alpha = data[from + 3]!;
    const rest = 255 - alpha;
    result[to] = (data[from]! * alpha + red * rest) / 255;
    result[to + 1] = (data[from + 1]! * alpha + green * rest) / 255;
    result[to + 2] = (data[from + 2]! * alpha + blue * rest) / 255;
  }
  return result;
}
