/**
 * Quantiles with linear interpolation between neighbours, numpy's default, computed in its order of operations.
 * @param values N numbers in any order, N at least 1.
 * @param probabilities each from 0 to 1.
 */
export function quantiles(values: readonly number[], probabilities: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return probabilities.map((probability) => {
    const position = (sorted.length - 1) * probability;
    const index = Math.floor(position);
    const below = sorted[index]!;
    const above = sorted[Math.min(index + 1, sorted.length - 1)]!;
    const t = position - index;
    return t >= 0.5 ? above - (above - below) * (1 - t) : below + (above - below) * t;
  });
}
