/** How the loss changes around a network's parameters. */
import { colorAttributes } from '../color-axis.ts';
import { isList, type Numbers, named, readNumbers } from '../data.ts';
import { principalComponents } from '../embeddings/pca.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { contour, readGrid } from '../heatmap.ts';
import { mulberry32 } from '../random.ts';
import { readable } from '../text.ts';
import { surface } from '../three-d.ts';
import { type ArrayInput, readArray } from './tensor-input.ts';

/** Parameters one after the other, in the order of their names in the record. */
export type Direction = Float64Array;

export interface LossPlane {
  /** Coordinates along the first and the second direction. */
  x: number[];
  y: number[];
  /** A row for each y, a column for each x. */
  losses: number[][];
}

const RANKS = Array.from({ length: 9 }, (_, i) => i);

/**
 * Two random directions, each filter scaled to the length of the parameters' own filter, so that landscapes of different
 * networks can be compared: Li et al., "Visualizing the Loss Landscape of Neural Nets", 2018, § 4
 * (https://arxiv.org/abs/1712.09913). Parameters of rank 1 and below (biases, norms) stay as they are, as there.
 * @param parameters arrays by name
 * @param options.filterAxis where a filter's number is: `'last'` (TensorFlow.js: (in, out), (h, w, in, out)) by default, or
 *   `'first'` (PyTorch)
 * @param options.seed of the random numbers. Default: 1.
 */
export function filterNormalizedDirections(
  parameters: Readonly<Record<string, ArrayInput>>,
  options: { seed?: number; filterAxis?: 'first' | 'last' } = {},
): [Direction, Direction] {
  const what = 'filterNormalizedDirections';
  const { seed = 1, filterAxis = 'last' } = options;
  if (filterAxis !== 'first' && filterAxis !== 'last') {
    throw new TypeError(`${what}: filterAxis is 'first' or 'last', not ${named(filterAxis)}.`);
  }
  const arrays = Object.entries(parameters).map(([name, array]) =>
    readArray(what, named(name), array, RANKS),
  );
  if (arrays.length === 0) throw new RangeError(`${what}: there are no parameters.`);
  const random = mulberry32(seed);
  // Box and Muller's transform, 1958.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const make = (): Direction => {
    const out = new Float64Array(arrays.reduce((sum, { data }) => sum + data.length, 0));
    let start = 0;
    for (const { shape, data } of arrays) {
      if (shape.length > 1) {
        const filters = filterAxis === 'last' ? shape.at(-1)! : shape[0]!;
        const filterOf = (i: number): number =>
          filterAxis === 'last' ? i % filters : Math.floor((i * filters) / data.length);
        const [own, drawn] = [new Float64Array(filters), new Float64Array(filters)];
        for (let i = 0; i < data.length; i++) {
          out[start + i] = normal();
          own[filterOf(i)]! += data[i]! ** 2;
          drawn[filterOf(i)]! += out[start + i]! ** 2;
        }
        for (let i = 0; i < data.length; i++) {
          out[start + i]! *= Math.sqrt(own[filterOf(i)]! / drawn[filterOf(i)]!);
        }
      }
      start += data.length;
    }
    return out;
  };
  return [make(), make()];
}

export interface PathDirections {
  directions: [Direction, Direction];
  /** Where each of the points is, seen from the last one. */
  path: { x: number[]; y: number[] };
  /** How much of the path's variance each direction has. */
  varianceRatio: number[];
}

/**
 * The two directions in which training moved most: principal components of the differences to the last point (Li et al.,
 * 2018, § 7), of length 1, and the path in them.
 * @param trajectory (N, P): the parameters at N moments, the last one last, N at least 3
 * @throws as `principalComponents` does
 */
export function pathDirections(trajectory: ArrayInput): PathDirections {
  const { shape, data } = readArray('pathDirections', 'the trajectory', trajectory, [2]);
  const [count, size] = shape as [number, number];
  const { components, varianceRatio } = principalComponents(trajectory, 2);
  const directions = components.map((component) => Float64Array.from(component)) as [Direction, Direction];
  const last = data.subarray((count - 1) * size);
  const along = (direction: Direction): number[] =>
    Array.from({ length: count }, (_, n) =>
      direction.reduce((sum, d, i) => sum + d * (data[n * size + i]! - last[i]!), 0),
    );
  return { directions, path: { x: along(directions[0]), y: along(directions[1]) }, varianceRatio };
}

export interface LossPlaneOptions {
  /** The least and the greatest coordinate along each direction. Default: -1 to 1. */
  xRange?: readonly [number, number];
  yRange?: readonly [number, number];
  /** Points along each direction. Default: 21. */
  points?: number;
}

/**
 * The loss at center + x · first + y · second over a grid; `loss` is called points² times, one after the other, with a
 * vector that is overwritten by the next call.
 * @param center P numbers
 * @throws {RangeError} when lengths differ or there are not 2 to 500 points
 */
