/** Where a model is wrong more often than elsewhere. */
import {
  type ColumnName,
  checkSomeFinite,
  column,
  type Frame,
  isList,
  named,
  numbersOf,
  readData,
  type TableData,
} from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { checkSameLength } from '../finite.ts';
import { seriesColor } from '../palettes.ts';
import { plotText, readable, shorten } from '../text.ts';
import { LINE, MUTED } from '../theme.ts';
import { quantile } from './binary.ts';
import { reachOf, wilson } from './intervals.ts';

/** Whether each prediction was right: booleans, or 1 and 0. */
export type Correctness = ArrayLike<boolean> | ArrayLike<number>;

/** The slice that a row is in: true or false, a name, or null where it is in none. */
export type SliceOf<R extends object> = (row: R, index: number) => boolean | string | number | null;

export interface SliceOptions<R extends object> {
  /** The columns whose values make slices; of numbers with more than 8 different ones, quarters. Default: all. */
  by?: ColumnName<R> | readonly ColumnName<R>[];
  /** Slices told by functions: `{ negated: ({ text }) => text.includes('not') }`. Then columns are taken only with `by`. */
  slices?: Readonly<Record<string, SliceOf<R>>>;
  /** The share of cases in which a slice's interval holds its error rate. Default: 0.95. */
  confidence?: number;
  /** Smaller slices are left out. Default: 1. */
  leastSize?: number;
}

export interface ErrorSlicesOptions<R extends object> extends SliceOptions<R>, FigureOptions {
  /** Slices that are drawn at most: those of the highest lower bound. Default: 24. */
  most?: number;
}

/** The errors among some rows. */
export interface ErrorSlice {
  slice: string;
  size: number;
  errors: number;
  errorRate: number;
  /** Wilson's interval of the error rate. */
  low: number;
  high: number;
}

export interface SliceErrors {
  overall: ErrorSlice;
  /** In descending order of the interval's lower bound: what is surely bad comes first. */
  slices: ErrorSlice[];
}

/** Numbers of more different values are cut at their quartiles. */
const MOST_VALUES = 8;

/**
 * The error rate of each slice, with Wilson's interval. A row may be in several slices.
 * @param data N rows, or columns
 * @param correct N
 * @throws {TypeError} when `correct` holds anything but booleans, 1 and 0
 * @throws {RangeError} when lengths differ, a column isn't there, or no slice is large enough
 */
export function sliceErrors<R extends object>(
  data: TableData<R>,
  correct: Correctness,
  options: SliceOptions<R> = {},
): SliceErrors {
  const what = 'errorSlices';
  const { confidence = 0.95, leastSize = 1, slices } = options;
  const z = reachOf(what, confidence);
  if (!(Number.isInteger(leastSize) && leastSize >= 1)) {
    throw new RangeError(`${what}: leastSize has to be a whole number above 0, not ${leastSize}.`);
  }
  const frame = readData(what, data);
  if (!isList(correct)) {
    throw new TypeError(`${what}: correct has to be an array of booleans, not ${named(correct)}.`);
  }
  checkSameLength(what, ['rows', { length: frame.length }], ['entries of correct', correct]);
  const wrong = Array.from(correct as ArrayLike<unknown>, (value, i) => {
    if (value !== true && value !== false && value !== 1 && value !== 0) {
      throw new TypeError(
        `${what}: correct has to hold true or false, 1 or 0; at ${i} it holds ${named(value)}.`,
      );
    }
    return !value;
  });
  const names = [options.by ?? (slices ? [] : [...frame.columns.keys()])].flat() as string[];
  const found = new Map<string, { size: number; errors: number }>();
  const count = (name: string, i: number): void => {
    const own = found.get(name) ?? { size: 0, errors: 0 };
    found.set(name, own);
    own.size++;
    if (wrong[i]) own.errors++;
  };
  for (const name of names) {
    for (const [i, slice] of columnSlices(what, frame, name).entries()) count(slice, i);
  }
  const rows = slices ? rowsOf<R>(frame) : [];
  for (const [name, sliceOf] of Object.entries(slices ?? {})) {
    rows.forEach((row, i) => {
      const slice = sliceOf(row, i);
      if (slice !== null && slice !== false) count(slice === true ? name : `${name}: ${slice}`, i);
    });
  }
  const toSlice = (slice: string, { size, errors }: { size: number; errors: number }): ErrorSlice => {
    const [low, high] = wilson(errors / size, size, z);
    return { slice, size, errors, errorRate: errors / size, low, high };
  };
  const large = [...found].filter(([, { size }]) => size >= leastSize);
  if (large.length === 0) {
    throw new RangeError(
      `${what}: no slice has ${leastSize === 1 ? 'a row' : `${leastSize} rows`}. Name columns with { by } or give { slices }.`,
    );
  }
  return {
    overall: toSlice('all', { size: wrong.length, errors: wrong.filter(Boolean).length }),
    slices: large.map(([name, own]) => toSlice(name, own)).sort((a, b) => b.low - a.low),
  };
}

