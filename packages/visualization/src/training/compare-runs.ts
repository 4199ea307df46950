import { axes } from '../axes.ts';
import { type Column, column, numbersOf, readData, type TableData } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { smallMultiples } from '../small-multiples.ts';
import { plotText } from '../text.ts';
import { smooth } from './smoothing.ts';

export interface CompareRunsOptions extends FigureOptions {
  /** The column along the x axis. Default: `'step'`. */
  x?: string;
  /** The metrics, a plot each. Default: all columns of numbers that some run has. */
  metrics?: readonly string[];
  /** From 0 (none, the default) to below 1: curves are smoothed, and what they were is shown faintly. */
  smoothing?: number;
  /** The metrics on a logarithmic axis. */
  log?: readonly string[];
}

/**
 * Several runs' metrics on common axes: `compareRuns({ baseline: rows, wider: rows }, { metrics: ['loss'] })`.
 * A run that lacks a metric isn't in that plot; rows that lack it (null) aren't in its line.
 * @throws {RangeError} when there is no run, no metric, or a run without the x column
 */
export function compareRuns<R extends object>(
  runs: Readonly<Record<string, TableData<R>>>,
  options: CompareRunsOptions = {},
): Figure {
  const { x = 'step', smoothing = 0, log = [] } = options;
  const frames = Object.entries(runs).map(([name, data]) => [name, readData('compareRuns', data)] as const);
  if (frames.length === 0) throw new RangeError('compareRuns: there is no run.');
  const all = frames.flatMap(([, { columns }]) => [...columns.values()]);
  const metrics = options.metrics ?? [
    ...new Set(all.filter(({ kind, name }) => kind === 'number' && name !== x).map(({ name }) => name)),
  ];
  const plots = metrics.map((metric) => {
    const data = frames.flatMap(([name, frame], i): PlotlyTrace[] => {
      const own = frame.columns.get(metric);
      if (!own) return [];
      // What was logged at some steps only is a line through these; NaN, which was logged, is a gap.
      const logged = own.values.flatMap((value, row) => (value === null || value === undefined ? [] : [row]));
      const at = (name: Column): number[] => {
        const numbers = numbersOf('compareRuns', name);
        return logged.map((row) => numbers[row]!);
      };
      const [steps, values] = [at(column('compareRuns', frame, x)), at(own)];
      const color = seriesColor(i);
      const base = { type: 'scatter', mode: 'lines', x: steps, name: plotText(name) };
      const line = { ...base, y: smooth(values, smoothing), line: { color, width: 2 } };
      return smoothing === 0
        ? [line]
        : [
            {
              ...base,
              y: values,
              line: { color, width: 1 },
              opacity: 0.25,
              showlegend: false,
              hoverinfo: 'skip',
            },
            line,
          ];
    });
    if (data.length === 0) throw new RangeError(`compareRuns: no run has a column "${metric}".`);
    const layout = axes(
      'compareRuns',
      { title: x, kind: 'number' },
      { title: undefined, kind: 'number' },
      {
        ...(log.includes(metric) ? { log: 'y' as const } : {}),
      },
    );
    const figure = new Figure({
      data,
      layout: { ...layout, showlegend: true, hovermode: 'x unified' },
      alt: `${metric} by ${x} of ${frames.map(([name]) => name).join(', ')}.`,
    });
    return [metric, figure] as const;
  });
  if (plots.length === 0) throw new RangeError('compareRuns: no run has a metric.');
  const columns = plots.length === 1 ? 1 : 2;
  const rows = Math.ceil(plots.length / columns);
  return smallMultiples(Object.fromEntries(plots), {
    columns,
    height: rows === 1 ? 360 : 90 + 230 * rows,
    ...options,
  });
}
