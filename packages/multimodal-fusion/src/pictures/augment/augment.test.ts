import { mulberry32 } from '@quire/evaluation';
import { jit, random, tf } from '@quire/runtime';
import { describe, expect, it, test } from 'vitest';
import { apart, jsonFixture, readFixture } from '../fixtures.ts';
import type { Picture } from '../picture.ts';
import * as augment from './index.ts';

const FILL = { fill: 7 };
const MATRIX = [1, 0.237, -3, -0.113, 1.071, 2] as const;

/** By the names in the fixture; of the dull picture or of the other one. */
function make(name: string, small: Picture, dull: Picture): Picture {
  const [what, number, option] = name.split(' ') as [string, string, string];
  const value = Number(number);
  const interpolation = (option ?? number) as 'nearest' | 'bilinear';
  switch (what) {
    case 'brightness':
      return augment.adjustBrightness(small, value);
    case 'contrast':
      return augment.adjustContrast(small, value);
    case 'saturation':
      return augment.adjustSaturation(small, value);
    case 'sharpness':
      return augment.adjustSharpness(small, value);
    case 'posterize':
      return augment.posterize(small, value);
    case 'solarize':
      return augment.solarize(small, value);
    case 'autoContrast':
      return augment.autoContrast(dull);
    case 'equalize':
      return augment.equalize(dull);
    case 'rotate':
      return augment.rotate(small, value, { ...FILL, interpolation });
    case 'affine':
      return augment.affine(small, MATRIX, { ...FILL, interpolation });
    case 'hue':
      return augment.adjustHue(small, value);
    case 'blur':
      return augment.gaussianBlur(small, value, Number(option));
    default:
      throw new Error(name);
  }
}

test('each change of a picture gives the pixels of Pillow, colorsys or SciPy', async () => {
  const [small, dull, all] = await Promise.all(
    ['small.png', 'dull.png', 'augmented.png'].map((name) => readFixture(name)),
  );
  const names = jsonFixture<string[]>('augmented.json');
  expect(names.length).toBe(22);
  for (const [i, name] of names.entries()) {
    const size = small!.data.length;
    const reference = { ...small!, data: all!.data.subarray(i * size, (i + 1) * size) };
    const before = small!.data.slice();
    expect(apart(make(name, small!, dull!), reference), name).toBeLessThanOrEqual(1);
    expect(Buffer.compare(small!.data, before)).toBe(0);
  }
});

const pipeline = augment.compose(
  augment.randomResizedCrop(24),
  augment.randomHorizontalFlip(),
  augment.randomVerticalFlip(0.2),
  augment.randomRotation(15),
  augment.colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }),
  augment.sometimes(0.5, augment.randomGaussianBlur(3)),
  augment.randAugment(),
  augment.randomErasing({ fill: 'random' }),
);

test('the same seed draws the same picture, another one another', async () => {
  const small = await readFixture('small.png');
  const drawn = (seed: number): Picture => pipeline(small, mulberry32(seed));
  expect(apart(drawn(3), drawn(3))).toBe(0);
  const seen = new Set(Array.from({ length: 40 }, (_, seed) => String(drawn(seed).data)));
  expect(seen.size).toBe(40);
});

test('pictures of one and four channels are augmented too', async () => {
  for (const channels of [1, 4] as const) {
    const picture = await readFixture('source-rgba.png', channels);
    for (let seed = 0; seed < 30; seed++) {
      const changed = pipeline(picture, mulberry32(seed));
      expect(changed).toMatchObject({ height: 24, width: 24, channels });
      expect(changed.data.length).toBe(24 * 24 * channels);
    }
  }
});

describe('random parts of a picture', () => {
  const ramp: Picture = {
    data: Uint8Array.from({ length: 100 * 100 }, (_, i) => i % 100),
    height: 100,
    width: 100,
    channels: 1,
  };

  it('have areas and shapes within the limits', () => {
    // The first and last column tell which part it is.
    const resized = augment.randomResizedCrop(50, { scale: [0.25, 0.5], ratio: [1, 1] });
    const widths = Array.from({ length: 200 }, (_, seed) => {
      const { data } = resized(ramp, mulberry32(seed));
      return data[49]! - data[0]!;
    });
    expect(Math.min(...widths)).toBeGreaterThan(47);
    expect(Math.max(...widths)).toBeLessThan(72);
    expect(Math.max(...widths) - Math.min(...widths)).toBeGreaterThan(15);
  });

  it('reach every place, the padding included', () => {
    const cropped = augment.randomCrop(100, { padding: 2, fill: 200 });
    const starts = new Set(
      Array.from({ length: 200 }, (_, seed) => cropped(ramp, mulberry32(seed)).data[50 * 100]),
    );
    expect(starts).toEqual(new Set([0, 1, 2, 200]));
    expect(() => augment.randomCrop(101)(ramp, mulberry32(1))).toThrow("101 pixels don't fit");
  });

  it('are erased as often and as much as asked', () => {
    const erase = augment.randomErasing({ probability: 0.5, scale: [0.1, 0.2], fill: 255 });
    const shares = Array.from({ length: 400 }, (_, seed) => {
      const { data } = erase(ramp, mulberry32(seed));
      return data.filter((value) => value === 255).length / data.length;
    });
    const erased = shares.filter((share) => share > 0);
    expect(erased.length / 400).toBeGreaterThan(0.4);
    expect(erased.length / 400).toBeLessThan(0.6);
    expect(Math.min(...erased)).toBeGreaterThan(0.09);
    expect(Math.max(...erased)).toBeLessThan(0.21);
  });

  it('are flipped in half of all cases', () => {
    const flip = augment.randomHorizontalFlip();
    const flipped = Array.from({ length: 400 }, (_, seed) => flip(ramp, mulberry32(seed)).data[0] === 99);
    expect(flipped.filter(Boolean).length / 400).toBeGreaterThan(0.4);
    expect(flipped.filter(Boolean).length / 400).toBeLessThan(0.6);
  });
});

