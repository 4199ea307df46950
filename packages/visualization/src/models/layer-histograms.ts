/** How a network's numbers are distributed, by layer. */
import { isList, named } from '../data.ts';
import type { Figure, FigureOptions } from '../figure.ts';
import { seriesColor } from '../palettes.ts';
import { smallMultiples } from '../small-multiples.ts';
import { readable } from '../text.ts';
import { type Statistics, statistics } from '../values/statistics.ts';
import { binned, type Ridge, ridgeline, stepColor } from './ridges.ts';
import { type ArrayInput, readArray, type Shaped } from './tensor-input.ts';

/** Arrays of any shape, by layer. */
export type Layers = Readonly<Record<string, ArrayInput>>;

export interface LayersAtStep {
  readonly step: number;
  readonly layers: Layers;
}

export interface LayerHistogramOptions extends FigureOptions {
  /** Default: 60. */
  bins?: number;
  /** What the x axis shows. Default: all values, but at most 5 deviations from a layer's mean. */
  range?: readonly [number, number];
  /** Of histograms over time: plots in a row. Default: as many as there are layers, at most 3. */
  columns?: number;
}

const RANKS = Array.from({ length: 9 }, (_, i) => i);
/** Of more steps these many are shown, evenly spread. */
const MOST_STEPS = 24;

/**
 * Weights by layer, a distribution above the other, each as high as its own peak; beside each its mean and deviation,
 * how much of it is exactly 0 (which isn't part of the curve), and what isn't finite. Given several steps, a plot for each layer and a distribution for
 * each step, as TensorBoard has them.
 * @param layers arrays by name, or `[{ step, layers }, …]`
 * @throws {TypeError} when something is no array
 * @throws {RangeError} when there is no layer, one is empty, or steps don't have the same layers
 */
export function weightHistograms(
  layers: Layers | readonly LayersAtStep[],
  options: LayerHistogramOptions = {},
): Figure {
  return histograms('weightHistograms', layers, options, zerosOf, 'weight');
}

/**
 * Activations by layer, as `weightHistograms` shows weights, with the share of dead units: those along the last axis
 * that are 0 for every input (the rest of the axes).
 * @param layers arrays by name, (N, …, units), or `[{ step, layers }, …]`
 * @throws as `weightHistograms` does
 */
export function activationHistograms(
  layers: Layers | readonly LayersAtStep[],
  options: LayerHistogramOptions = {},
): Figure {
  return histograms('activationHistograms', layers, options, deadOf, 'activation');
}

function histograms(
  what: string,
  layers: Layers | readonly LayersAtStep[],
  options: LayerHistogramOptions,
  zeros: (read: Shaped) => string | undefined,
  title: string,
): Figure {
  const { bins = 60, range } = options;
  if (!(Number.isInteger(bins) && bins >= 2 && bins <= 1000)) {
    throw new RangeError(`${what}: bins has to be a whole number from 2 to 1,000, not ${bins}.`);
  }
  if (range && !(range[0] < range[1])) throw new RangeError(`${what}: range has to be [low, high].`);
  const make = (rows: readonly Row[], color: (i: number) => string, isBrief: boolean): Ridge[] => {
    const shown = range ?? rangeOf(rows);
    return rows.map((row, i) => ({
      label: row.label,
      ...binned(
        row.read.data.filter((value) => value !== 0),
        shown,
        bins,
      ),
      color: color(i),
      ...noteOf(row, zeros, isBrief),
    }));
  };
  if (!isList(layers)) {
    const rows = Object.entries(read(what, layers as Layers)).map(([label, array]) => rowOf(label, array));
    return ridgeline(
      make(rows, () => seriesColor(0), false),
      {
        xTitle: title,
        notes: 'beside',
        alt: `Distributions of ${title}s in ${rows.length} layers.${badOf(rows)}`,
      },
      { height: Math.max(260, 110 + 38 * rows.length), ...options },
    );
  }
  const steps = Array.from(layers as readonly LayersAtStep[]);
  if (steps.length === 0) throw new RangeError(`${what}: there is no step.`);
  const kept = spread(steps, MOST_STEPS);
  const all = kept.map((own, i) => {
    if (typeof own?.step !== 'number') {
      throw new TypeError(`${what}: entry ${i} has to be { step, layers }, not ${named(own)}.`);
    }
    return { label: readable(own.step), arrays: read(what, own.layers) };
  });
  const names = Object.keys(all[0]!.arrays);
  const plots = names.map((name) => {
    const rows = all.map(({ label, arrays }) => {
      if (!(name in arrays)) throw new RangeError(`${what}: step ${label} has no layer ${named(name)}.`);
      return rowOf(label, arrays[name]!);
    });
    const color = (i: number): string => stepColor(i, rows.length);
    const figure = ridgeline(make(rows, color, true), {
      xTitle: title,
      yTitle: 'step',
      labels: 6,
      alt: `${title}s at ${rows.length} steps.${badOf(rows)}`,
    });
    return [name, figure] as const;
  });
  return smallMultiples(Object.fromEntries(plots), options);
}

