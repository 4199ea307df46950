import { type AxisOptions, axes } from './axes.ts';
import { type ColumnName, column, type Numbers, numbersOf, readData, type TableData } from './data.ts';
import { Figure, type FigureOptions } from './figure.ts';
import { seriesColor } from './palettes.ts';
import type { PlotlyTrace } from './plotly.ts';
import { described, readSeries, type SeriesOptions } from './series.ts';
import { plotText, readable } from './text.ts';
import { INK } from './theme.ts';

export interface BarOptions<R extends object> extends SeriesOptions<R>, AxisOptions, FigureOptions {
  /** Whether the series stand on each other. Default: beside each other. */
  stacked?: boolean;
  /** Whether bars run from left to right, which leaves room for long names. */
  horizontal?: boolean;
  /** The column of half the length of an error bar around the one y column. */
  error?: ColumnName<R>;
  /** Whether each bar has its value written on it. Default: where there are at most 12 bars. */
  values?: boolean;
}

const MOST_LABELLED = 12;

/**
 * Bars: `bar({ model: ['a', 'b'], accuracy: [0.8, 0.9] })`, `bar(rows, { x: 'model', y: 'accuracy', color: 'language' })`.
 * With `horizontal`, x is still the column of the names and y that of the lengths.
 * @throws {TypeError} when a y column holds anything but numbers
 * @throws {RangeError} when the data is empty, columns differ in length, or one that is named isn't there
 */
export function bar<R extends object>(data: TableData<R> | Numbers, options: BarOptions<R> = {}): Figure {
  const { stacked = false, horizontal = false, error } = options;
  const frame = readData('bar', data);
  const errors = error === undefined ? undefined : numbersOf('bar', column('bar', frame, error));
  const rest = Object.fromEntries(
    [...frame.columns].filter(([name]) => name !== error).map(([n, c]) => [n, c.values]),
  );
  const set = readSeries<R>('bar', frame.columns.size > 1 ? rest : data, options);
  const count = set.series.reduce((sum, { y }) => sum + y.length, 0);
  const labelled = options.values ?? count <= MOST_LABELLED;
  // Numbers that name bars stand beside each other, as names do.
  const x =
    set.x.kind === 'number' && set.x.title !== undefined ? { ...set.x, kind: 'category' as const } : set.x;
  const traces = set.series.map(({ name, x: names, y, rows }, i): PlotlyTrace => {
    const spread = errors && {
      type: 'data',
      array: rows.map((row) => errors[row]!),
      color: INK,
      thickness: 1.2,
      width: 4,
    };
    const keys = x.kind === 'category' ? names.map((key) => (key === null ? null : String(key))) : names;
    return {
      type: 'bar',
      orientation: horizontal ? 'h' : 'v',
      x: horizontal ? y : keys,
      y: horizontal ? keys : y,
      marker: { color: seriesColor(i) },
      ...(name === undefined ? {} : { name: plotText(name) }),
      ...(spread ? { [horizontal ? 'error_x' : 'error_y']: spread } : {}),
      ...(labelled && !spread
        ? {
            text: y.map((value) => (Number.isFinite(value) ? readable(value) : '')),
            textposition: stacked ? 'inside' : 'outside',
            cliponaxis: false,
          }
        : {}),
    };
  });
  const sides = axes(
    'bar',
    horizontal ? set.y : x,
    horizontal ? x : set.y,
    horizontal ? flipped(options) : options,
  ) as { xaxis: Record<string, unknown>; yaxis: Record<string, unknown> };
  if (horizontal) Object.assign(sides.yaxis, { autorange: 'reversed', showgrid: false });
  if (horizontal) sides.xaxis.showgrid = true;
  return new Figure(
    {
      data: traces,
      layout: {
        ...sides,
        barmode: stacked ? 'stack' : 'group',
        bargap: 0.25,
        showlegend: traces.length > 1,
      },
      alt: described('Bar chart', set.names, set.x.title, traces.length),
    },
    options,
  );
}

/** Axis options given for names (x) and lengths (y), for axes that are swapped. */
function flipped({ xTitle, yTitle, log, xRange, yRange }: AxisOptions): AxisOptions {
  return {
    ...(yTitle === undefined ? {} : { xTitle: yTitle }),
    ...(xTitle === undefined ? {} : { yTitle: xTitle }),
    ...(log === undefined ? {} : { log: log === 'x' ? 'y' : log === 'y' ? 'x' : 'xy' }),
    ...(yRange === undefined ? {} : { xRange: yRange }),
    ...(xRange === undefined ? {} : { yRange: xRange }),
  };
}