describe('mixing a batch', () => {
  const batch = (): { pixels: tf.Tensor4D; labels: tf.Tensor2D } => ({
    pixels: tf.tensor4d(
      Float32Array.from({ length: 3 * 2 * 8 * 8 }, (_, i) => Math.floor(i / 128)),
      [3, 2, 8, 8],
    ),
    labels: tf.eye(3),
  });

  it('MixUp gives pictures and labels the same share of the neighbour', () => {
    const { pixels, labels } = batch();
    const key = random.key(4);
    const mixed = augment.mixUp(key, pixels, labels, 0.8);
    const shares = mixed.labels.arraySync();
    const values = mixed.pixels.arraySync();
    for (const [i, own] of shares.entries()) {
      const neighbour = (i + 2) % 3;
      expect(own[i]! + own[neighbour]!).toBeCloseTo(1, 5);
      expect(values[i]![1]![3]![5]).toBeCloseTo(own[i]! * i + own[neighbour]! * neighbour, 5);
    }
    tf.dispose([pixels, labels, key, mixed.pixels, mixed.labels]);
  });

  it('CutMix gives labels the share of the pixels, in either layout', () => {
    const { pixels, labels } = batch();
    for (const seed of [1, 2, 3, 4, 5]) {
      const key = random.key(seed);
      const first = augment.cutMix(key, pixels, labels);
      const last = augment.cutMix(key, pixels.transpose([0, 2, 3, 1]), labels, {
        dataFormat: 'channelsLast',
      });
      const values = first.pixels.dataSync();
      for (let i = 0; i < 3; i++) {
        const own = values.slice(i * 128, (i + 1) * 128);
        expect(own.every((value) => value === i || value === (i + 2) % 3)).toBe(true);
        const share = own.filter((value) => value === i).length / 128;
        expect(first.labels.arraySync()[i]![i]).toBeCloseTo(share, 5);
      }
      expect([...last.pixels.transpose([0, 3, 1, 2]).dataSync()]).toEqual([...values]);
    }
  });

  it('draws shares from Beta(alpha, alpha)', () => {
    const labels = tf.eye(2) as tf.Tensor2D;
    const pixels = tf.zeros([2, 1, 1, 1]) as tf.Tensor4D;
    for (const alpha of [0.2, 1, 2]) {
      const shares = Array.from({ length: 1500 }, (_, seed) =>
        tf.tidy(() => augment.mixUp(random.key(seed), pixels, labels, alpha).labels.dataSync()[0]!),
      );
      const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
      const variance = shares.reduce((a, b) => a + (b - mean) ** 2, 0) / shares.length;
      expect(mean).toBeCloseTo(0.5, 1);
      // https://en.wikipedia.org/wiki/Beta_distribution#Variance
      expect(Math.abs(variance - 1 / (4 * (2 * alpha + 1))), String(alpha)).toBeLessThan(0.012);
    }
    expect(() => augment.mixUp(random.key(1), pixels, labels, 0)).toThrow('alpha is above 0');
  });

  it('is the same compiled, and keeps the number of tensors', async () => {
    const { pixels, labels } = batch();
    const key = random.key(9);
    const eager = augment.cutMix(key, pixels, labels);
    const mix = jit((key: random.Key, pixels: tf.Tensor4D, labels: tf.Tensor2D) => ({
      up: augment.mixUp(key, pixels, labels),
      cut: augment.cutMix(key, pixels, labels),
    }));
    const before = tf.memory().numTensors;
    const compiled = await mix(key, pixels, labels);
    expect(await compiled.cut.pixels.array()).toEqual(eager.pixels.arraySync());
    expect(await compiled.cut.labels.array()).toEqual(eager.labels.arraySync());
    tf.dispose(compiled as never);
    tf.dispose(Object.values(augment.mixUp(key, pixels, labels)));
    expect(tf.memory().numTensors).toBe(before);
  });
});
