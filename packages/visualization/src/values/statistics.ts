/** What numbers are like: their range, and how many aren't numbers. */
import { readable } from '../text.ts';

export interface Statistics {
  count: number;
  nan: number;
  infinite: number;
  /** Of the finite ones; NaN where there is none. */
  least: number;
  greatest: number;
  mean: number;
  /** With the count in the denominator. */
  deviation: number;
}

export function statistics(values: ArrayLike<number>): Statistics {
  let [nan, infinite, least, greatest, mean, squares, seen] = [0, 0, Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) nan++;
    else if (!Number.isFinite(value)) infinite++;
    else {
      if (value < least) least = value;
      if (value > greatest) greatest = value;
      // Welford's update (1962).
      const distance = value - mean;
      mean += distance / ++seen;
      squares += distance * (value - mean);
    }
  }
  const none = seen === 0;
  return {
    count: values.length,
    nan,
    infinite,
    least: none ? Number.NaN : least,
    greatest: none ? Number.NaN : greatest,
    mean: none ? Number.NaN : mean,
    deviation: none ? Number.NaN : Math.sqrt(squares / seen),
  };
}

/** `0 to 1, mean 0.5, deviation 0.1`, and what isn't finite. */
export function told({ nan, infinite, count, least, greatest, mean, deviation }: Statistics): {
  range: string;
  warning: string | undefined;
} {
  const warning = [
    nan > 0 ? `${readable(nan)} NaN` : '',
    infinite > 0 ? `${readable(infinite)} infinite` : '',
  ]
    .filter(Boolean)
    .join(', ');
  return {
    range:
      nan + infinite === count
        ? 'no finite number'
        : `${readable(least)} to ${readable(greatest)}, mean ${readable(Number(mean.toPrecision(4)))}, deviation ${readable(Number(deviation.toPrecision(4)))}`,
    warning: warning === '' ? undefined : warning,
  };
}
