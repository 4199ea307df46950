import { type AxisOptions, axes } from './axes.ts';
import { bandBetween } from './band.ts';
import { type ColumnName, column, type Numbers, numbersOf, readData, type TableData } from './data.ts';
import { Figure, type FigureOptions } from './figure.ts';
import { seriesColor } from './palettes.ts';
import type { PlotlyTrace } from './plotly.ts';
import { described, readSeries, type SeriesOptions } from './series.ts';
import { plotText } from './text.ts';

export interface LineOptions<R extends object> extends SeriesOptions<R>, AxisOptions, FigureOptions {
  /** The columns of a band's lower and upper edge, around the one y column: an interval, or a least and a greatest value. */
  band?: readonly [low: ColumnName<R>, high: ColumnName<R>];
  /** Whether points are marked. Default: where a series has at most 20. */
  markers?: boolean;
}

const MOST_MARKED = 20;

/**
 * Lines over a common x axis: `line({ step: [1, 2], loss: [0.9, 0.4] })`, `line(rows, { x: 'step', y: 'loss', color: 'run' })`,
 * `line([3, 1, 2])`. NaN, null and the infinities are gaps.
 * @throws {TypeError} when a y column holds anything but numbers
 * @throws {RangeError} when the data is empty, columns differ in length, or one that is named isn't there
 */
export function line<R extends object>(data: TableData<R> | Numbers, options: LineOptions<R> = {}): Figure {
  const { band, markers } = options;
  const frame = readData('line', data);
  // The band's columns are no series of their own.
  const edges = band?.map((name) => numbersOf('line', column('line', frame, name)));
  const rest = band
    ? Object.fromEntries(
        [...frame.columns]
          .filter(([name]) => !band.includes(name as ColumnName<R>))
          .map(([name, c]) => [name, c.values]),
      )
    : data;
  const set = readSeries<R>('line', rest, options);
  if (band && set.names.length !== 1) {
    throw new TypeError(
      `line: a band goes around one y column, and there are ${set.names.length}. Name it with { y }.`,
    );
  }
  const traces = set.series.flatMap(({ name, x, y, rows }, i): PlotlyTrace[] => {
    const color = seriesColor(i);
    const label = name === undefined ? {} : { name: plotText(name), legendgroup: `s${i}` };
    const main: PlotlyTrace = {
      type: 'scatter',
      mode: (markers ?? y.length <= MOST_MARKED) ? 'lines+markers' : 'lines',
      x,
      y,
      line: { color, width: 2 },
      marker: { color, size: 6 },
      ...label,
    };
    if (!edges) return [main];
    const [low, high] = edges.map((edge) => rows.map((row) => edge[row]!)) as [number[], number[]];
    return [...bandBetween(x, low, high, color, { ...label, showlegend: false }), main];
  });
  return new Figure(
    {
      data: traces,
      layout: {
        ...axes('line', set.x, set.y, options),
        showlegend: set.series.length > 1,
        hovermode: 'x unified',
      },
      alt: described('Line chart', set.names, set.x.title, set.series.length),
    },
    options,
  );
}
