import { tf } from '@quire/runtime';
import { expect, test } from 'vitest';
import { absoluteError, reference, zero } from './fixtures.ts';
import { resample, resampleWaves } from './resample.ts';
import type { Sound } from './sound.ts';

const part = (): Sound => {
  const wave = zero();
  const samples = (wave.dataSync() as Float32Array).slice(1500, 3500);
  wave.dispose();
  return { samples, channels: 1, sampleRate: 16_000 };
};

const sharp = { zeroCrossings: 32, rolloff: 0.9 };

test('rates up and down have the numbers of torchaudio', () => {
  for (const rate of [8000, 11_025, 22_050, 44_100]) {
    expect(absoluteError(resample(part(), rate).samples, reference(`resample ${rate}`))).toBeLessThan(1e-6);
  }
  const narrow = resample(part(), 8000, sharp).samples;
  expect(absoluteError(narrow, reference('resample sharp 8000'))).toBeLessThan(1e-6);
});

test('tensors too, by the same filters, with gradients', () => {
  const { samples } = part();
  tf.tidy(() => {
    const waves = tf.tensor2d(Float32Array.of(...samples, ...samples), [2, samples.length]);
    for (const rate of [8000, 44_100]) {
      const result = resampleWaves(waves, 16_000, rate);
      const { data, shape } = reference(`resample ${rate}`);
      expect(result.shape).toEqual([2, shape[0]]);
      expect(absoluteError(result.slice([1, 0], [1, -1]).dataSync(), { data })).toBeLessThan(1e-6);
    }
    const slope = tf.grad((x) => resampleWaves(x as tf.Tensor2D, 16_000, 8000).sum())(waves);
    // Each sample of 16,000 a second goes into half a sample of 8,000.
    expect(slope.slice([0, 900], [1, 1]).dataSync()[0]).toBeCloseTo(0.5, 2);
  });
});

test('a tone below both halves of the rates stays, and one above is gone', () => {
  const tone = (hertz: number): Sound => ({
    samples: Float32Array.from({ length: 8000 }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / 16_000)),
    channels: 1,
    sampleRate: 16_000,
  });
  const loudest = (sound: Sound): number =>
    sound.samples.subarray(500, 3500).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  expect(loudest(resample(tone(440), 8000))).toBeCloseTo(1, 2);
  expect(loudest(resample(tone(6000), 8000))).toBeLessThan(0.01);
});

test('each channel is resampled for itself, and the same rate is the same sound', () => {
  const { samples } = part();
  const both = {
    samples: Float32Array.of(...samples, ...samples.map((x) => -x)),
    channels: 2,
    sampleRate: 16_000,
  };
  const result = resample(both, 8000);
  expect(result.channels).toBe(2);
  expect([...result.samples.subarray(1000)]).toEqual([...result.samples.subarray(0, 1000)].map((x) => -x));
  expect(resample(both, 16_000)).toBe(both);
  expect(() => resample(both, 0)).toThrow('sampleRate has to be a whole number');
});
