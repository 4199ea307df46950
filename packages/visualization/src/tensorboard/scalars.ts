/** The scalars of event files. */
import { Figure } from '../figure.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { smallMultiples } from '../small-multiples.ts';
import { plotText } from '../text.ts';
import { smooth } from '../training/smoothing.ts';
import type { Run, TagSeries } from './reader.ts';

export interface ScalarOptions {
  smoothing: number;
  x: 'step' | 'seconds';
  log: readonly string[];
  /** Of a run. */
  color: (run: string) => string;
}

/** Points of a curve; of more, each of so many even pieces gives its least and its greatest. */
const MOST_POINTS = 1000;

/**
 * A plot for each tag, with two curves for each run: as logged, faintly, and right behind it that smoothed, whose `meta`
 * says how many values a point of the curve stands for.
 */
export function scalarPlots(
  runs: readonly Run[],
  tags: readonly string[],
  { smoothing, x, log, color }: ScalarOptions,
  options: { width: number; theme: Figure['theme'] },
): Figure {
  const plots = tags.map((tag) => {
    const data = runs.flatMap(({ name, scalars }): PlotlyTrace[] => {
      const series = scalars.get(tag);
      if (!series) return [];
      const start = series.wallTimes[0]!;
      const xs = x === 'step' ? series.steps : series.wallTimes.map((time) => time - start);
      const base = {
        type: 'scatter',
        mode: series.values.length === 1 ? 'markers' : 'lines',
        name: plotText(name),
        marker: { color: color(name) },
      };
      const logged = reduced(xs, series.values);
      return [
        {
          ...base,
          ...logged,
          line: { color: color(name), width: 1 },
          opacity: 0.25,
          showlegend: false,
          hoverinfo: 'skip',
        },
        {
          ...base,
          ...reduced(xs, smooth(series.values, smoothing)),
          line: { color: color(name), width: 2 },
          meta: Math.max(1, xs.length / logged.x.length),
        },
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
      alt: `${tag} of ${data.length / 2} runs.`,
    });
    return [tag, figure] as const;
  });
  const columns = plots.length === 1 ? 1 : 2;
  const rows = Math.ceil(plots.length / columns);
  return smallMultiples(Object.fromEntries(plots), {
    columns,
    height: rows === 1 ? 320 : 90 + 230 * rows,
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
