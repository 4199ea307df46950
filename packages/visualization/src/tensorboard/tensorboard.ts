import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { smallMultiples } from '../small-multiples.ts';
import { plotText } from '../text.ts';
import { smooth } from '../training/smoothing.ts';
import { readRuns, type TagSeries } from './reader.ts';

export interface TensorBoardOptions extends FigureOptions {
  /** The tags that are shown. Default: all that are scalars. */
  tags?: readonly string[];
  /** The runs that are shown. Default: all. */
  runs?: readonly string[];
  /** From 0 to below 1. Default: 0.6, as in TensorBoard; what the curves were is shown faintly. */
  smoothing?: number;
  /** What the x axis is. Default: `'step'`. */
  x?: 'step' | 'seconds';
  /** The tags on a logarithmic axis. */
  log?: readonly string[];
}

/** Points of a curve; of more, each of so many even pieces gives its least and its greatest. */
const MOST_POINTS = 1000;

/**
 * The scalars below a log folder, a plot for each tag and a curve for each run, without TensorBoard:
 * `tensorboard('runs', { smoothing: 0 })`. `readRuns` gives the numbers themselves.
 * @throws {Error} when the folder isn't there or a file in it is damaged
 * @throws {RangeError} when there is no scalar, or a tag or run isn't there
 */
export function tensorboard(logdir: string, options: TensorBoardOptions = {}): Figure {
  const { smoothing = 0.6, x = 'step', log = [] } = options;
  const all = readRuns(logdir).filter(({ scalars }) => scalars.size > 0);
  for (const name of options.runs ?? []) {
    if (!all.some((run) => run.name === name)) {
      throw new RangeError(
        `tensorboard: ${logdir} has no run "${name}". It has ${quoted(all.map((run) => run.name))}.`,
      );
    }
  }
  const runs = options.runs ? all.filter(({ name }) => options.runs!.includes(name)) : all;
  const known = [...new Set(runs.flatMap(({ scalars }) => [...scalars.keys()]))].sort();
  if (known.length === 0) throw new RangeError(`tensorboard: there are no scalars below ${logdir}.`);
  const plots = (options.tags ?? known).map((tag) => {
    if (!known.includes(tag)) {
      throw new RangeError(`tensorboard: ${logdir} has no scalar "${tag}". It has ${quoted(known)}.`);
    }
    const data = runs.flatMap(({ name, scalars }, i): PlotlyTrace[] => {
      const series = scalars.get(tag);
      if (!series) return [];
      const start = series.wallTimes[0]!;
      const xs = x === 'step' ? series.steps : series.wallTimes.map((time) => time - start);
      const color = seriesColor(i);
      const base = {
        type: 'scatter',
        mode: series.values.length === 1 ? 'markers' : 'lines',
        name: plotText(name),
      };
      const line = {
        ...base,
        ...reduced(xs, smooth(series.values, smoothing)),
        line: { color, width: 2 },
        marker: { color },
      };
      return smoothing === 0
        ? [line]
        : [
            {
              ...base,
              ...reduced(xs, series.values),
              line: { color, width: 1 },
              marker: { color },
              opacity: 0.25,
              showlegend: false,
              hoverinfo: 'skip',
            },
            line,
          ];
    });
    const figure = new Figure({
      data,
      layout: {
        xaxis: { title: { text: x === 'step' ? 'step' : 'seconds' } },
        yaxis: { type: log.includes(tag) ? 'log' : 'linear' },
        showlegend: true,
        hovermode: 'x unified',
      },
      alt: `${tag} of ${data.length} runs.`,
    });
    return [tag, figure] as const;
  });
  const columns = plots.length === 1 ? 1 : 2;
  const rows = Math.ceil(plots.length / columns);
  return smallMultiples(Object.fromEntries(plots), {
    columns,
    height: rows === 1 ? 360 : 90 + 230 * rows,
    ...options,
  });
}

/** Few enough points, with every extreme among them. */
export function reduced(x: readonly number[], y: readonly number[]): { x: number[]; y: number[] } {
  if (x.length <= MOST_POINTS) return { x: [...x], y: [...y] };
  const pieces = MOST_POINTS / 2;
  const kept: TagSeries<number>['steps'] = [];
  for (let piece = 0; piece < pieces; piece++) {
    const from = Math.floor((piece * x.length) / pieces);
    const to = Math.floor(((piece + 1) * x.length) / pieces);
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (!(y[i]! >= y[low]!)) low = i;
      if (!(y[i]! <= y[high]!)) high = i;
    }
    kept.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  return { x: kept.map((i) => x[i]!), y: kept.map((i) => y[i]!) };
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
