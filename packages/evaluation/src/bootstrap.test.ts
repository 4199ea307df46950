import { describe, expect, it } from 'vitest';
import { bootstrapConfidenceInterval } from './bootstrap.ts';
import { expectClose, readFixture } from './fixtures.ts';
import { mulberry32 } from './random.ts';

interface Case {
  sample: number[];
  draws: number[];
  resamples: number;
  confidence: number;
  estimate: number;
  lower: number;
  upper: number;
  standardError: number;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('numpy agrees', () => {
  it.each(readFixture<Case[]>('bootstrap'))('given the same draws of $sample', (example) => {
    let next = 0;
    const random = () => example.draws[next++]!;
    const { resamples, confidence } = example;
    const interval = bootstrapConfidenceInterval(example.sample, mean, { random, resamples, confidence });
    expect(next).toBe(example.draws.length);
    for (const key of ['estimate', 'lower', 'upper', 'standardError'] as const) {
      expectClose(interval[key], example[key], key);
    }
  });
});

describe('a bootstrap interval', () => {
  const coin = Array.from({ length: 100 }, (_, i) => (i < 30 ? 1 : 0));

  it('is the same for the same seed, and another for another', () => {
    const interval = (seed: number) => bootstrapConfidenceInterval(coin, mean, { random: mulberry32(seed) });
    expect(interval(1)).toEqual(interval(1));
    expect(interval(1)).not.toEqual(interval(2));
  });

  it('is about as wide as theory says for a proportion', () => {
    const interval = bootstrapConfidenceInterval(coin, mean, { random: mulberry32(3), resamples: 4000 });
    const standardError = Math.sqrt((0.3 * 0.7) / 100);
    expect(interval.standardError).toBeCloseTo(standardError, 2);
    expect(interval.lower).toBeCloseTo(0.3 - 1.96 * standardError, 1);
    expect(interval.upper).toBeCloseTo(0.3 + 1.96 * standardError, 1);
  });

  it('is refused for wrong input', () => {
    const random = mulberry32(1);
    expect(() => bootstrapConfidenceInterval([], mean, { random })).toThrow('sample is empty');
    expect(() => bootstrapConfidenceInterval([1], mean, { random, confidence: 1 })).toThrow(
      'confidence is 1;',
    );
    expect(() => bootstrapConfidenceInterval([1], mean, { random, resamples: 1 })).toThrow('resamples is 1');
    expect(() => bootstrapConfidenceInterval([1], mean, { random: () => 1 })).toThrow(
      'random gave a number outside [0, 1)',
    );
    expect(() => bootstrapConfidenceInterval([1], () => Number.NaN, { random })).toThrow(
      'the statistic of the sample is NaN',
    );
  });
});

describe('mulberry32', () => {
  it('gives the published sequence, uniform in [0, 1)', () => {
    const random = mulberry32(0);
    expect([random(), random(), random()]).toEqual([
      0.26642920868471265, 0.0003297457005828619, 0.2232720274478197,
    ]);
    const draws = Array.from({ length: 20_000 }, random);
    expect(mean(draws)).toBeCloseTo(0.5, 1);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
  });
});
