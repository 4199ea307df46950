/** Which hyper-parameters matter, told from trials. */

import { listed } from '../axes.ts';
import { bandBetween } from '../band.ts';
import { type Column, column, named, numbersOf, readData, type TableData } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { smallMultiples } from '../small-multiples.ts';
import { plotText, shorten } from '../text.ts';
import { MUTED } from '../theme.ts';
import { type Dimension, growForest, type TreeVariance } from './functional-anova.ts';

export interface TrialOptions {
  /** The column of what the trials were measured by. Trials without a finite one are left out. */
  objective: string;
  /** The columns of the parameters. Default: all others. */
  parameters?: readonly string[];
  /** The parameters that were tried on a logarithmic scale. */
  log?: readonly string[];
  /** What each parameter was drawn from. Default: from its least to its greatest value. */
  ranges?: Readonly<Record<string, readonly [low: number, high: number]>>;
  /** Trees of the forest. Default: 64. */
  trees?: number;
  /** Of the random numbers. Default: 1. */
  seed?: number;
}

export interface ImportanceOptions extends TrialOptions, FigureOptions {
  /** Pairs of parameters whose interaction is drawn too, at most. Default: 3. */
  interactions?: number;
}

export interface MarginalOptions extends TrialOptions, FigureOptions {
  /** Parameters that are drawn at most, the most important ones. Default: 6. */
  most?: number;
}

/** A parameter, or the interaction of two of them beyond what each does alone. */
export interface Importance {
  parameters: readonly string[];
  /** The share of the variance that it accounts for: the mean over the trees. */
  importance: number;
  /** The standard deviation over the trees. */
  deviation: number;
}

interface Analysis {
  names: string[];
  columns: Column[];
  dimensions: Dimension[];
  /** From a parameter's value to that of its dimension, and back. */
  toNumber: ((unit: number) => number)[];
  categories: string[][];
  trees: TreeVariance[];
  /** The objective of each trial, and its mean and deviation, in which trees count. */
  target: Float64Array;
  mean: number;
  spread: number;
  trials: number;
  left: number;
}

const WHAT = 'hyperparameterImportance';
const LEAST_TRIALS = 4;

/**
 * The importance of each parameter and of each pair's interaction by functional ANOVA over a random forest of the trials
 * (https://proceedings.mlr.press/v32/hutter14.html), in descending order, parameters first. They sum to at most 1; what
 * is missing are interactions of three and more. Of parameters that hardly vary or few trials it tells little: look at
 * the deviations.
 * @throws {TypeError} when the objective or a parameter named in `log` or `ranges` isn't numeric
 * @throws {RangeError} when a column isn't there, a parameter is missing in a trial, fewer than 4 trials have a finite
 *   objective, or they all have the same
 */
export function hyperparameterImportances<R extends object>(
  trials: TableData<R>,
  options: TrialOptions,
): Importance[] {
  return importances(analyse(trials, options));
}

function importances({ names, trees }: Analysis): Importance[] {
  const measured = trees.filter(({ variance }) => variance > 0);
  const told = (parameters: string[], shares: number[]): Importance => {
    const importance = shares.reduce((a, b) => a + b, 0) / shares.length;
    const squares = shares.reduce((sum, own) => sum + (own - importance) ** 2, 0);
    return { parameters, importance, deviation: Math.sqrt(squares / shares.length) };
  };
  const alone = names.map((_, d) => measured.map((tree) => tree.marginalVariance([d]) / tree.variance));
  const pairs = names.flatMap((first, a) =>
    names.slice(a + 1).map((second, k) => {
      const b = a + 1 + k;
      const shares = measured.map((tree, t) =>
        Math.max(0, tree.marginalVariance([a, b]) / tree.variance - alone[a]![t]! - alone[b]![t]!),
      );
      return told([first, second], shares);
    }),
  );
  const byImportance = (a: Importance, b: Importance): number => b.importance - a.importance;
  return [...names.map((name, d) => told([name], alone[d]!)).sort(byImportance), ...pairs.sort(byImportance)];
}

