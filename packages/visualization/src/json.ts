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

/** Shorter lists stay readable. */
const LEAST_PACKED = 24;

type Packed = { dtype: 'f4' | 'f8' | 'u1' | 'i2' | 'i4'; bdata: string; shape?: string };

/**
 * `value`, which is JSON, with lists and matrices of more than 24 numbers as Plotly's typed arrays in base64: a saved
 * notebook writes each number of a list on a line of its own. Null becomes NaN, which is a gap too.
 * https://plotly.com/javascript/reference/ (`dtype`, `bdata`, `shape`)
 */
export function packed(value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length > LEAST_PACKED && isNumeric(value)) return typed(value);
    const [first] = value as unknown[];
    if (Array.isArray(first) && first.length * value.length > LEAST_PACKED) {
      const rows = value as unknown[][];
      if (rows.every((row) => Array.isArray(row) && row.length === first.length && isNumeric(row))) {
        return { ...typed(rows.flat() as (number | null)[]), shape: `${rows.length}, ${first.length}` };
      }
    }
    return value.map(packed);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, packed(item)]));
}

function isNumeric(list: readonly unknown[]): list is (number | null)[] {
  return list.every((item) => item === null || typeof item === 'number');
}

function typed(numbers: readonly (number | null)[]): Packed {
  let low = Infinity;
  let high = -Infinity;
  let whole = true;
  for (const value of numbers) {
    whole &&= value !== null && Number.isInteger(value);
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const floats = Float64Array.from(numbers, (value) => value ?? Number.NaN);
  const answer = (dtype: Packed['dtype'], list: ArrayBufferView): Packed => ({
    dtype,
    bdata: Buffer.from(list.buffer as ArrayBuffer, list.byteOffset, list.byteLength).toString('base64'),
  });
  if (whole && low >= 0 && high < 256) return answer('u1', Uint8Array.from(floats));
  if (whole && low >= -32768 && high < 32768) return answer('i2', Int16Array.from(floats));
  if (whole && low >= -(2 ** 31) && high < 2 ** 31) return answer('i4', Int32Array.from(floats));
  const size = Math.max(Math.abs(low), Math.abs(high));
  const fits = size < 1e38 && high - low > 0.01 * size;
  return fits ? answer('f4', Float32Array.from(floats)) : answer('f8', floats);
}
