import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { crc32 } from 'node:zlib';
import { loadEmojiPictures } from '@quire/datasets';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { decodePicture, readPicture } from './decode.ts';
import { apart, fixture, readFixture } from './fixtures.ts';
import { type Picture, toChannels } from './picture.ts';
import { PictureError } from './picture-error.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quire-pictures-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const raw = ({ data, height, width, channels }: Picture): Sharp =>
  sharp(data, { raw: { height, width, channels } });

const dog = async (): Promise<Picture> => ({
  data: (await loadEmojiPictures()).rgba('1F436'),
  height: 64,
  width: 64,
  channels: 4,
});

describe('a picture is decoded', () => {
  test('from lossless formats to the pixels that were put in', async () => {
    const source = await readFixture('source.png');
    const image = raw(source);
    const files = {
      'a.png': await image.png().toBuffer(),
      'a.webp': await image.webp({ lossless: true }).toBuffer(),
      'a.tif': await image.tiff({ compression: 'lzw' }).toBuffer(),
      'a.avif': await image.avif({ lossless: true, chromaSubsampling: '4:4:4' }).toBuffer(),
    };
    for (const [name, bytes] of Object.entries(files)) {
      expect([name, apart(await readPicture(write(name, bytes)), source)]).toEqual([name, 0]);
    }
    expect(apart(await readPicture(pathToFileURL(join(folder, 'a.png'))), source)).toBe(0);
  });

  test('from JPEG as Pillow does it', async () => {
    expect(apart(await readFixture('source.jpg'), await readFixture('source-jpg.png'))).toBeLessThanOrEqual(
      1,
    );
  });

  test('from CMYK to about the colours that it was made of', async () => {
    const [decoded, source] = [await readFixture('cmyk.jpg'), await readFixture('source.png')];
    const differences = decoded.data.map((value, i) => Math.abs(value - source.data[i]!));
    // Inks are not light: a profile brings them to sRGB, while the fixture's were computed without one.
    expect(differences.reduce((a, b) => a + b, 0) / differences.length).toBeLessThan(30);
    const corner = [...decoded.data.subarray(0, 3)];
    expect(Math.min(...corner)).toBeGreaterThan(245);
  });

  test('from 16 bits a channel', async () => {
    const source = await readFixture('source.png');
    const deep = Uint16Array.from(source.data, (value) => value * 257);
    const bytes = await sharp(deep, { raw: { height: source.height, width: source.width, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expect(apart(await decodePicture(bytes), source)).toBeLessThanOrEqual(1);
    const grey = await sharp(
      Uint16Array.from({ length: 256 }, (_, i) => i * 257),
      { raw: { height: 16, width: 16, channels: 1 } },
    )
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const decoded = await decodePicture(grey, { channels: 1 });
    expect(decoded.data.every((value, i) => Math.abs(value - i) <= 1)).toBe(true);
  });

  test('upright, by each of the eight orientations of EXIF', async () => {
    const source = await readFixture('source.png');
    // What has to be done to the pixels to make them upright is the inverse of how they lie.
    const lying: Record<number, (image: Sharp) => Sharp> = {
      1: (image) => image,
      2: (image) => image.flop(),
      3: (image) => image.rotate(180),
      4: (image) => image.flip(),
      // Flips come before rotations, in whatever order they are called.
      5: (image) => image.flip().rotate(90),
      6: (image) => image.rotate(270),
      7: (image) => image.flop().rotate(90),
      8: (image) => image.rotate(90),
    };
    for (const [orientation, lay] of Object.entries(lying)) {
      const bytes = await lay(raw(source))
        .png()
        .withMetadata({ orientation: Number(orientation) })
        .toBuffer();
      expect([orientation, apart(await decodePicture(bytes), source)]).toEqual([orientation, 0]);
    }
  });

  test('over a background where it is transparent, or with its alpha', async () => {
    const picture = await dog();
    const bytes = await raw(picture).png().toBuffer();
    expect(apart(await decodePicture(bytes, { channels: 4 }), picture)).toBe(0);
    const red = await decodePicture(bytes, { background: [255, 0, 0] });
    expect([...red.data.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect(apart(red, toChannels(picture, 3, { background: [255, 0, 0] }))).toBeLessThanOrEqual(1);
    expect([...(await decodePicture(bytes)).data.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  test('to grey as Pillow does it', async () => {
    const grey = await readFixture('grey.png', 1);
    expect(apart(await readFixture('source.png', 1), grey)).toBe(0);
    expect(apart(toChannels(await readFixture('grey.png'), 1), grey)).toBe(0);
  });

  test('one frame of an animation', async () => {
    const frames = await Promise.all(
      [0, 200].map((level) =>
        sharp({ create: { width: 8, height: 6, channels: 3, background: { r: level, g: 0, b: 0 } } })
          .png()
          .toBuffer(),
      ),
    );
    const bytes = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const [first, second] = await Promise.all([0, 1].map((frame) => decodePicture(bytes, { frame })));
    expect([first!.height, first!.width, first!.data[0]]).toEqual([6, 8, 0]);
    expect(second!.data[0]).toBeGreaterThan(180);
    await expect(decodePicture(bytes, { frame: 2, name: 'a.gif' })).rejects.toThrow(
      'a.gif: has 2 frames, and frame 2',
    );
  });

  test('from SVG, at the density that is asked for', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="10" height="10" fill="#00f"/></svg>';
    const path = write('a.svg', svg);
    const picture = await readPicture(path);
    expect([picture.height, picture.width]).toEqual([10, 20]);
    expect([...picture.data.subarray(0, 3), ...picture.data.subarray(57, 60)]).toEqual([
      0, 0, 255, 255, 255, 255,
    ]);
    expect(await readPicture(path, { density: 144 })).toMatchObject({ height: 20, width: 40 });
  });
});

describe('what can not be decoded is an error with its name', () => {
  const failure = async (path: string, options = {}): Promise<string> => {
    const error = await readPicture(path, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PictureError);
    expect((error as PictureError).file).toBe(path);
    expect((error as PictureError).message.startsWith(`${path}: `)).toBe(true);
    return (error as PictureError).message.slice(path.length + 2);
  };

  it('where the file is cut off, in each format', async () => {
    const image = raw(await readFixture('source.png'));
    const files: Record<string, Buffer> = {
      'cut.jpg': readFileSync(fixture('source.jpg')),
      'cut.png': await image.png().toBuffer(),
      'cut.webp': await image.webp().toBuffer(),
      'cut.gif': await image.gif().toBuffer(),
      'cut.avif': await image.avif().toBuffer(),
      'cut.svg': Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
      ),
    };
    for (const [name, bytes] of Object.entries(files)) {
      for (const share of [0.9, 0.5]) {
        const problem = await failure(write(name, bytes.subarray(0, Math.floor(bytes.length * share))));
        expect(`${name} ${share}: ${problem}`).toMatch(/is cut off or damaged/);
      }
    }
  });

  it('where it is empty, missing or no picture', async () => {
    expect(await failure(write('empty.png', ''))).toBe('is empty.');
    expect(await failure(join(folder, 'missing.png'))).toBe('there is no such file.');
    expect(await failure(write('page.jpg', '<!doctype html><title>404</title>'))).toMatch(
      'is no picture of a known format: it begins with "<!doctype html><title>40".',
    );
    expect(await failure(write('zip.png', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 9)))).toMatch(
      'the bytes 50 4b 03 04 14 00 00 00',
    );
  });

  it('where its name says another format', async () => {
    const jpeg = readFileSync(fixture('source.jpg'));
    expect(await failure(write('photo.png', jpeg))).toMatch('its name says PNG, and its content is JPEG');
    expect((await decodePicture(jpeg, { name: 'download' })).width).toBe(131);
  });

  it('where it would need too much memory, before it is decoded', async () => {
    const bomb = readFileSync(fixture('source.png'));
    // The header says so, whose checksum is over its name and its 13 bytes.
    bomb.writeUInt32BE(16_000, 16);
    bomb.writeUInt32BE(16_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    expect(await failure(write('bomb.png', bomb))).toMatch(
      'has 16,000 by 16,000 pixels, above the limit of 89,478,485 pixels',
    );
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"/>';
    expect(await failure(write('bomb.svg', svg))).toMatch('above the limit');
    expect(await failure(fixture('source.png'), { maxPixels: 1000 })).toMatch(
      '131 by 97 pixels, above the limit of 1,000',
    );
  });
});
