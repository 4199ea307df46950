import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { centerCrop, crop } from './crop.ts';
import { apart, fixture, readFixture } from './fixtures.ts';
import type { Picture } from './picture.ts';
import { type Interpolation, resize, resizeInThread } from './resample.ts';

test('every filter gives the pixels of Pillow', async () => {
  const source = await readFixture('source.png');
  const names = readdirSync(fixture('.')).flatMap((name) => /^(\w+)-(\d+)x(\d+)\.png$/.exec(name) ?? []);
  let seen = 0;
  for (let i = 0; i < names.length; i += 4) {
    const [name, interpolation, width, height] = names.slice(i, i + 4) as [
      string,
      Interpolation,
      string,
      string,
    ];
    const resized = resize(source, { height: Number(height), width: Number(width), interpolation });
    expect([name, apart(resized, await readFixture(name))]).toEqual([name, 0]);
    seen++;
  }
  expect(seen).toBe(12);
});

test('a thread gives the same pixels, leaves what it is given, and many pictures go through them', async () => {
  const source = await readFixture('source.png');
  const large = resize(source, { height: 400, width: 500 });
  const before = large.data.slice();
  const sizes = Array.from(
    { length: 12 },
    (_, i) => ({ height: 40 + i, width: 60 + i, interpolation: 'bicubic' }) as const,
  );
  const results = await Promise.all(sizes.map((size) => resizeInThread(large, size)));
  for (const [i, result] of results.entries()) expect(apart(result, resize(large, sizes[i]!))).toBe(0);
  expect(Buffer.compare(large.data, before)).toBe(0);
  await expect(resizeInThread(large, { height: 0, width: 1 })).rejects.toThrow('height has to be');
});

test('a part of a picture is resized, also by fractions of pixels', async () => {
  const box = { left: 10.5, top: 7.25, width: 80.25, height: 72.75 };
  const resized = resize(await readFixture('source.png'), {
    height: 32,
    width: 32,
    interpolation: 'bicubic',
    box,
  });
  expect(apart(resized, await readFixture('bicubic-box.png'))).toBe(0);
});

test('a part of the result is the crop of all of it', async () => {
  const source = await readFixture('source.png');
  const part = { top: 3, left: 10, height: 20, width: 25 };
  for (const interpolation of ['nearest', 'bilinear', 'bicubic'] as const) {
    const size = { height: 60, width: 41, interpolation };
    expect(apart(resize(source, { ...size, part }), crop(resize(source, size), part))).toBe(0);
  }
  const same = { height: source.height, width: source.width, part };
  expect(apart(resize(source, same), crop(source, part))).toBe(0);
  const beyond = { height: 20, width: 20, part };
  expect(() => resize(source, beyond)).toThrow("isn't within the result of 20 by 20");
});

test('transparent pixels give no colour to their neighbours', async () => {
  const source = await readFixture('source-rgba.png', 4);
  const resized = resize(source, { height: 29, width: 41, interpolation: 'bicubic' });
  expect(apart(resized, await readFixture('bicubic-rgba.png', 4))).toBe(0);
  const data = Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 0);
  const one = resize({ data, height: 1, width: 2, channels: 4 }, { height: 1, width: 1 });
  expect([...one.data.subarray(0, 2)]).toEqual([255, 0]);
});

test('grey is resized as each of three equal channels', async () => {
  const options = { height: 17, width: 200, interpolation: 'bicubic' } as const;
  const grey = resize(await readFixture('grey.png', 1), options);
  const three = resize(await readFixture('grey.png'), options);
  expect([...grey.data]).toEqual([...three.data.filter((_, i) => i % 3 === 0)]);
});

test('the same size gives the same pixels, as an array of its own', async () => {
  const source = await readFixture('source.png');
  const same = resize(source, { height: source.height, width: source.width, interpolation: 'bicubic' });
  expect(apart(same, source)).toBe(0);
  expect(same.data.buffer).not.toBe(source.data.buffer);
});

test('sizes and boxes that are none are refused', async () => {
  const source = await readFixture('source.png');
  expect(() => resize(source, { height: 0, width: 5 })).toThrow('height has to be a whole number of pixels');
  const box = { left: 100, top: 0, width: 50, height: 5 };
  expect(() => resize(source, { height: 5, width: 5, box })).toThrow("isn't within the picture of 97 by 131");
  expect(() => resize({ ...source, height: 96 }, { height: 5, width: 5 })).toThrow('has 37728 numbers');
});

const counted: Picture = {
  data: Uint8Array.from({ length: 12 }, (_, i) => i + 1),
  height: 3,
  width: 4,
  channels: 1,
};

test('a crop takes what is there, and fills what is beyond', () => {
  expect([...crop(counted, { top: 1, left: 2, height: 2, width: 2 }).data]).toEqual([7, 8, 11, 12]);
  const beyond = crop(counted, { top: -1, left: 3, height: 3, width: 3 }, { fill: 99 });
  expect([...beyond.data]).toEqual([99, 99, 99, 4, 99, 99, 8, 99, 99]);
  expect([...crop(counted, { top: 9, left: 9, height: 1, width: 1 }).data]).toEqual([0]);
  expect(() => crop(counted, { top: 0.5, left: 0, height: 1, width: 1 })).toThrow(RangeError);
});

test('the middle of a picture is rounded to the upper left', () => {
  expect([...centerCrop(counted, { height: 2, width: 1 }).data]).toEqual([2, 6]);
  expect([...centerCrop(counted, { height: 1, width: 6 }).data]).toEqual([0, 5, 6, 7, 8, 0]);
});