export async function lossPlane(
  loss: (parameters: Float64Array) => number | Promise<number>,
  center: Numbers,
  [first, second]: readonly [Numbers, Numbers],
  { xRange = [-1, 1], yRange = [-1, 1], points = 21 }: LossPlaneOptions = {},
): Promise<LossPlane> {
  const what = 'lossPlane';
  const [c, d, e] = [
    readNumbers(what, 'the center', center),
    readNumbers(what, 'the first direction', first),
    readNumbers(what, 'the second direction', second),
  ] as const;
  if (d.length !== c.length || e.length !== c.length) {
    throw new RangeError(
      `${what}: the center has ${c.length} numbers, and the directions ${d.length} and ${e.length}.`,
    );
  }
  if (!(Number.isInteger(points) && points >= 2 && points <= 500)) {
    throw new RangeError(`${what}: points has to be a whole number from 2 to 500, not ${points}.`);
  }
  const along = ([low, high]: readonly [number, number]): number[] =>
    Array.from({ length: points }, (_, i) => low + (i * (high - low)) / (points - 1));
  const [x, y] = [along(xRange), along(yRange)];
  const at = new Float64Array(c.length);
  const losses: number[][] = [];
  for (const b of y) {
    const row: number[] = [];
    for (const a of x) {
      for (let i = 0; i < at.length; i++) at[i] = c[i]! + a * d[i]! + b * e[i]!;
      row.push(await loss(at));
    }
    losses.push(row);
  }
  return { x, y, losses };
}

export interface LossLandscapeOptions extends FigureOptions {
  /** Default: `'contour'`. */
  kind?: 'contour' | 'surface';
  /** The way that training took, in the coordinates of the plane; the last point is marked. Of a contour plot only. */
  path?: { readonly x: Numbers; readonly y: Numbers };
  /** Whether colours, or heights, are of the logarithm. */
  log?: boolean;
}

/**
 * The loss over a plane of parameters, as lines of equal loss or as a surface:
 * `lossLandscape(await lossPlane(loss, center, directions), { path })`.
 * @throws as `contour` does, and when the path's coordinates differ in number
 */
export function lossLandscape(plane: LossPlane, options: LossLandscapeOptions = {}): Figure {
  const what = 'lossLandscape';
  const { kind = 'contour', path, log = false } = options;
  if (kind !== 'contour' && kind !== 'surface') {
    throw new TypeError(`${what}: kind is 'contour' or 'surface', not ${named(kind)}.`);
  }
  const { x, y, z } = readGrid(what, plane?.losses, plane);
  const heights = log ? z.map((row) => row.map((loss) => (loss > 0 ? Math.log10(loss) : Number.NaN))) : z;
  const titles = { x, y, xTitle: 'first direction', yTitle: 'second direction' };
  const valueTitle = log ? 'log₁₀ loss' : 'loss';
  const finite = z.flat().filter(Number.isFinite);
  const alt = `Loss over a plane of parameters, ${readable(Math.min(...finite))} to ${readable(Math.max(...finite))}.`;
  if (kind === 'surface') {
    const { data, layout } = surface(heights, { ...titles, valueTitle, zTitle: valueTitle });
    const { margin: _, height: __, ...own } = layout;
    return new Figure(
      { data, layout: { ...own, margin: { l: 8, r: 8, b: 8 } }, alt },
      { height: 480, ...options },
    );
  }
  const { data, layout } = contour(heights, { ...titles, valueTitle, levels: 20 });
  const way = path === undefined ? [] : pathTraces(what, path);
  const { margin: _, height: __, ...own } = layout;
  return new Figure(
    {
      data: [{ ...data[0]!, ...colorAttributes(what, { valueTitle }) }, ...way],
      layout: { ...own, showlegend: false },
      alt: path === undefined ? alt : `${alt} With the path of training, ${path.x.length} points.`,
    },
    { height: 460, ...options },
  );
}

/** On the colours of the plane, which are the same on light and on dark pages: no colours that dark ones replace. */
const WHITE = 'rgb(255,255,255)';
const BLACK = 'rgb(31,41,51)';

function pathTraces(what: string, path: { x: Numbers; y: Numbers }): Figure['data'] {
  if (!isList(path.x) || !isList(path.y) || path.x.length !== path.y.length) {
    throw new RangeError(`${what}: the path has to be { x, y }, two arrays of one length.`);
  }
  const [x, y] = [readNumbers(what, 'x of the path', path.x), readNumbers(what, 'y of the path', path.y)];
  return [
    {
      type: 'scatter',
      mode: 'lines+markers',
      x,
      y,
      line: { color: WHITE, width: 2 },
      marker: { size: 5, color: WHITE, line: { width: 1, color: BLACK } },
      name: 'path',
      hovertemplate: 'point %{pointNumber}<extra></extra>',
    },
    {
      type: 'scatter',
      mode: 'markers',
      x: [x.at(-1)!],
      y: [y.at(-1)!],
      marker: { size: 13, symbol: 'star', color: '#d55e00', line: { width: 1, color: WHITE } },
      name: 'end',
      hovertemplate: 'end<extra></extra>',
    },
  ];
}
