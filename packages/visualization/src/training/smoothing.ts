/**
 * Exponential moving average, without the pull to 0 at the beginning (Kingma and Ba, 2015, section 3), as TensorBoard
 * smooths. Values that aren't finite stay, and are left out of the average.
 * @param smoothing from 0 (none) to below 1
 * @throws {RangeError} for another smoothing
 */
export function smooth(values: ArrayLike<number>, smoothing: number): number[] {
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new RangeError(`smooth: smoothing is from 0 to below 1, not ${smoothing}.`);
  }
  let average = 0;
  let weight = 0;
  return Array.from(values, (value) => {
    if (!Number.isFinite(value)) return value;
    average = smoothing * average + (1 - smoothing) * value;
    weight = smoothing * weight + (1 - smoothing);
    return average / weight;
  });
}