/** The slice of each row by one column. */
function columnSlices(what: string, frame: Frame, name: string): string[] {
  const own = column(what, frame, name);
  const different = new Set(own.values);
  if (own.kind !== 'number' || different.size <= MOST_VALUES) {
    return own.values.map(
      (value) => `${name}: ${value instanceof Date ? value.toISOString() : (value ?? '(none)')}`,
    );
  }
  const numbers = numbersOf(what, own);
  checkSomeFinite(what, name, numbers);
  const finite = numbers.filter(Number.isFinite);
  const inner = [0.25, 0.5, 0.75].map((share) => quantile(finite, share));
  // Cuts that many values lie on fall together.
  const cuts = [...new Set(inner)].filter((cut) => cut < Math.max(...finite));
  return numbers.map((value) => {
    if (!Number.isFinite(value)) return `${name}: (none)`;
    const at = cuts.findIndex((cut) => value <= cut);
    if (cuts.length === 0) return `${name}: ${readable(value)}`;
    if (at === 0) return `${name} ≤ ${readable(cuts[0]!)}`;
    if (at < 0) return `${name} > ${readable(cuts.at(-1)!)}`;
    return `${name} ${readable(cuts[at - 1]!)} to ${readable(cuts[at]!)}`;
  });
}

function rowsOf<R extends object>(frame: Frame): R[] {
  const columns = [...frame.columns];
  return Array.from(
    { length: frame.length },
    (_, i) => Object.fromEntries(columns.map(([name, { values }]) => [name, values[i]])) as R,
  );
}

/**
 * The error rate of slices of the data, with Wilson's interval, and the overall one as a line. The surely worst are on
 * top; orange where the whole interval is above the overall rate, green where it is below. Of 20 slices at 95% one is
 * expected to be so by chance.
 * `errorSlices(rows, correct, { by: 'language', slices: { long: ({ text }) => text.length > 200 } })`
 * @throws as `sliceErrors` does
 */
export function errorSlices<R extends object>(
  data: TableData<R>,
  correct: Correctness,
  options: ErrorSlicesOptions<R> = {},
): Figure {
  const { most = 24 } = options;
  if (!(Number.isInteger(most) && most >= 1)) {
    throw new RangeError(`errorSlices: most has to be a whole number above 0, not ${most}.`);
  }
  const { overall, slices } = sliceErrors(data, correct, options);
  const shown = slices.slice(0, most);
  const largest = Math.max(...shown.map(({ size }) => size));
  const colors = shown.map(({ low, high }) =>
    low > overall.errorRate ? seriesColor(1) : high < overall.errorRate ? seriesColor(2) : MUTED,
  );
  // Names that occur twice would share a place.
  const labels = shown.map(({ slice }, i) => plotText(shorten(slice, 44)) + '\u200b'.repeat(i));
  const worst = shown[0]!;
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  return new Figure(
    {
      data: [
        {
          type: 'scatter',
          mode: 'markers',
          x: shown.map(({ errorRate }) => errorRate),
          y: labels,
          // The area is the size.
          marker: {
            color: colors,
            size: shown.map(({ size }) => Math.max(6, 22 * Math.sqrt(size / largest))),
            line: { width: 0 },
          },
          error_x: {
            type: 'data',
            symmetric: false,
            array: shown.map(({ high, errorRate }) => high - errorRate),
            arrayminus: shown.map(({ low, errorRate }) => errorRate - low),
            color: LINE,
            thickness: 1.4,
            width: 3,
          },
          customdata: shown.map(({ size, errors, low, high }) => [errors, size, low, high]),
          hovertemplate:
            '%{y}<br>%{customdata[0]} of %{customdata[1]} wrong: %{x:.1%}<br>interval %{customdata[2]:.1%} to %{customdata[3]:.1%}<extra></extra>',
        },
      ],
      layout: {
        xaxis: { title: { text: 'error rate' }, tickformat: ',.0%', rangemode: 'tozero', showgrid: true },
        yaxis: { type: 'category', autorange: 'reversed', showgrid: false },
        showlegend: false,
        hovermode: 'closest',
        shapes: [
          {
            type: 'line',
            yref: 'paper',
            y0: 0,
            y1: 1,
            x0: overall.errorRate,
            x1: overall.errorRate,
            line: { color: MUTED, width: 1.5, dash: 'dash' },
          },
        ],
        annotations: [
          {
            x: overall.errorRate,
            y: 1,
            yref: 'paper',
            yanchor: 'bottom',
            xanchor: 'left',
            showarrow: false,
            text: `overall ${percent(overall.errorRate)} of ${readable(overall.size)}`,
            font: { size: 11, color: MUTED },
          },
          ...shown.map(({ size }, i) => ({
            xref: 'paper',
            x: 1.01,
            y: i,
            xanchor: 'left',
            showarrow: false,
            text: readable(size),
            font: { size: 11, color: MUTED },
          })),
        ],
        margin: { r: 72, t: options.title === undefined ? 36 : 64 },
      },
      alt:
        `Error rate of ${shown.length} slices${shown.length < slices.length ? ` of ${slices.length}` : ''}, ${percent(overall.errorRate)} overall; ` +
        `the surely worst is "${worst.slice}": ${percent(worst.errorRate)} [${percent(worst.low)}, ${percent(worst.high)}] of ${readable(worst.size)}.`,
    },
    { height: Math.max(220, 110 + 26 * shown.length), ...options },
  );
}