function analyse<R extends object>(trials: TableData<R>, options: TrialOptions): Analysis {
  const { objective, log = [], ranges = {}, trees = 64, seed = 1 } = options ?? {};
  if (typeof objective !== 'string') {
    throw new TypeError(`${WHAT}: name the column of the measure with { objective }.`);
  }
  if (!(Number.isInteger(trees) && trees >= 1 && trees <= 10_000)) {
    throw new RangeError(`${WHAT}: trees has to be a whole number from 1 to 10,000, not ${trees}.`);
  }
  const frame = readData(WHAT, trials);
  const measure = numbersOf(WHAT, column(WHAT, frame, objective));
  const names = [
    ...(options.parameters ?? [...frame.columns.keys()].filter((name) => name !== objective)),
  ] as string[];
  if (names.length === 0) throw new RangeError(`${WHAT}: there is no parameter.`);
  for (const name of [...log, ...Object.keys(ranges)]) {
    if (!names.includes(name)) throw new RangeError(`${WHAT}: ${named(name)} is no parameter.`);
  }
  const rows = measure.flatMap((value, i) => (Number.isFinite(value) ? [i] : []));
  if (rows.length < LEAST_TRIALS) {
    throw new RangeError(
      `${WHAT}: ${rows.length} trials have a finite "${objective}"; at least ${LEAST_TRIALS} are needed.`,
    );
  }
  const target = Float64Array.from(rows, (i) => measure[i]!);
  if (target.every((value) => value === target[0])) {
    throw new RangeError(`${WHAT}: all trials have the same "${objective}": nothing makes a difference.`);
  }
  const columns = names.map((name): Column => {
    const own = column(WHAT, frame, name);
    const values = rows.map((i) => own.values[i]);
    const missing = values.findIndex(
      (value) =>
        value === null || value === undefined || (own.kind === 'number' && !Number.isFinite(Number(value))),
    );
    if (missing >= 0) {
      throw new RangeError(
        `${WHAT}: parameter "${name}" is missing in trial ${rows[missing]}. Leave it out with { parameters }, or give it a value.`,
      );
    }
    return { ...own, values };
  });
  const read = columns.map((own) => readDimension(own, log.includes(own.name), ranges[own.name]));
  // Numbers of one size: sums of squares of large, close ones would lose their difference.
  const mean = target.reduce((a, b) => a + b, 0) / target.length;
  const spread = Math.sqrt(target.reduce((sum, v) => sum + (v - mean) ** 2, 0) / target.length);
  const dimensions = read.map(({ dimension }) => dimension);
  const forest = growForest(
    dimensions,
    target.map((value) => (value - mean) / spread),
    trees,
    seed,
  );
  if (!forest.some(({ variance }) => variance > 0)) {
    throw new RangeError(`${WHAT}: no parameter differs between the trials.`);
  }
  return {
    names,
    columns,
    dimensions,
    toNumber: read.map(({ toNumber }) => toNumber),
    categories: read.map(({ categories }) => categories),
    trees: forest,
    target,
    mean,
    spread,
    trials: rows.length,
    left: measure.length - rows.length,
  };
}

