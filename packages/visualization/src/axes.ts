/** Axes of plots with an x and a y axis. */
import type { ColumnKind } from './data.ts';
import type { PlotlyLayout } from './plotly.ts';
import { plotText } from './text.ts';

export interface AxisOptions {
  /** Default: the column's name. */
  xTitle?: string;
  yTitle?: string;
  /** Which axes are logarithmic: `'x'`, `'y'` or `'xy'`. Values of 0 and below are gaps there. */
  log?: 'x' | 'y' | 'xy';
  /** What the axis shows at first: `[low, high]`. */
  xRange?: readonly [number, number];
  yRange?: readonly [number, number];
}

const TYPES = { number: 'linear', time: 'date', category: 'category' } as const;

/**
 * `xaxis` and `yaxis` of a layout.
 * @throws {RangeError} when a range isn't two numbers in order, or a logarithmic one isn't positive
 */
export function axes(
  what: string,
  x: { title: string | undefined; kind: ColumnKind },
  y: { title: string | undefined; kind: ColumnKind },
  options: AxisOptions,
): PlotlyLayout {
  const axis = (
    side: 'x' | 'y',
    { title, kind }: typeof x,
    given: string | undefined,
    range: readonly [number, number] | undefined,
  ): object => {
    const log = options.log?.includes(side) ?? false;
    if (log && kind !== 'number') throw new TypeError(`${what}: a logarithmic ${side} axis needs numbers.`);
    if (range && !(range[0] < range[1] && (!log || range[0] > 0))) {
      throw new RangeError(`${what}: ${side}Range has to be [low, high]${log ? ', both above 0' : ''}.`);
    }
    const shown = given ?? title;
    return {
      type: log ? 'log' : TYPES[kind],
      ...(shown === undefined ? {} : { title: { text: plotText(shown) } }),
      ...(range ? { range: log ? range.map(Math.log10) : range } : {}),
      ...(log
        ? { dtick: 1, exponentformat: 'power', minor: { ticks: 'outside', ticklen: 2, showgrid: false } }
        : {}),
    };
  };
  return {
    xaxis: axis('x', x, options.xTitle, options.xRange),
    yaxis: axis('y', y, options.yTitle, options.yRange),
  };
}

/** A list as people write it: `a, b and c`; of a long one the beginning. */
export function listed(names: readonly string[], most = 5): string {
  const shown =
    names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
