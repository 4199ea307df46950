import { axes } from './axes.ts';
import { type ColorOptions, colorAttributes } from './color-axis.ts';
import { type Numbers, readMatrix, readNumbers } from './data.ts';
import { Figure, type FigureOptions } from './figure.ts';
import { COLOR_SCALES, colorAt } from './palettes.ts';
import { plotText, readable } from './text.ts';

export interface GridOptions extends ColorOptions, FigureOptions {
  xTitle?: string;
  yTitle?: string;
}

export interface HeatmapOptions extends GridOptions {
  /** The columns' names, or their positions. Default: their numbers. */
  x?: readonly string[] | Numbers;
  /** The rows' names, or their positions. Default: their numbers. */
  y?: readonly string[] | Numbers;
  /** Where row 0 is. Default: `'top'`, as a matrix is written. */
  firstRow?: 'top' | 'bottom';
  /** Whether cells are square. */
  square?: boolean;
  /** Whether each cell has its number written in it, or how it is written. Default: where there are at most 144 cells. */
  values?: boolean | ((value: number, row: number, column: number) => string);
}

const MOST_LABELLED = 144;

/**
 * A matrix as colours: `heatmap([[1, 0], [0, 1]], { x: ['a', 'b'], y: ['a', 'b'] })`. NaN, null and the infinities are gaps.
 * @param z R x C, rows of equal length
 * @throws {TypeError} when z is no matrix of numbers
 * @throws {RangeError} when it is empty, its rows differ in length, or names are more or fewer than it has
 */
export function heatmap(z: readonly Numbers[], options: HeatmapOptions = {}): Figure {
  const matrix = readMatrix('heatmap', 'z', z);
  const [rows, columns] = [matrix.length, matrix[0]!.length];
  const x = side('x', options.x, columns);
  const y = side('y', options.y, rows);
  const { values = rows * columns <= MOST_LABELLED, firstRow = 'top', square = false } = options;
  const write =
    typeof values === 'function' ? values : (value: number) => readable(Number(value.toPrecision(3)));
  const layout = axes(
    'heatmap',
    { title: undefined, kind: x.kind },
    { title: undefined, kind: y.kind },
    {
      ...(options.xTitle === undefined ? {} : { xTitle: options.xTitle }),
      ...(options.yTitle === undefined ? {} : { yTitle: options.yTitle }),
    },
  ) as { xaxis: object; yaxis: object };
  return new Figure(
    {
      data: [
        {
          type: 'heatmap',
          z: matrix,
          x: x.values,
          y: y.values,
          ...colorAttributes('heatmap', options),
          hoverongaps: false,
          hovertemplate: '%{y}, %{x}: %{z}<extra></extra>',
        },
      ],
      layout: {
        xaxis: { ...layout.xaxis, showgrid: false, ...(square ? { constrain: 'domain' } : {}) },
        yaxis: {
          ...layout.yaxis,
          showgrid: false,
          ...(firstRow === 'top' ? { autorange: 'reversed' } : {}),
          ...(square ? { scaleanchor: 'x', constrain: 'domain' } : {}),
        },
        ...(values === false ? {} : { annotations: cellLabels(matrix, x, y, write, options) }),
      },
      alt: `Heat map of ${rows} rows and ${columns} columns.`,
    },
    options,
  );
}

