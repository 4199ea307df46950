import { crc32, deflateSync } from 'node:zlib';
import { mulberry32 } from '@quire/evaluation';
import sharp from 'sharp';
import { describe, expect, it, test } from 'vitest';
import { decodePicture } from './decode.ts';
import { apart } from './fixtures.ts';
import type { Picture, Rgb } from './picture.ts';
import { decodeSmallPng } from './png.ts';

const [HEIGHT, WIDTH] = [20, 13];
const COLORS = [
  ['grey', 0, 1],
  ['red, green and blue', 2, 3],
  ['these and alpha', 6, 4],
] as const;

function chunk(name: string, content: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(content.length, 0);
  numbers.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([numbers.subarray(0, 4), named, numbers.subarray(4)]);
}

/** A file whose rows have all filters one after the other, the bytes of which are random: so each is a picture. */
function png({
  kind = 6,
  channels = 4,
  bits = 8,
  filters = [0, 1, 2, 3, 4],
  extra = [],
  parts = 1,
  width = WIDTH,
}: {
  kind?: number;
  channels?: number;
  bits?: number;
  filters?: readonly number[];
  extra?: readonly Buffer[];
  /** IDAT chunks. */
  parts?: number;
  width?: number;
} = {}): Buffer {
  const random = mulberry32(kind + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([bits, kind], 8);
  const stride = 1 + (width * channels * bits) / 8;
  const rows = Uint8Array.from({ length: HEIGHT * stride }, (_, i) =>
    i % stride === 0 ? filters[(i / stride) % filters.length]! : Math.floor(256 * random()),
  );
  const compressed = deflateSync(rows);
  const size = Math.ceil(compressed.length / parts);
  const data = Array.from({ length: parts }, (_, i) =>
    chunk('IDAT', compressed.subarray(i * size, (i + 1) * size)),
  );
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...extra,
    ...data,
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** What libvips makes of a file. */
async function bySharp(bytes: Uint8Array, channels: 3 | 4, [r, g, b]: Rgb): Promise<Picture> {
  const image = sharp(bytes);
  const { data, info } = await (channels === 4
    ? image.ensureAlpha()
    : image.flatten({ background: { r, g, b } })
  )
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, height: info.height, width: info.width, channels };
}

describe('small PNG files have the pixels that libvips gives them', () => {
  test.each(COLORS)('in %s, by all filters', async (_, kind, channels) => {
    const bytes = png({ kind, channels });
    expect(decodeSmallPng(bytes)).toMatchObject({ height: HEIGHT, width: WIDTH, channels });
    for (const background of [
      [255, 255, 255],
      [0, 0, 0],
      [12, 200, 77],
    ] as const) {
      for (const wanted of [3, 4] as const) {
        const decoded = await decodePicture(bytes, { channels: wanted, background });
        expect(apart(decoded, await bySharp(bytes, wanted, background))).toBe(0);
      }
    }
    expect(decodeSmallPng(png({ kind, channels, parts: 3 }))).toEqual(decodeSmallPng(bytes));
  });

  test('also with chunks that could mean other colours, and do not here', async () => {
    const extra = [
      chunk('gAMA', Buffer.from('00030d40', 'hex')), // 2: linear light is 0.45455
      chunk(
        'cHRM',
        // white, red, green and blue in 100,000ths; red and green have changed places
        Buffer.from('00007a2600008084000075300000ea600000fa00000080e800003a9800001770', 'hex'),
      ),
      chunk('bKGD', Buffer.from('000000ff0000', 'hex')),
      chunk('pHYs', Buffer.from('00000b1300000b1301', 'hex')),
    ];
    const bytes = png({ extra });
    expect(apart(decodeSmallPng(bytes, [9, 9, 9])!, await bySharp(bytes, 3, [9, 9, 9]))).toBe(0);
  });

  test('with each alpha over each value', async () => {
    const data = Uint8Array.from({ length: 128 * 128 * 4 }, (_, i) => {
      const [pixel, c] = [i >> 2, i & 3];
      return c === 3 ? pixel >> 6 : (pixel & 63) + 64 * c;
    });
    const bytes = await sharp(data, { raw: { height: 128, width: 128, channels: 4 } })
      .png()
      .toBuffer();
    for (const background of [
      [255, 255, 255],
      [1, 100, 254],
    ] as const) {
      expect(apart(decodeSmallPng(bytes, background)!, await bySharp(bytes, 3, background))).toBe(0);
    }
  });
});

describe('others decode, or refuse', () => {
  it.each([
    ['a profile of colours', { extra: [chunk('iCCP', Buffer.from('x\0\0'))] }],
    ['an orientation', { extra: [chunk('eXIf', Buffer.from('II*\0'))] }],
    ['a transparent colour', { kind: 2, channels: 3, extra: [chunk('tRNS', Buffer.alloc(6))] }],
    ['an animation', { extra: [chunk('acTL', Buffer.alloc(8))] }],
    ['a second header', { extra: [chunk('IHDR', Buffer.alloc(13))] }],
    ['no columns', { width: 0 }],
    ['16 bits a channel', { bits: 16 }],
    ['a palette', { kind: 3, channels: 1 }],
    ['a filter that there is not', { filters: [5] }],
    ['fewer rows than its header says', { channels: 3 }],
    ['more rows than its header says', { kind: 2, channels: 4 }],
  ])('a file with %s', (_, options) => {
    expect(decodeSmallPng(png())).toBeDefined();
    expect(decodeSmallPng(png(options))).toBeUndefined();
  });

  it('a large one, and one over a background between two levels', async () => {
    const square = (height: number): Promise<Buffer> =>
      sharp({ create: { width: 128, height, channels: 3, background: 'red' } })
        .png()
        .toBuffer();
    expect(decodeSmallPng(await square(128))).toBeDefined();
    expect(decodeSmallPng(await square(129))).toBeUndefined();
    expect(decodeSmallPng(png(), [0.5, 0, 0])).toBeUndefined();
  });

  it('each that is cut off, and each with a bit that is wrong', async () => {
    const bytes = png();
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeSmallPng(bytes.subarray(0, length))).toBeUndefined();
    }
    for (let at = 0; at < bytes.length; at++) {
      const wrong = Buffer.from(bytes);
      wrong[at]! ^= 1;
      expect([at, decodeSmallPng(wrong)]).toEqual([at, undefined]);
    }
    const wrong = Buffer.from(bytes);
    wrong[60]! ^= 1;
    await expect(decodePicture(wrong, { name: 'a.png' })).rejects.toThrow(
      'a.png: its PNG is cut off or damaged',
    );
  });
});
