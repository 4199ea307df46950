/** Means over seeds. */

/** Student's t at 0.975 by degrees of freedom from 1 on. */
const QUANTILES = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

export interface Interval {
  mean: number;
  /** Half of the 95% confidence interval by Student's t: the mean lies within ± this. */
  margin: number;
}

/** @throws {RangeError} where there aren't 2 to 10 numbers. */
export function meanInterval(values: readonly number[]): Interval {
  const n = values.length;
  const quantile = QUANTILES[n - 2];
  if (quantile === undefined) throw new RangeError(`2 to 10 numbers are needed for an interval, not ${n}.`);
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, margin: quantile * Math.sqrt(variance / n) };
}