function readDimension(
  own: Column,
  log: boolean,
  range: readonly [number, number] | undefined,
): { dimension: Dimension; toNumber: (unit: number) => number; categories: string[] } {
  const { name, values } = own;
  if (own.kind !== 'number') {
    if (log || range)
      throw new TypeError(`${WHAT}: parameter "${name}" has to hold numbers for a scale or range.`);
    const texts = values.map(String);
    const categories = [...new Set(texts)].sort();
    const places = Float64Array.from(texts, (text) => categories.indexOf(text));
    return { dimension: { values: places, categories: categories.length }, toNumber: Number, categories };
  }
  const numbers = values.map(Number);
  const [least, greatest] = range ?? [Math.min(...numbers), Math.max(...numbers)];
  const outside = numbers.find((value) => value < least || value > greatest);
  if (!(least <= greatest) || outside !== undefined) {
    throw new RangeError(
      `${WHAT}: the range of "${name}" is [${least}, ${greatest}]${outside === undefined ? '' : `, and a trial has ${outside}`}.`,
    );
  }
  if (log && !(least > 0)) {
    throw new RangeError(
      `${WHAT}: parameter "${name}" holds ${least}; a logarithmic scale needs numbers above 0.`,
    );
  }
  const [low, high] = log ? [Math.log(least), Math.log(greatest)] : [least, greatest];
  const width = high - low || 1;
  const units = Float64Array.from(numbers, (value) => ((log ? Math.log(value) : value) - low) / width);
  const toNumber = (unit: number): number => {
    const at = low + unit * width;
    return log ? Math.exp(at) : at;
  };
  return { dimension: { values: units, categories: 0 }, toNumber, categories: [] };
}

/**
 * How much of the objective's variance each hyper-parameter accounts for, by functional ANOVA over a random forest of
 * the trials, with one standard deviation over its trees; in grey the pairs that act together beyond that:
 * `hyperparameterImportance(trials, { objective: 'accuracy', log: ['rate'] })`.
 * @throws as `hyperparameterImportances` does
 */
export function hyperparameterImportance<R extends object>(
  trials: TableData<R>,
  options: ImportanceOptions,
): Figure {
  const analysis = analyse(trials, options);
  const { interactions = 3 } = options;
  if (!(Number.isInteger(interactions) && interactions >= 0)) {
    throw new RangeError(`${WHAT}: interactions has to be a whole number from 0, not ${interactions}.`);
  }
  const all = importances(analysis);
  const alone = all.filter(({ parameters }) => parameters.length === 1);
  const pairs = all.filter(({ parameters, importance }) => parameters.length === 2 && importance >= 0.005);
  const shown = [...alone, ...pairs.slice(0, interactions)];
  const labels = shown.map(
    ({ parameters }, i) => plotText(shorten(parameters.join(' × '), 40)) + '\u200b'.repeat(i),
  );
  return new Figure(
    {
      data: [
        {
          type: 'bar',
          orientation: 'h',
          x: shown.map(({ importance }) => importance),
          y: labels,
          marker: {
            color: shown.map(({ parameters }) => (parameters.length === 1 ? seriesColor(0) : MUTED)),
          },
          error_x: {
            type: 'data',
            symmetric: false,
            array: shown.map(({ deviation }) => deviation),
            arrayminus: shown.map(({ importance, deviation }) => Math.min(importance, deviation)),
            color: MUTED,
            thickness: 1.2,
            width: 3,
          },
          hovertemplate: '%{y}: %{x:.1%} of the variance<extra></extra>',
        },
      ],
      layout: {
        xaxis: {
          title: { text: `share of the variance of ${plotText(options.objective)}` },
          tickformat: ',.0%',
          rangemode: 'tozero',
          showgrid: true,
        },
        yaxis: { type: 'category', autorange: 'reversed', showgrid: false },
        bargap: 0.3,
        showlegend: false,
      },
      alt: `Importance of ${alone.length} hyper-parameters for ${options.objective}, from ${toldTrials(analysis)}: ${listed(
        alone.map(({ parameters, importance }) => `${parameters[0]} ${(100 * importance).toFixed(0)}%`),
      )}.`,
    },
    { height: Math.max(200, 110 + 32 * shown.length), ...options },
  );
}

function toldTrials({ trials, left }: Analysis): string {
  return `${trials} trials${left > 0 ? ` (${left} without a result left out)` : ''}`;
}

/** Points along a curve. */
const GRID = 41;

/**
 * What the objective is on average at each value of a hyper-parameter, all others varied over their whole ranges, as the
 * forest of `hyperparameterImportance` sees it, with one standard deviation over its trees; the dots are the trials. The
 * most important parameter comes first.
 * @throws as `hyperparameterImportances` does
 */
