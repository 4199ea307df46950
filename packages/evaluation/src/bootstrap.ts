/** Confidence intervals by resampling: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. */
import { checkInteger, checkNotEmpty, checkRange } from './check.ts';
import { quantiles } from './quantiles.ts';
import type { Random } from './random.ts';

export interface BootstrapOptions {
  /** A seeded generator, such as `mulberry32(1)`. */
  random: Random;
  /** How many times the statistic is computed on a resample. Default: 1000. */
  resamples?: number;
  /** The share of resamples inside the interval. Default: 0.95. */
  confidence?: number;
}

export interface ConfidenceInterval {
  /** The statistic of the sample itself. */
  estimate: number;
  lower: number;
  upper: number;
  /** The standard deviation of the statistic over the resamples. */
  standardError: number;
}

/**
 * The percentile bootstrap interval of any statistic of a sample. What was drawn together must stay together in one
 * element: to compare two models on the same examples, resample pairs of their results.
 * @param sample N independent observations.
 * @param statistic takes N observations drawn with replacement; it must not keep or change the array.
 * @throws when `sample` is empty, an option is out of range, `random` leaves [0, 1), or the statistic isn't finite.
 */
export function bootstrapConfidenceInterval<T>(
  sample: readonly T[],
  statistic: (resample: readonly T[]) => number,
  options: BootstrapOptions,
): ConfidenceInterval {
  const where = 'bootstrapConfidenceInterval';
  const { random, resamples = 1000, confidence = 0.95 } = options;
  checkNotEmpty(where, 'sample', sample);
  checkInteger(where, 'resamples', resamples, 2);
  checkRange(where, 'confidence', confidence, { minimum: Number.MIN_VALUE, maximum: 1 - Number.EPSILON });
  const estimate = statistic(sample);
  checkRange(where, 'the statistic of the sample', estimate);

  const resample = new Array<T>(sample.length);
  const statistics: number[] = [];
  for (let round = 0; round < resamples; round++) {
    for (let i = 0; i < resample.length; i++) {
      const index = Math.floor(random() * sample.length);
      if (!(index >= 0 && index < sample.length)) {
        throw new Error(
          `${where}: random gave a number outside [0, 1); give a generator such as mulberry32(1).`,
        );
      }
      resample[i] = sample[index]!;
    }
    const value = statistic(resample);
    checkRange(where, `the statistic of resample ${round}`, value);
    statistics.push(value);
  }
  const tail = (1 - confidence) / 2;
  const [lower, upper] = quantiles(statistics, [tail, 1 - tail]) as [number, number];
  const mean = statistics.reduce((a, b) => a + b, 0) / resamples;
  const variance = statistics.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (resamples - 1);
  return { estimate, lower, upper, standardError: Math.sqrt(variance) };
}
