import { COLOR_BAR } from './color-axis.ts';
import {
  type Column,
  type ColumnName,
  column,
  groupRows,
  numbersOf,
  readData,
  type TableData,
} from './data.ts';
import { Figure, type FigureOptions } from './figure.ts';
import { COLOR_SCALES, type ColorScaleName, seriesColor } from './palettes.ts';
import { plotText } from './text.ts';

export interface ParallelCoordinatesOptions<R extends object> extends FigureOptions {
  /** The axes from left to right. Default: all columns. */
  columns?: readonly ColumnName<R>[];
  /** The column that colours the lines. */
  color?: ColumnName<R>;
  colorScale?: ColorScaleName;
}

/**
 * A line for each row, over an axis for each column: `parallelCoordinates(trials, { color: 'accuracy' })`. An axis takes
 * names as well as numbers. Where the figure is interactive, ranges chosen on axes leave only the lines that are in all.
 * @throws {RangeError} when the data is empty, columns differ in length, there are fewer than two, or one isn't there
 */
export function parallelCoordinates<R extends object>(
  data: TableData<R>,
  options: ParallelCoordinatesOptions<R> = {},
): Figure {
  const frame = readData('parallelCoordinates', data);
  const names = options.columns ?? [...frame.columns.keys()];
  const columns = names.map((name) => column('parallelCoordinates', frame, name));
  if (columns.length < 2) throw new RangeError('parallelCoordinates: at least two columns are needed.');
  const colors =
    options.color === undefined ? undefined : column('parallelCoordinates', frame, options.color);
  const numeric = colors?.kind === 'number';
  return new Figure(
    {
      data: [
        {
          type: 'parcoords',
          dimensions: columns.map(dimension),
          line: colors
            ? {
                color: coded(colors).codes,
                colorscale: COLOR_SCALES[options.colorScale ?? 'viridis'],
                showscale: numeric,
                ...(numeric
                  ? {
                      colorbar: {
                        ...COLOR_BAR,
                        x: 1.05,
                        title: { text: plotText(colors.name), side: 'right' },
                      },
                    }
                  : {}),
              }
            : { color: seriesColor(0) },
          labelfont: { size: 13 },
          tickfont: { size: 11 },
          rangefont: { size: 1, color: 'rgba(0,0,0,0)' },
        },
      ],
      layout: { margin: { t: options.title === undefined ? 48 : 84, l: 64, r: 64, b: 28 } },
      alt: `Parallel coordinates of ${frame.length} rows over ${names.join(', ')}.`,
    },
    options,
  );
}

function dimension(own: Column): object {
  const label = plotText(own.name);
  if (own.kind === 'number') return { label, values: numbersOf('parallelCoordinates', own) };
  const { codes, names } = coded(own);
  // Plotly writes these as they are, without reading tags or entities in them.
  return {
    label,
    values: codes,
    tickvals: names.map((_, i) => i),
    ticktext: names,
    range: [-0.1, names.length - 0.9],
  };
}

function coded(own: Column): { codes: number[]; names: string[] } {
  if (own.kind === 'number') return { codes: numbersOf('parallelCoordinates', own), names: [] };
  const groups = [...groupRows(own)];
  const codes = new Array<number>(own.values.length);
  for (const [code, [, rows]] of groups.entries()) for (const row of rows) codes[row] = code;
  return { codes, names: groups.map(([name]) => name) };
}