/** At most `most` of a list, evenly spread, both ends among them. */
export function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))]!);
}

interface Row {
  label: string;
  read: Shaped;
  stats: Statistics;
}

const rowOf = (label: string, array: Shaped): Row => ({
  label,
  read: array,
  stats: statistics(array.data),
});

function read(what: string, layers: Layers): Record<string, Shaped> {
  if (typeof layers !== 'object' || layers === null) {
    throw new TypeError(`${what}: layers have to be an object of arrays by name, not ${named(layers)}.`);
  }
  const entries = Object.entries(layers);
  if (entries.length === 0) throw new RangeError(`${what}: there is no layer.`);
  return Object.fromEntries(
    entries.map(([name, array]) => [name, readArray(what, named(name), array, RANKS)]),
  );
}

/** Of all rows together, without what is far from its own row's mean. */
function rangeOf(rows: readonly Row[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { stats } of rows) {
    if (Number.isNaN(stats.mean)) continue;
    low = Math.min(low, Math.max(stats.least, stats.mean - 5 * stats.deviation));
    high = Math.max(high, Math.min(stats.greatest, stats.mean + 5 * stats.deviation));
  }
  if (low > high) return [-1, 1];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function noteOf(
  { read: array, stats }: Row,
  zeros: (read: Shaped) => string | undefined,
  isBrief: boolean,
): { note?: string; isBad: boolean } {
  const middle = isBrief || Number.isNaN(stats.mean) ? [] : [centre(stats)];
  const parts = [
    isBrief ? undefined : zeros(array),
    stats.nan > 0 ? `${readable(stats.nan)} NaN` : undefined,
    stats.infinite > 0 ? `${readable(stats.infinite)} infinite` : undefined,
  ].filter((part) => part !== undefined);
  const isBad = stats.nan + stats.infinite > 0;
  const lines = [...middle, ...(parts.length === 0 ? [] : [parts.join(', ')])];
  return lines.length === 0 ? { isBad } : { note: lines.join('\n'), isBad };
}

/** The mean to as many decimals as the deviation has. */
function centre({ mean, deviation }: Statistics): string {
  const short = (value: number): string => readable(Number(value.toPrecision(2)));
  const decimals = deviation > 0 ? Math.max(0, 1 - Math.floor(Math.log10(deviation))) : 0;
  return `${deviation > 0 ? readable(Number(mean.toFixed(Math.min(100, decimals)))) : short(mean)} ± ${short(deviation)}`;
}

function badOf(rows: readonly Row[]): string {
  const bad = rows.filter(({ stats }) => stats.nan + stats.infinite > 0).map(({ label }) => label);
  return bad.length === 0 ? '' : ` Not all finite: ${bad.slice(0, 5).join(', ')}.`;
}

const percent = (share: number): string =>
  share > 0 && share < 0.001 ? '<0.1%' : `${Number((100 * share).toFixed(1))}%`;

function zerosOf({ data }: Shaped): string | undefined {
  const zeros = data.reduce((count, value) => count + Number(value === 0), 0);
  return zeros === 0 ? undefined : `${percent(zeros / data.length)} zero`;
}

function deadOf(array: Shaped): string | undefined {
  const { shape, data } = array;
  const zeros = zerosOf(array);
  if (shape.length < 2 || zeros === undefined) return zeros;
  const units = shape.at(-1)!;
  const alive = new Uint8Array(units);
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) alive[i % units] = 1;
  const dead = units - alive.reduce((a, b) => a + b, 0);
  return dead === 0 ? zeros : `${zeros}, ${percent(dead / units)} of units dead`;
}
