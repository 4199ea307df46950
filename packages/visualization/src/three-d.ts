import { COLOR_BAR, type ColorOptions, colorAttributes } from './color-axis.ts';
import {
  type ColumnName,
  column,
  groupRows,
  type Numbers,
  numbersOf,
  readData,
  type TableData,
} from './data.ts';
import { Figure, type FigureOptions } from './figure.ts';
import { readGrid } from './heatmap.ts';
import { COLOR_SCALES, type ColorScaleName, seriesColor } from './palettes.ts';
import type { PlotlyLayout, PlotlyTrace } from './plotly.ts';
import { plotText, sceneText } from './text.ts';

const SPACE: PlotlyLayout = {
  margin: { l: 8, r: 8, b: 8 },
};

function scene(titles: {
  x?: string | undefined;
  y?: string | undefined;
  z?: string | undefined;
}): PlotlyLayout {
  const axis = (title: string | undefined) => ({
    title: { text: title === undefined ? '' : sceneText(title) },
  });
  return {
    ...SPACE,
    scene: {
      xaxis: axis(titles.x),
      yaxis: axis(titles.y),
      zaxis: axis(titles.z),
      aspectmode: 'manual',
      aspectratio: { x: 1, y: 1, z: 0.75 },
      camera: { eye: { x: 1.55, y: -1.55, z: 1.03 } },
    },
  };
}

export interface SurfaceOptions extends ColorOptions, FigureOptions {
  /** The columns' positions. Default: their numbers. */
  x?: Numbers;
  /** The rows' positions. Default: their numbers. */
  y?: Numbers;
  xTitle?: string;
  yTitle?: string;
  zTitle?: string;
}

/**
 * Heights over a grid as a surface in space, which turns with the pointer: `surface(z, { x, y })`.
 * The static picture is drawn from the same side.
 * @param z R x C: a row for each y, a column for each x
 * @throws {TypeError} when z is no matrix of numbers
 * @throws {RangeError} when it is empty, its rows differ in length, or positions are more or fewer than it has
 */
export function surface(z: readonly Numbers[], options: SurfaceOptions = {}): Figure {
  const grid = readGrid('surface', z, options);
  return new Figure(
    {
      data: [
        {
          type: 'surface',
          ...grid,
          ...colorAttributes('surface', options, { low: 'cmin', middle: 'cmid', high: 'cmax' }),
        },
      ],
      layout: scene({ x: options.xTitle ?? 'x', y: options.yTitle ?? 'y', z: options.zTitle ?? 'z' }),
      alt: `Surface over a grid of ${grid.y.length} by ${grid.x.length}.`,
    },
    { height: 480, ...options },
  );
}

export interface Scatter3dOptions<R extends object> extends FigureOptions {
  /** Default: the first three columns that hold numbers. */
  x?: ColumnName<R>;
  y?: ColumnName<R>;
  z?: ColumnName<R>;
  /** The column that colours the points: numbers on a colour scale, anything else a colour for each value. */
  color?: ColumnName<R>;
  colorScale?: ColorScaleName;
}

/**
 * Points in space, which turns with the pointer: `scatter3d(rows, { x: 'a', y: 'b', z: 'c', color: 'kind' })`.
 * A row that lacks one of the three isn't drawn. The static picture is drawn from the same side.
 * @throws {TypeError} when x, y or z hold anything but numbers
 * @throws {RangeError} when the data is empty, columns differ in length, or one that is named isn't there
 */
export function scatter3d<R extends object>(data: TableData<R>, options: Scatter3dOptions<R> = {}): Figure {
  const frame = readData('scatter3d', data);
  const named = [options.x, options.y, options.z, options.color];
  const free = [...frame.columns.values()].filter(
    ({ kind, name }) => kind === 'number' && !named.includes(name as ColumnName<R>),
  );
  const sides = [options.x, options.y, options.z].map((name) =>
    name === undefined ? free.shift() : column('scatter3d', frame, name),
  );
  const [xColumn, yColumn, zColumn] = sides;
  if (!xColumn || !yColumn || !zColumn) {
    throw new TypeError('scatter3d: three columns of numbers are needed. Name them with { x, y, z }.');
  }
  const [xs, ys, zs] = [xColumn, yColumn, zColumn].map((own) => numbersOf('scatter3d', own)) as [
    number[],
    number[],
    number[],
  ];
  const color = options.color === undefined ? undefined : column('scatter3d', frame, options.color);
  const trace = (rows: readonly number[], marker: object, name?: string): PlotlyTrace => ({
    type: 'scatter3d',
    mode: 'markers',
    x: rows.map((row) => xs[row]),
    y: rows.map((row) => ys[row]),
    z: rows.map((row) => zs[row]),
    marker: { size: frame.length > 1000 ? 2.5 : 4, opacity: 0.85, line: { width: 0 }, ...marker },
    ...(name === undefined ? {} : { name: plotText(name) }),
  });
  const rows = Array.from({ length: frame.length }, (_, i) => i);
  const traces = !color
    ? [trace(rows, { color: seriesColor(0) })]
    : color.kind === 'number'
      ? [
          trace(rows, {
            color: numbersOf('scatter3d', color),
            colorscale: COLOR_SCALES[options.colorScale ?? 'viridis'],
            showscale: true,
            colorbar: { ...COLOR_BAR, title: { text: plotText(color.name), side: 'right' } },
          }),
        ]
      : [...groupRows(color)].map(([name, own], i) => trace(own, { color: seriesColor(i) }, name));
  return new Figure(
    {
      data: traces,
      layout: {
        ...scene({ x: xColumn.name, y: yColumn.name, z: zColumn.name }),
        showlegend: traces.length > 1,
        ...(color ? { legend: { title: { text: plotText(color.name) } } } : {}),
      },
      alt: `Points in space: ${xColumn.name}, ${yColumn.name} and ${zColumn.name} of ${frame.length} rows.`,
    },
    { height: 480, ...options },
  );
}
