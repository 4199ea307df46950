/** Pictures from files. */
import { extname } from 'node:path';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { readNamed } from '../named-file.ts';
import { luma, type Picture, type Rgb, toChannels, WHITE } from './picture.ts';
import { PictureError } from './picture-error.ts';
import { decodeSmallPng, pngSize } from './png.ts';

export interface DecodeOptions<Channels extends Picture['channels'] = Picture['channels']> {
  /** 1: grey by luma, 3: red, green and blue, 4: these and alpha. 3 where not given. */
  channels?: Channels;
  /** What is behind transparent pixels, where there are 1 or 3 channels; white where not given. */
  background?: Rgb;
  /**
   * Pixels that a picture may have, all of what is decoded counted: more are refused before they are decoded. 89,478,485
   * where not given (0.25 GiB of red, green and blue, Pillow's limit).
   */
  maxPixels?: number;
  /** Which picture of an animation, from 0 on; 0 where not given. */
  frame?: number;
  /** Pixels an inch for SVG, whose sizes are meant at 72; 72 where not given. */
  density?: number;
  /**
   * `'apply'` brings colours to sRGB by the profile of the file; `'ignore'` takes the numbers as they are, as Pillow does.
   * `'apply'` where not given.
   */
  colorProfile?: 'apply' | 'ignore';
}

export interface DecodeBytesOptions<Channels extends Picture['channels'] = Picture['channels']>
  extends DecodeOptions<Channels> {
  /** What errors call the picture, and whose ending is compared with the content, where it is one of a picture. */
  name?: string;
}

const MAX_PIXELS = 89_478_485;

/** Of a name: the formats, as they are called in errors. */
const ENDINGS: Readonly<Record<string, string>> = {
  '.jpg': 'JPEG',
  '.jpeg': 'JPEG',
  '.jpe': 'JPEG',
  '.jfif': 'JPEG',
  '.png': 'PNG',
  '.webp': 'WebP',
  '.avif': 'AVIF',
  '.gif': 'GIF',
  '.svg': 'SVG',
  '.tif': 'TIFF',
  '.tiff': 'TIFF',
};

/** Of libvips: the formats, as they are called in errors. */
const FORMATS: Readonly<Record<string, string>> = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  heif: 'AVIF',
  gif: 'GIF',
  svg: 'SVG',
  tiff: 'TIFF',
};

/**
 * The pixels of a JPEG, PNG, WebP, AVIF, GIF, SVG or TIFF file: upright by its EXIF orientation, in sRGB (CMYK, grey and 16
 * bits a channel too), with transparent pixels over a background. Decoding runs in threads of libuv's pool, of which there
 * are four unless `UV_THREADPOOL_SIZE` says otherwise; plain PNG files of up to 128 by 128 pixels are decoded at once.
 *
 * @param path a path or a `file:` URL
 * @throws {PictureError} with the file's name where it can't be read, is cut off, damaged, too large, no picture, or
 * another kind of picture than its name says.
 */
export async function readPicture<Channels extends Picture['channels'] = 3>(
  path: string | URL,
  options: DecodeOptions<Channels> = {},
): Promise<Picture & { channels: Channels }> {
  const { name, bytes } = await readNamed(path, PictureError);
  return decodePicture(bytes, { ...options, name });
}

/** The pixels of a picture's file in memory; as `readPicture` otherwise. */
export async function decodePicture<Channels extends Picture['channels'] = 3>(
  bytes: Uint8Array,
  options: DecodeBytesOptions<Channels> = {},
): Promise<Picture & { channels: Channels }> {
  const { name = 'a picture', frame = 0, density = 72, colorProfile = 'apply' } = options;
  const { maxPixels = MAX_PIXELS } = options;
  const channels = (options.channels ?? 3) as Channels;
  if (bytes.length === 0) throw new PictureError(name, 'is empty.');
  const open = (): Sharp =>
    sharp(bytes, {
      failOn: 'error',
      limitInputPixels: maxPixels,
      page: frame,
      density,
      autoOrient: true,
      ignoreIcc: colorProfile === 'ignore',
    });
  let metadata: Header;
  try {
    // Of the header alone: what is too large is refused here, with its size.
    const png = pngSize(bytes);
    metadata = png
      ? { format: 'png', ...png }
      : await sharp(bytes, { limitInputPixels: false, density, failOn: 'error' }).metadata();
  } catch (error) {
    throw unreadable(name, bytes, error);
  }
  checkFormat(name, metadata);
  const { width, height, pages = 1 } = metadata;
  if (width * height > maxPixels) {
    throw new PictureError(
      name,
      `has ${count(width)} by ${count(height)} pixels, above the limit of ${count(maxPixels)} pixels, and wasn't decoded. Raise maxPixels where it comes from someone you trust.`,
    );
  }
  if (!(Number.isInteger(frame) && frame >= 0 && frame < pages)) {
    throw new PictureError(name, `has ${pages} frames, and frame ${frame} was asked for.`);
  }
  const background = options.background ?? WHITE;
  const small = decodeSmallPng(bytes, channels === 4 ? undefined : background);
  if (small) return toChannels(small, channels);
  try {
    return await pixels(open(), channels, background);
  } catch (error) {
    throw unreadable(name, bytes, error, FORMATS[metadata.format]);
  }
}

async function pixels<Channels extends Picture['channels']>(
  image: Sharp,
  channels: Channels,
  [r, g, b]: Rgb,
): Promise<Picture & { channels: Channels }> {
  const whole = channels === 4 ? image.ensureAlpha() : image.flatten({ background: { r, g, b } });
  const { data, info } = await whole
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const color = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { data: channels === 1 ? luma(color) : color, height, width, channels };
}

type Header = Pick<Metadata, 'format' | 'width' | 'height' | 'pages' | 'compression'>;

function checkFormat(name: string, { format, compression }: Header): void {
  const content = format === 'heif' && compression !== 'av1' ? 'HEIC' : FORMATS[format];
  if (content === undefined || content === 'HEIC') {
    throw new PictureError(
      name,
      `is ${content ?? format}, which isn't read: convert it to one of ${Object.values(FORMATS).join(', ')}.`,
    );
  }
  const promised = ENDINGS[extname(name).toLowerCase()];
  if (promised !== undefined && promised !== content) {
    throw new PictureError(
      name,
      `its name says ${promised}, and its content is ${content}. Rename it, or decode its bytes under another name.`,
    );
  }
}

function unreadable(name: string, bytes: Uint8Array, error: unknown, format?: string): PictureError {
  const { message } = error as Error;
  const problem =
    format === undefined && /unsupported image format/i.test(message)
      ? `is no picture of a known format: it begins with ${beginning(bytes)}.`
      : `its ${format ?? 'content'} is cut off or damaged (${message.trim().replace(/\s*\n\s*/g, '; ')}).`;
  return new PictureError(name, problem, { cause: error });
}

/** The first bytes, as text where they are. */
function beginning(bytes: Uint8Array): string {
  const first = bytes.subarray(0, 24);
  const text = new TextDecoder().decode(first);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what isn't text is told by these
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text)
    ? `the bytes ${Buffer.from(first.subarray(0, 8))
        .toString('hex')
        .replace(/..(?=.)/g, '$& ')}`
    : JSON.stringify(text);
}

function count(number: number): string {
  return number.toLocaleString('en');
}
