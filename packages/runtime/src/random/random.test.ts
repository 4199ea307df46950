import { expect, test } from 'vitest';
import { jit } from '../jit/jit.ts';
import * as tf from '../tf.ts';
import * as random from './index.ts';

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

const SIZE = 1 << 18;

test('uniform numbers fill 256 bins evenly, whatever the seed', () => {
  for (const seed of [0, 1, 2, 12345, -7, 2 ** 40 + 3]) {
    const values = random.uniform(random.key(seed), [SIZE]).dataSync();
    const bins = new Float64Array(256);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    for (const value of values) {
      const bin = Math.floor(value * 256);
      bins[bin] = (bins[bin] as number) + 1;
    }
    const expected = SIZE / 256;
    const chiSquare = bins.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 255 degrees of freedom: mean 255, deviation 22.6.
    expect(chiSquare).toBeGreaterThan(255 - 5 * 22.6);
    expect(chiSquare).toBeLessThan(255 + 5 * 22.6);
  }
});

test('every bit is set half of the time', () => {
  const values = random.bits(random.key(3), [SIZE]).dataSync();
  for (let bit = 0; bit < 32; bit++) {
    const share = mean(Array.from(values, (value) => (value >>> bit) & 1));
    expect(Math.abs(share - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(SIZE));
  }
});

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

test('neighbours, neighbouring seeds, split keys and folded steps are uncorrelated', () => {
  const draw = (key: random.Key): Float32Array => random.uniform(key, [SIZE]).dataSync() as Float32Array;
  const key = random.key(11);
  const base = draw(key);
  const limit = 5 / Math.sqrt(SIZE);
  for (const lag of [1, 2, 3, 7, 64, 1024]) {
    expect(Math.abs(correlation(base.subarray(0, SIZE - lag), base.subarray(lag)))).toBeLessThan(
      limit * 1.01,
    );
  }
  const [left, right] = random.split(key) as [random.Key, random.Key];
  for (const other of [
    random.key(12),
    random.key(10),
    left,
    right,
    random.foldIn(key, 0),
    random.foldIn(key, 1),
  ]) {
    expect(Math.abs(correlation(base, draw(other)))).toBeLessThan(limit);
  }
  expect(Math.abs(correlation(draw(left), draw(right)))).toBeLessThan(limit);
  expect(Math.abs(correlation(draw(random.foldIn(key, 4)), draw(random.foldIn(key, 5))))).toBeLessThan(limit);
});

test('normal numbers have the moments of the normal distribution', () => {
  const values = random.normal(random.key(5), [SIZE], 2, 3).dataSync();
  const centred = Array.from(values, (value) => (value - 2) / 3);
  expect(mean(centred)).toBeCloseTo(0, 2);
  expect(mean(centred.map((x) => x ** 2))).toBeCloseTo(1, 1);
  expect(mean(centred.map((x) => x ** 3))).toBeCloseTo(0, 1);
  expect(Math.abs(mean(centred.map((x) => x ** 4)) - 3)).toBeLessThan(0.1);
});

test('categorical draws follow the probabilities', () => {
  const logits = tf.tensor([0.1, 0.2, 0.7]).log().expandDims(0).tile([20000, 1]);
  const drawn = random.categorical(random.key(8), logits).dataSync();
  const shares = [0, 1, 2].map((label) => mean(Array.from(drawn, (value) => Number(value === label))));
  expect(shares[0]).toBeCloseTo(0.1, 1);
  expect(shares[1]).toBeCloseTo(0.2, 1);
  expect(shares[2]).toBeCloseTo(0.7, 1);
});

test('integers stay within their range and reach all of it', () => {
  const values = new Set(random.integers(random.key(1), [1000], -2, 3).dataSync());
  expect([...values].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
});

test('compiled numbers are the eager ones, another key gives others', async () => {
  const draw = jit((key: random.Key, step: tf.Scalar) => {
    const [a, b] = random.split(random.foldIn(key, step)) as [random.Key, random.Key];
    return {
      uniform: random.uniform(a, [5, 7]),
      bits: random.bits(b, [9]),
      kept: random.dropout(b, tf.ones([30]), 0.4),
    };
  });
  const key = random.key(77);
  const eager = (step: number) => {
    const [a, b] = random.split(random.foldIn(key, step)) as [random.Key, random.Key];
    return [random.uniform(a, [5, 7]), random.bits(b, [9]), random.dropout(b, tf.ones([30]), 0.4)];
  };
  const seen = new Set<string>();
  for (const step of [0, 1, 2]) {
    const compiled = await draw(key, tf.scalar(step, 'int32'));
    const [uniform, bits, kept] = eager(step) as [tf.Tensor, tf.Tensor, tf.Tensor];
    expect(await compiled.uniform.array()).toEqual(uniform.arraySync());
    expect(await compiled.bits.array()).toEqual(bits.arraySync());
    expect(Array.from(await compiled.kept.data())).toEqual(Array.from(kept.dataSync()));
    seen.add(String(await compiled.bits.data()));
  }
  expect(seen.size).toBe(3);
  expect(draw.compilations).toBe(1);
});

test('what is no key, no probability and no seed is refused', () => {
  expect(() => random.uniform(tf.tensor1d([1, 2]), [3])).toThrow('int32 [2]');
  expect(() => random.key(0.5)).toThrow(RangeError);
  expect(() => random.dropout(random.key(1), tf.ones([2]), 1.5)).toThrow('probability');
});