export function hyperparameterMarginals<R extends object>(
  trials: TableData<R>,
  options: MarginalOptions,
): Figure {
  const { most = 6 } = options;
  if (!(Number.isInteger(most) && most >= 1)) {
    throw new RangeError(`${WHAT}: most has to be a whole number above 0, not ${most}.`);
  }
  const analysis = analyse(trials, options);
  const ranked = importances(analysis)
    .filter(({ parameters }) => parameters.length === 1)
    .slice(0, most)
    .map(({ parameters }) => analysis.names.indexOf(parameters[0]!));
  const plots = ranked.map((d) => marginalPlot(analysis, d, options));
  const columns = Math.min(plots.length, 3);
  const rows = Math.ceil(plots.length / columns);
  const drawn = smallMultiples(plots, {
    columns,
    share: 'y',
    height: rows === 1 ? 320 : 90 + 230 * rows,
    ...options,
  });
  const { data, layout, width, height, theme } = drawn;
  const alt = `Mean ${options.objective} by ${listed(ranked.map((d) => analysis.names[d]!))}, from ${toldTrials(analysis)}.`;
  const { title: _, ...untitled } = options;
  return new Figure(
    { data, layout, alt: options.title === undefined ? alt : `${options.title}. ${alt}` },
    { ...untitled, width, height, theme },
  );
}

function marginalPlot(analysis: Analysis, d: number, { log, objective }: MarginalOptions): Figure {
  const { columns, dimensions, trees, mean, spread, target } = analysis;
  const { name, values } = columns[d]!;
  const names = analysis.categories[d]!;
  const isCategory = dimensions[d]!.categories > 0;
  const at = isCategory ? names.map((_, i) => i) : Array.from({ length: GRID }, (_, i) => i / (GRID - 1));
  const x = isCategory ? names.map(plotText) : at.map(analysis.toNumber[d]!);
  const level = at.map((place) => {
    const own = trees.map((tree) => mean + spread * tree.marginal(d, place));
    const center = own.reduce((a, b) => a + b, 0) / own.length;
    return { center, deviation: Math.sqrt(own.reduce((sum, v) => sum + (v - center) ** 2, 0) / own.length) };
  });
  const color = seriesColor(0);
  const y = level.map(({ center }) => center);
  const dots: PlotlyTrace = {
    type: 'scatter',
    mode: 'markers',
    x: isCategory ? values.map(plotText) : values.map(Number),
    y: [...target],
    marker: { color: MUTED, size: 4, opacity: 0.45 },
    hoverinfo: 'skip',
  };
  const curve: PlotlyTrace[] = isCategory
    ? [
        {
          type: 'scatter',
          mode: 'markers',
          x,
          y,
          marker: { color, size: 9 },
          error_y: { type: 'data', array: level.map(({ deviation }) => deviation), color, thickness: 1.6 },
          hovertemplate: '%{x}: %{y:.4~g}<extra></extra>',
        },
      ]
    : [
        ...bandBetween(
          x,
          level.map(({ center, deviation }) => center - deviation),
          level.map(({ center, deviation }) => center + deviation),
          color,
        ),
        {
          type: 'scatter',
          mode: 'lines',
          x,
          y,
          line: { color, width: 2 },
          hovertemplate: '%{x:.4~g}: %{y:.4~g}<extra></extra>',
        },
      ];
  return new Figure({
    data: [dots, ...curve],
    layout: {
      xaxis: {
        title: { text: plotText(name) },
        type: isCategory ? 'category' : log?.includes(name) ? 'log' : 'linear',
        ...(log?.includes(name)
          ? { dtick: (x.at(-1) as number) / (x[0] as number) > 1e3 ? 2 : 1, exponentformat: 'power' }
          : {}),
      },
      yaxis: { title: { text: plotText(objective) } },
      showlegend: false,
    },
    alt: `Mean ${objective} by ${name}.`,
  });
}
