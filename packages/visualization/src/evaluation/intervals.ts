/** Intervals of shares. */

/**
 * The standard normal quantile that an interval of this confidence reaches to.
 * @throws {RangeError} when it isn't between 0 and 1
 */
export function reachOf(what: string, confidence: number): number {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`${what}: confidence has to be between 0 and 1, not ${confidence}.`);
  }
  return normalQuantile(0.5 + confidence / 2);
}

/** Wilson's score interval of a share ("Probable Inference, the Law of Succession, and Statistical Inference", 1927). */
export function wilson(share: number, count: number, z: number): [number, number] {
  const center = share + z ** 2 / (2 * count);
  const reach = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  const scale = 1 + z ** 2 / count;
  return [Math.max(0, (center - reach) / scale), Math.min(1, (center + reach) / scale)];
}

/** The standard normal distribution's quantile: Acklam's approximation, off by at most 1.2e-9 of it. */
export function normalQuantile(p: number): number {
  const tail = (q: number): number =>
    (((((-7.784894002430293e-3 * q - 3.223964580411365e-1) * q - 2.400758277161838) * q - 2.549732539343734) *
      q +
      4.374664141464968) *
      q +
      2.938163982698783) /
    ((((7.784695709041462e-3 * q + 3.224671290700398e-1) * q + 2.445134137142996) * q + 3.754408661907416) *
      q +
      1);
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-3.969683028665376e1 * r + 2.209460984245205e2) * r - 2.759285104469687e2) * r +
      1.38357751867269e2) *
      r -
      3.066479806614716e1) *
      r +
      2.506628277459239) *
      q) /
    (((((-5.447609879822406e1 * r + 1.615858368580409e2) * r - 1.556989798598866e2) * r +
      6.680131188771972e1) *
      r -
      1.328068155288572e1) *
      r +
      1)
  );
}
