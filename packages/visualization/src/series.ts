/** Series of x and y values, told from a table: what lines, points and bars have in common. */
import {
  axisValues,
  type Column,
  type ColumnKind,
  type ColumnName,
  checkSomeFinite,
  column,
  groupRows,
  numbersOf,
  readData,
  UNNAMED,
} from './data.ts';

export interface SeriesOptions<R extends object> {
  /** The column along the x axis. Default: the first one, where there are several; otherwise the rows' numbers. */
  x?: ColumnName<R>;
  /** The column of the y axis, or several, each a series. Default: all others that hold numbers. */
  y?: ColumnName<R> | readonly ColumnName<R>[];
  /** The column whose values tell the series apart. */
  color?: ColumnName<R>;
}

export interface Series {
  /** As typed; undefined where it is the only one. */
  name: string | undefined;
  x: unknown[];
  /** NaN where there is none. */
  y: number[];
  /** The rows of the table that it is made of. */
  rows: number[];
}

export interface SeriesSet {
  series: Series[];
  x: { title: string | undefined; kind: ColumnKind };
  y: { title: string | undefined; kind: 'number' };
  /** For the picture's description: the names of the y columns. */
  names: string[];
}

/** @throws as `readData` does, and where a column isn't there or holds what isn't a number */
export function readSeries<R extends object>(
  what: string,
  data: unknown,
  options: SeriesOptions<R>,
): SeriesSet {
  const frame = readData(what, data);
  const all = [...frame.columns.values()];
  const by = options.color === undefined ? undefined : column(what, frame, options.color);
  const free = all.filter((candidate) => candidate !== by);
  const asked = options.y === undefined ? undefined : [options.y].flat();
  const xColumn =
    options.x !== undefined
      ? column(what, frame, options.x)
      : free.length > (asked ? asked.length : 1)
        ? free.find(({ name }) => !asked?.includes(name as ColumnName<R>))
        : undefined;
  const yColumns = asked
    ? asked.map((name) => column(what, frame, name))
    : free.filter((candidate) => candidate !== xColumn && candidate.kind === 'number');
  if (yColumns.length === 0) {
    throw new TypeError(`${what}: no column holds numbers for the y axis. Name one with { y }.`);
  }
  const xs = xColumn ? axisValues(xColumn) : Array.from({ length: frame.length }, (_, i) => i);
  const groups = by ? [...groupRows(by)] : [[undefined, xs.map((_, i) => i)] as const];
  const series = yColumns.flatMap((yColumn) => {
    const numbers = numbersOf(what, yColumn);
    checkSomeFinite(what, yColumn.name, numbers);
    return groups.map(([group, rows]): Series => {
      const parts = [yColumns.length > 1 ? yColumn.name : undefined, group].filter(
        (part) => part !== undefined,
      );
      return {
        name: parts.length === 0 ? undefined : parts.join(', '),
        x: rows.map((row) => xs[row]),
        y: rows.map((row) => numbers[row]!),
        rows: [...rows],
      };
    });
  });
  const [only] = yColumns;
  const unnamed = all.length === 1 && only!.name === UNNAMED;
  return {
    series,
    x: { title: xColumn?.name, kind: xColumn?.kind ?? 'number' },
    y: { title: yColumns.length === 1 && !unnamed ? only!.name : undefined, kind: 'number' },
    names: yColumns.map(({ name }: Column) => name),
  };
}

/** `Line chart of loss and accuracy by step`, for a picture's description. */
export function described(
  kind: string,
  names: readonly string[],
  x: string | undefined,
  count: number,
): string {
  const list =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return `${kind} of ${list}${x === undefined ? '' : ` by ${x}`}${count > 1 ? `, ${count} series` : ''}.`;
}
