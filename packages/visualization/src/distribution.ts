/** Samples of numbers, by group: what histograms, boxes and violins have in common. */
import {
  type Column,
  type ColumnName,
  checkSomeFinite,
  column,
  groupRows,
  isList,
  numbersOf,
  readData,
  UNNAMED,
} from './data.ts';

export interface SampleOptions<R extends object> {
  /** The column of the numbers, or several, each a sample. Default: all that hold numbers. */
  values?: ColumnName<R> | readonly ColumnName<R>[];
  /** The column whose values tell the samples apart. */
  by?: ColumnName<R>;
}

export interface Sample {
  /** As typed; undefined where it is the only one. */
  name: string | undefined;
  /** Finite numbers, ascending. */
  sorted: Float64Array;
}

export interface SampleSet {
  samples: Sample[];
  /** The title of the axis of the numbers, where they have one name. */
  title: string | undefined;
  /** What the samples are told apart by. */
  by: string | undefined;
  /** How many values weren't numbers that can be drawn: null, NaN and the infinities. */
  left: number;
}

/** @throws as `readData` does, and where a column isn't there or holds what isn't a number, or no finite one */
export function readSamples<R extends object>(
  what: string,
  data: unknown,
  options: SampleOptions<R>,
): SampleSet {
  const { columns, by } = readColumns(what, data, options);
  if (columns.length === 0)
    throw new TypeError(`${what}: no column holds numbers. Name one with { values }.`);
  let left = 0;
  const samples = columns.flatMap((own) => {
    const numbers = numbersOf(what, own);
    checkSomeFinite(what, own.name, numbers);
    const groups = by ? [...groupRows(by)] : [[undefined, numbers.map((_, i) => i)] as const];
    return groups.flatMap(([group, rows]): Sample[] => {
      const sorted = Float64Array.from(rows, (row) => numbers[row]!)
        .filter(Number.isFinite)
        .sort();
      left += rows.length - sorted.length;
      const parts = [columns.length > 1 ? own.name : undefined, group].filter((part) => part !== undefined);
      const name = parts.length === 0 ? undefined : parts.join(', ');
      return sorted.length === 0 ? [] : [{ name, sorted }];
    });
  });
  const [only] = columns;
  const title = columns.length === 1 && only!.name !== UNNAMED ? only!.name : undefined;
  return { samples, title, by: by?.name, left };
}

/** Without a column that tells them apart, columns are samples of their own and may differ in length. */
function readColumns<R extends object>(
  what: string,
  data: unknown,
  { values, by }: SampleOptions<R>,
): { columns: Column[]; by: Column | undefined } {
  const apart = typeof data === 'object' && data !== null && !isList(data) && by === undefined;
  const frames = apart
    ? Object.entries(data).map(([name, list]) => readData(what, { [name]: list }))
    : [readData(what, data)];
  const all = new Map(frames.flatMap(({ columns }) => [...columns]));
  const frame = { length: frames[0]?.length ?? 0, columns: all };
  const chosen = by === undefined ? undefined : column(what, frame, by);
  const columns =
    values === undefined
      ? [...all.values()].filter((own) => own !== chosen && own.kind === 'number')
      : [values].flat().map((name) => column(what, frame, name));
  return { columns, by: chosen };
}

/** A quantile of ascending numbers, by linear interpolation (Hyndman and Fan's type 7). */
export function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low]!;
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return below + (at - low) * (above - below);
}

/** At most `count` of ascending numbers, at even ranks, both ends among them: they have the same distribution. */
export function thinned(sorted: Float64Array, count: number): number[] {
  if (sorted.length <= count) return [...sorted];
  return Array.from(
    { length: count },
    (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (count - 1))]!,
  );
}
