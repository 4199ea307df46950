/** What plots take: rows, columns or plain values, read into checked columns. */
import { plotText, shorten } from './text.ts';

/** Rows (`[{ step: 1, loss: 0.5 }, …]`) or columns (`{ step: [1, …], loss: [0.5, …] }`) of a table. */
export type TableData<R extends object> = readonly R[] | { readonly [K in keyof R]: ArrayLike<R[K]> };

/** The columns' names. */
export type ColumnName<R extends object> = Extract<keyof R, string>;

/** Numbers: an array or a typed array. Null is a gap, as NaN is. */
export type Numbers = ArrayLike<number | null>;

/** The name of the only column, where plain numbers are given. */
export const UNNAMED = 'value';

/** What a column holds: numbers, points in time, or anything else, which is shown as text. */
export type ColumnKind = 'number' | 'time' | 'category';

export interface Column {
  name: string;
  values: readonly unknown[];
  kind: ColumnKind;
}

export interface Frame {
  length: number;
  columns: ReadonlyMap<string, Column>;
}

export const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** A value as an error message names it. */
export function named(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value, 40));
  if (value === null || typeof value !== 'object') return String(value);
  return Array.isArray(value) ? 'an array' : `a ${value.constructor?.name ?? 'value'}`;
}

/**
 * Reads `data`. A row that lacks a column has null there.
 * @param what the function that was called, for errors
 * @throws {TypeError} when it is neither rows, columns nor values
 * @throws {RangeError} when it is empty, or its columns differ in length
 */
export function readData(what: string, data: unknown): Frame {
  if (isList(data)) {
    if (data.length === 0) throw new RangeError(`${what}: there is nothing to draw, the data is empty.`);
    const first = Array.from(data).find((item) => item !== null && item !== undefined);
    if (typeof first !== 'object' || first instanceof Date) return frameOf(what, [[UNNAMED, data]]);
    if (isList(first)) {
      throw new TypeError(
        `${what}: the data is an array of arrays. Give each series a name: { first: […], second: […] }.`,
      );
    }
    return frameOf(what, columnsOf(what, Array.from(data)));
  }
  if (typeof data !== 'object' || data === null) {
    throw new TypeError(`${what}: the data has to be rows, columns or numbers, not ${named(data)}.`);
  }
  const columns = Object.entries(data);
  for (const [name, values] of columns) {
    if (!isList(values)) {
      throw new TypeError(`${what}: column "${name}" has to be an array, not ${named(values)}.`);
    }
  }
  return frameOf(what, columns as [string, ArrayLike<unknown>][]);
}

function columnsOf(what: string, rows: readonly unknown[]): [string, unknown[]][] {
  const names = new Set<string>();
  rows.forEach((row, i) => {
    if (typeof row !== 'object' || row === null || isList(row)) {
      throw new TypeError(`${what}: row ${i} has to be an object, not ${named(row)}.`);
    }
    for (const name of Object.keys(row)) names.add(name);
  });
  return [...names].map((name) => [name, rows.map((row) => (row as Record<string, unknown>)[name] ?? null)]);
}

function frameOf(what: string, entries: readonly (readonly [string, ArrayLike<unknown>])[]): Frame {
  const [first] = entries;
  const length = first?.[1].length ?? 0;
  if (length === 0) throw new RangeError(`${what}: there is nothing to draw, the data is empty.`);
  const columns = new Map<string, Column>();
  for (const [name, list] of entries) {
    if (list.length !== length) {
      throw new RangeError(
        `${what}: the columns differ in length: "${first![0]}" has ${length} values, "${name}" ${list.length}.`,
      );
    }
    const values = Array.from(list);
    columns.set(name, { name, values, kind: kindOf(values) });
  }
  return { length, columns };
}

function kindOf(values: readonly unknown[]): ColumnKind {
  let kind: ColumnKind | undefined;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    const own: ColumnKind =
      typeof value === 'number' || typeof value === 'bigint'
        ? 'number'
        : value instanceof Date
          ? 'time'
          : 'category';
    if (own === 'category' || (kind && kind !== own)) return 'category';
    kind = own;
  }
  return kind ?? 'number';
}

/** @throws {RangeError} when the data has no such column */
export function column(what: string, frame: Frame, name: string): Column {
  const found = frame.columns.get(name);
  if (!found) {
    const there = [...frame.columns.keys()].map((known) => `"${known}"`).join(', ');
    throw new RangeError(`${what}: the data has no column "${name}". It has ${there}.`);
  }
  return found;
}

/**
 * A column's numbers; null and undefined become NaN, which is drawn as a gap.
 * @throws {TypeError} at the first value that is no number
 */
export function numbersOf(what: string, { name, values }: Column): number[] {
  return values.map((value, i) => {
    if (value === null || value === undefined) return Number.NaN;
    if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
    throw new TypeError(
      `${what}: column "${name}" has to hold numbers; at row ${i} it holds ${named(value)}.`,
    );
  });
}

/** A column's values as Plotly takes them on an axis: numbers, dates, or text as typed. */
export function axisValues({ values, kind }: Column): unknown[] {
  if (kind === 'category')
    return values.map((value) => (value === null || value === undefined ? null : plotText(value)));
  return values.map((value) =>
    value === null || value === undefined ? null : typeof value === 'bigint' ? Number(value) : value,
  );
}

/** @throws {RangeError} when there is no number but NaN and the infinities */
export function checkSomeFinite(what: string, name: string, values: Numbers): void {
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) return;
  throw new RangeError(`${what}: there is nothing to draw, "${name}" holds no finite number.`);
}

/**
 * Numbers that aren't part of a table.
 * @throws {TypeError} when it is no list of numbers
 * @throws {RangeError} when it is empty
 */
export function readNumbers(what: string, name: string, values: unknown): number[] {
  if (!isList(values))
    throw new TypeError(`${what}: ${name} has to be an array of numbers, not ${named(values)}.`);
  if (values.length === 0) throw new RangeError(`${what}: ${name} is empty.`);
  return numbersOf(what, { name, values: Array.from(values), kind: 'number' });
}

/**
 * A matrix, R x C, as rows of equal length.
 * @throws {TypeError} when it is none
 * @throws {RangeError} when it is empty or its rows differ in length
 */
export function readMatrix(what: string, name: string, rows: unknown): number[][] {
  if (!isList(rows) || rows.length === 0 || !isList(rows[0])) {
    throw new TypeError(`${what}: ${name} has to be an array of rows of numbers, not ${named(rows)}.`);
  }
  const matrix = Array.from(rows, (row, i) => readNumbers(what, `row ${i} of ${name}`, row));
  const width = matrix[0]!.length;
  const odd = matrix.findIndex((row) => row.length !== width);
  if (odd >= 0) {
    throw new RangeError(
      `${what}: the rows of ${name} differ in length: row 0 has ${width} values, row ${odd} ${matrix[odd]!.length}.`,
    );
  }
  return matrix;
}

/** The rows of each of a column's values, in the order in which these first occur. */
export function groupRows({ values }: Column): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  values.forEach((value, i) => {
    const key = String(value ?? '(none)');
    const rows = groups.get(key);
    if (rows) rows.push(i);
    else groups.set(key, [i]);
  });
  return groups;
}