/** Dark on bright cells and bright on dark ones. */
function cellLabels(
  matrix: readonly number[][],
  x: Side,
  y: Side,
  write: (value: number, row: number, column: number) => string,
  { colorRange, center, colorScale }: ColorOptions,
): object[] {
  const all = matrix.flat().filter(Number.isFinite);
  let [low, high] = colorRange ?? [Math.min(...all), Math.max(...all)];
  if (center !== undefined && !colorRange) {
    const reach = Math.max(high - center, center - low);
    [low, high] = [center - reach, center + reach];
  }
  const scale = COLOR_SCALES[colorScale ?? (center === undefined ? 'viridis' : 'blue-orange')];
  return matrix.flatMap((row, i) =>
    row.flatMap((value, j) => {
      if (!Number.isFinite(value)) return [];
      const color = colorAt(scale, high === low ? 0.5 : (value - low) / (high - low));
      return {
        // Annotations take names that are numbers, as digits are, for positions.
        x: x.kind === 'category' ? j : x.values[j],
        y: y.kind === 'category' ? i : y.values[i],
        text: plotText(write(value, i, j)),
        showarrow: false,
        // Not the theme's: the cell's colour is the same on light and dark pages.
        font: { size: 11, color: isBright(color) ? '#111111' : '#fafafa' },
      };
    }),
  );
}

/** Whether black text is read better on `#rrggbb` than white: relative luminance of WCAG 2. */
export function isBright(color: string): boolean {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(color.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18;
}

interface Side {
  values: unknown[];
  kind: 'number' | 'category';
}

function side(name: string, given: readonly string[] | Numbers | undefined, length: number): Side {
  if (given === undefined) return { values: Array.from({ length }, (_, i) => i), kind: 'number' };
  if (given.length !== length) {
    throw new RangeError(`heatmap: ${name} has ${given.length} names or positions for ${length}.`);
  }
  if (typeof given[0] === 'number') return { values: readNumbers('heatmap', name, given), kind: 'number' };
  // Names that occur twice would share a place.
  const seen = new Map<string, number>();
  const values = Array.from(given as readonly string[], (own) => {
    const times = seen.get(own) ?? 0;
    seen.set(own, times + 1);
    return plotText(own) + '\u200b'.repeat(times);
  });
  return { values, kind: 'category' };
}

export interface ContourOptions extends GridOptions {
  /** The columns' positions. Default: their numbers. */
  x?: Numbers;
  /** The rows' positions. Default: their numbers. */
  y?: Numbers;
  /** How many levels there are about. Default: 12. */
  levels?: number;
}

/**
 * Lines of equal height over a grid, filled between: `contour(z, { x, y })`. NaN, null and the infinities are gaps.
 * @param z R x C: a row for each y, a column for each x
 * @throws as `heatmap` does
 */
export function contour(z: readonly Numbers[], options: ContourOptions = {}): Figure {
  const grid = readGrid('contour', z, options);
  const { levels = 12 } = options;
  if (!(levels >= 2 && levels <= 100))
    throw new RangeError(`contour: levels is from 2 to 100, not ${levels}.`);
  return new Figure(
    {
      data: [
        {
          type: 'contour',
          ...grid,
          ...colorAttributes('contour', options),
          ncontours: levels,
          line: { width: 0.6, color: 'rgba(255,255,255,0.6)' },
          hovertemplate: '%{x}, %{y}: %{z}<extra></extra>',
        },
      ],
      layout: axes(
        'contour',
        { title: undefined, kind: 'number' },
        { title: undefined, kind: 'number' },
        {
          ...(options.xTitle === undefined ? {} : { xTitle: options.xTitle }),
          ...(options.yTitle === undefined ? {} : { yTitle: options.yTitle }),
        },
      ),
      alt: `Contour plot over a grid of ${grid.y.length} by ${grid.x.length}.`,
    },
    options,
  );
}

/** Heights over a grid, checked. */
export function readGrid(
  what: string,
  z: unknown,
  { x, y }: { x?: Numbers; y?: Numbers },
): { x: number[]; y: number[]; z: number[][] } {
  const matrix = readMatrix(what, 'z', z);
  const position = (name: string, given: Numbers | undefined, length: number): number[] => {
    if (given === undefined) return Array.from({ length }, (_, i) => i);
    const numbers = readNumbers(what, name, given);
    if (numbers.length !== length) {
      throw new RangeError(`${what}: ${name} has ${numbers.length} positions for ${length}.`);
    }
    return numbers;
  };
  return { x: position('x', x, matrix[0]!.length), y: position('y', y, matrix.length), z: matrix };
}
