import { type AxisOptions, axes } from './axes.ts';
import {
  axisValues,
  type ColumnName,
  column,
  groupRows,
  numbersOf,
  readData,
  type TableData,
} from './data.ts';
import { Figure, type FigureOptions } from './figure.ts';
import { COLOR_SCALES, type ColorScaleName, seriesColor } from './palettes.ts';
import type { PlotlyTrace } from './plotly.ts';
import { plotText } from './text.ts';

export interface ScatterOptions<R extends object> extends AxisOptions, FigureOptions {
  /** Default: the first two columns that hold numbers. */
  x?: ColumnName<R>;
  y?: ColumnName<R>;
  /** The column that colours the points: numbers on a colour scale, anything else a colour for each value. */
  color?: ColumnName<R>;
  /** The column that sizes the points, by area. */
  size?: ColumnName<R>;
  /** The columns that are shown for the point under the pointer. Default: those that aren't drawn, at most 8. */
  hover?: readonly ColumnName<R>[];
  colorScale?: ColorScaleName;
}

/** With more points than these, WebGL draws them. */
const MOST_SVG_POINTS = 2000;

/**
 * Points: `scatter(rows, { x: 'length', y: 'loss', color: 'language' })`.
 * A row without a number for x or y isn't drawn.
 * @throws {TypeError} when x, y or size hold anything but numbers
 * @throws {RangeError} when the data is empty, columns differ in length, or one that is named isn't there
 */
export function scatter<R extends object>(data: TableData<R>, options: ScatterOptions<R> = {}): Figure {
  const frame = readData('scatter', data);
  const named = [options.x, options.y, options.color, options.size];
  const free = [...frame.columns.values()].filter(
    ({ kind, name }) => kind === 'number' && !named.includes(name as ColumnName<R>),
  );
  const xColumn = options.x === undefined ? free.shift() : column('scatter', frame, options.x);
  const yColumn = options.y === undefined ? free.shift() : column('scatter', frame, options.y);
  if (!xColumn || !yColumn) {
    throw new TypeError('scatter: two columns of numbers are needed. Name them with { x, y }.');
  }
  const xs = xColumn.kind === 'number' ? numbersOf('scatter', xColumn) : axisValues(xColumn);
  const ys = yColumn.kind === 'number' ? numbersOf('scatter', yColumn) : axisValues(yColumn);
  const color = options.color === undefined ? undefined : column('scatter', frame, options.color);
  const sizes =
    options.size === undefined ? undefined : numbersOf('scatter', column('scatter', frame, options.size));
  const drawn: (string | undefined)[] = [xColumn.name, yColumn.name, options.color, options.size];
  const hover = (
    options.hover ?? [...frame.columns.keys()].filter((name) => !drawn.includes(name)).slice(0, 8)
  ).map((name) => column('scatter', frame, name));
  const largest = sizes ? Math.max(...sizes.filter(Number.isFinite)) : 0;

  const type = frame.length > MOST_SVG_POINTS ? 'scattergl' : 'scatter';
  const trace = (rows: readonly number[], marker: object, name?: string): PlotlyTrace => ({
    type,
    mode: 'markers',
    x: rows.map((row) => xs[row]),
    y: rows.map((row) => ys[row]),
    marker: {
      size: sizes ? rows.map((row) => Math.max(0, sizes[row]!)) : frame.length > 500 ? 5 : 7,
      ...(sizes ? { sizemode: 'area', sizeref: (2 * largest) / 30 ** 2, sizemin: 2 } : {}),
      opacity: frame.length > 500 ? 0.7 : 0.85,
      ...marker,
    },
    ...(name === undefined ? {} : { name: plotText(name) }),
    ...(hover.length > 0
      ? {
          text: rows.map((row) =>
            hover
              .map((shown) => `${plotText(shown.name)}: ${plotText(shown.values[row] ?? '')}`)
              .join('<br>'),
          ),
        }
      : {}),
  });
  const rows = Array.from({ length: frame.length }, (_, i) => i);
  const scale = COLOR_SCALES[options.colorScale ?? 'viridis'];
  const traces = !color
    ? [trace(rows, { color: seriesColor(0) })]
    : color.kind === 'number'
      ? [
          trace(rows, {
            color: numbersOf('scatter', color),
            colorscale: scale,
            showscale: true,
            colorbar: {
              title: { text: plotText(color.name), side: 'right' },
              outlinewidth: 0,
              thickness: 14,
            },
          }),
        ]
      : [...groupRows(color)].map(([name, own], i) => trace(own, { color: seriesColor(i) }, name));
  return new Figure(
    {
      data: traces,
      layout: {
        ...axes(
          'scatter',
          { title: xColumn.name, kind: xColumn.kind },
          { title: yColumn.name, kind: yColumn.kind },
          options,
        ),
        showlegend: traces.length > 1,
        ...(color ? { legend: { title: { text: plotText(color.name) } } } : {}),
        hovermode: 'closest',
      },
      alt: `Scatter plot of ${yColumn.name} by ${xColumn.name}, ${frame.length} points.`,
    },
    options,
  );
}
