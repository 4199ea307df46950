import { jit, random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { zero } from '../fixtures.ts';
import { addNoise, mixNoise, specAugment, timeShift } from './index.ts';

describe('SpecAugment', () => {
  const ones = (): tf.Tensor3D => tf.ones([16, 40, 100]);
  const options = { frequencyMasks: 1, maxFrequencies: 8, timeMasks: 1, maxFrames: 30 } as const;

  it('masks whole bands and stretches, of each example its own, no wider than asked', () => {
    tf.tidy(() => {
      const masked = specAugment(random.key(3), ones(), options).arraySync();
      const seen = new Set<string>();
      for (const example of masked) {
        const rows = example.filter((row) => row.every((value) => value === 0)).length;
        const columns = example[0]!
          .map((_, t) => example.every((row) => row[t] === 0))
          .filter(Boolean).length;
        expect(rows).toBeLessThanOrEqual(8);
        expect(columns).toBeLessThanOrEqual(30);
        const zeros = example.flat().filter((value) => value === 0).length;
        expect(zeros).toBe(rows * 100 + columns * 40 - rows * columns);
        seen.add(`${rows} ${columns}`);
      }
      expect(seen.size).toBeGreaterThan(8);
    });
  });

  it('reaches both edges, and fills with the mean where asked to', () => {
    tf.tidy(() => {
      const many = tf.tile(tf.range(0, 10).reshape([1, 10, 1]), [400, 1, 4]) as tf.Tensor3D;
      const only = { frequencyMasks: 1, maxFrequencies: 2, timeMasks: 0 };
      const masked = specAugment(random.key(1), many, { ...only, fill: -1 }).arraySync();
      const hit = Array.from(
        { length: 10 },
        (_, row) => masked.filter((example) => example[row]![0] === -1).length,
      );
      expect(Math.min(...hit)).toBeGreaterThan(10);
      const mean = specAugment(random.key(1), many, { ...only, fill: 'mean' }).arraySync();
      const filled = mean.flat().filter((row) => row[0] === 4.5);
      expect(filled.length).toBe(hit.reduce((a, b) => a + b, 0));
    });
  });

  it('is the same compiled, and masks nothing where nothing is asked for', async () => {
    const key = random.key(5);
    const x = ones();
    const compiled = jit((key: random.Key, x: tf.Tensor3D) => specAugment(key, x));
    const result = await compiled(key, x);
    const eager = specAugment(key, x);
    expect(await result.array()).toEqual(eager.arraySync());
    const same = specAugment(key, x, { frequencyMasks: 0, maxShare: 0 });
    expect(same.min().dataSync()[0]).toBe(1);
    tf.dispose([key, x, result, eager, same]);
  });
});

/** 10 log10 of the quotient of energies. */
function ratio(signal: ArrayLike<number>, noisy: ArrayLike<number>): number {
  let [energy, noise] = [0, 0];
  for (let i = 0; i < signal.length; i++) {
    energy += signal[i]! ** 2;
    noise += (noisy[i]! - signal[i]!) ** 2;
  }
  return 10 * Math.log10(energy / noise);
}

describe('noise', () => {
  it('has the ratio that is asked for, or one between two', () => {
    tf.tidy(() => {
      const wave = zero();
      for (const snr of [-5, 0, 20]) {
        const noisy = addNoise(random.key(2), wave, snr);
        expect(ratio(wave.dataSync(), noisy.dataSync())).toBeCloseTo(snr, 2);
      }
      const many = tf.tile(wave, [12, 1]) as tf.Tensor2D;
      const drawn = (addNoise(random.key(2), many, [5, 15]).arraySync() as number[][]).map((noisy) =>
        ratio(wave.dataSync(), noisy),
      );
      expect(Math.min(...drawn)).toBeGreaterThan(5);
      expect(Math.max(...drawn)).toBeLessThan(15);
      expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan(4);
    });
  });

  it('that is given is scaled, for each example by its own ratio, and silence stays silent', () => {
    tf.tidy(() => {
      const wave = zero();
      const noise = tf.range(0, 8000).mul(0.3).sin().expandDims(0) as tf.Tensor2D;
      const waves = tf.concat([wave, wave, tf.zerosLike(wave)]) as tf.Tensor2D;
      const [a, b, silent] = mixNoise(waves, noise, tf.tensor1d([3, 9, 9])).arraySync() as number[][];
      expect(ratio(wave.dataSync(), a!)).toBeCloseTo(3, 2);
      expect(ratio(wave.dataSync(), b!)).toBeCloseTo(9, 2);
      expect(silent!.every((value) => value === 0)).toBe(true);
    });
  });
});

describe('a shift in time', () => {
  it('moves each wave by its own draw, with silence where nothing comes in', async () => {
    const waves = tf.tile(tf.range(1, 11).expandDims(0), [60, 1]) as tf.Tensor2D;
    const key = random.key(1);
    const shifted = timeShift(key, waves, 3);
    const seen = new Set<number>();
    for (const row of shifted.arraySync() as number[][]) {
      const by = 5 - row.indexOf(6);
      seen.add(by);
      const expected = Array.from({ length: 10 }, (_, i) => (i + by >= 0 && i + by < 10 ? i + by + 1 : 0));
      expect(row).toEqual(expected);
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    const compiled = await jit((key: random.Key, x: tf.Tensor2D) => timeShift(key, x, 3))(key, waves);
    expect(await compiled.array()).toEqual(shifted.arraySync());
    tf.dispose([waves, key, shifted, compiled]);
    expect(() => timeShift(key, waves, 0.5)).toThrow('a whole number of samples');
  });
});
