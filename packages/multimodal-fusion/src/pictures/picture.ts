/** A picture as pixels. */

/** Pixels of 8 bits a channel, in sRGB: grey, red-green-blue, or these and alpha, which isn't multiplied in. */
export interface Picture {
  /** (height, width, channels), rows from the top, from 0 to 255. */
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
}

/** A part of a picture, in pixels. */
export interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

export const WHITE: Rgb = [255, 255, 255];

/** @throws {RangeError} where the sizes don't fit the data. */
export function checkPicture(what: string, { data, height, width, channels }: Picture): void {
  const whole = [height, width].every((size) => Number.isInteger(size) && size >= 1);
  if (!whole || ![1, 3, 4].includes(channels) || data.length !== height * width * channels) {
    throw new RangeError(
      `${what}: a picture of ${height} by ${width} pixels and ${channels} channels (1, 3 or 4) has ${height * width * channels} numbers, and this one has ${data.length}.`,
    );
  }
}

/**
 * A picture with another number of channels. Grey is repeated, or made by ITU-R 601-2's luma with Pillow's rounding; alpha
 * is added as 255, or blended over a background.
 *
 * @param options.background what is behind transparent pixels; white where not given
 */
export function toChannels<Channels extends Picture['channels']>(
  picture: Picture,
  channels: Channels,
  { background = WHITE }: { background?: Rgb } = {},
): Picture & { channels: Channels } {
  checkPicture('toChannels', picture);
  if (picture.channels === channels) return picture as Picture & { channels: Channels };
  const { height, width } = picture;
  if (channels === 4) return make(height, width, channels, addAlpha(picture));
  const opaque = picture.channels === 4 ? blended(picture, background) : picture;
  if (opaque.channels === channels) return opaque as Picture & { channels: Channels };
  return make(height, width, channels, channels === 1 ? luma(opaque.data) : repeated(opaque.data));
}

function make<Channels extends Picture['channels']>(
  height: number,
  width: number,
  channels: Channels,
  data: Uint8Array,
): Picture & { channels: Channels } {
  return { data, height, width, channels };
}

function blended({ data, height, width }: Picture, background: Rgb): Picture {
  const result = new Uint8Array(height * width * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const alpha = data[from + 3]!;
    for (let c = 0; c < 3; c++) {
      result[to + c] = Math.round((data[from + c]! * alpha + background[c]! * (255 - alpha)) / 255);
    }
  }
  return { data: result, height, width, channels: 3 };
}

function addAlpha({ data, height, width, channels }: Picture): Uint8Array {
  const result = new Uint8Array(height * width * 4).fill(255);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) result[4 * i + c] = data[channels === 1 ? i : 3 * i + c]!;
  }
  return result;
}

function repeated(data: Uint8Array): Uint8Array {
  const result = new Uint8Array(3 * data.length);
  for (let i = 0; i < data.length; i++) result.fill(data[i]!, 3 * i, 3 * i + 3);
  return result;
}

/** @param data (…, 3) */
export function luma(data: Uint8Array): Uint8Array {
  const result = new Uint8Array(data.length / 3);
  for (let i = 0; i < result.length; i++) {
    // Weights of 16 bits, as Pillow's `convert('L')` has them.
    result[i] = (data[3 * i]! * 19_595 + data[3 * i + 1]! * 38_470 + data[3 * i + 2]! * 7_471 + 0x8000) >> 16;
  }
  return result;
}
