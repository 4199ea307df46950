/** A figure as JSON: what Plotly can't read is made so that it can, and numbers have no more digits than are seen. */

/**
 * A copy of `value` that JSON holds: typed arrays become arrays; NaN and the infinities null, which Plotly shows as a
 * gap; dates their ISO text; big integers numbers. Numbers that aren't whole are rounded to 9 significant digits, in
 * arrays of more than 500 to 5, where that is fine for their range.
 */
export function plotlyJson(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? rounded(value, 9) : null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value))
    return compact(Array.from(value as unknown as ArrayLike<number | bigint>, Number));
  if (Array.isArray(value)) {
    return value.length > 0 && value.every((item) => typeof item === 'number' || item === null)
      ? compact(value as (number | null)[])
      : value.map(plotlyJson);
  }
  const entries = Object.entries(value).filter(
    ([, item]) => item !== undefined && typeof item !== 'function',
  );
  return Object.fromEntries(entries.map(([key, item]) => [key, plotlyJson(item)]));
}

function compact(numbers: readonly (number | null)[]): (number | null)[] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of numbers) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  const wide = high - low > 0.01 * size;
  const digits = numbers.length > 500 ? (wide ? 5 : 12) : wide ? 9 : 15;
  return numbers.map((value) => (value === null || !Number.isFinite(value) ? null : rounded(value, digits)));
}

function rounded(value: number, digits: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits));
}
