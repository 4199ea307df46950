import { type AxisOptions, axes } from './axes.ts';
import type { Numbers, TableData } from './data.ts';
import { quantile, readSamples, type SampleOptions, type SampleSet, thinned } from './distribution.ts';
import { Figure, type FigureOptions } from './figure.ts';
import { seriesColor, withOpacity } from './palettes.ts';
import type { PlotlyTrace } from './plotly.ts';
import { plotText } from './text.ts';

export interface BoxOptions<R extends object> extends SampleOptions<R>, AxisOptions, FigureOptions {}

/** Points outside of the whiskers that are drawn of each box. */
const MOST_OUTLIERS = 200;
/** Values that a violin's outline is made of. */
const MOST_IN_VIOLIN = 500;

/**
 * A box for each sample: quartiles, median, whiskers to the last value within 1.5 interquartile ranges (Tukey), and what
 * is outside of them. `box({ train, test })`, `box(rows, { values: 'loss', by: 'language' })`.
 * NaN, null and the infinities are left out.
 * @throws {TypeError} when there are no numbers
 * @throws {RangeError} when there is nothing finite
 */
export function box<R extends object>(data: TableData<R> | Numbers, options: BoxOptions<R> = {}): Figure {
  const set = readSamples<R>('box', data, options);
  const traces = set.samples.map(({ name, sorted }, i): PlotlyTrace => {
    const [q1, median, q3] = [0.25, 0.5, 0.75].map((q) => quantile(sorted, q)) as [number, number, number];
    const reach = 1.5 * (q3 - q1);
    const within = sorted.filter((value) => value >= q1 - reach && value <= q3 + reach);
    const outside = sorted.filter((value) => value < q1 - reach || value > q3 + reach);
    const color = seriesColor(i);
    return {
      type: 'box',
      name: plotText(name ?? ''),
      x: [plotText(name ?? '')],
      q1: [q1],
      median: [median],
      q3: [q3],
      lowerfence: [within[0] ?? q1],
      upperfence: [within.at(-1) ?? q3],
      y: [thinned(outside, MOST_OUTLIERS)],
      boxpoints: 'outliers',
      marker: { color, size: 4 },
      line: { color, width: 1.5 },
      fillcolor: withOpacity(color, 0.25),
    };
  });
  return samplesFigure('box', 'Box plot', set, traces, options);
}

/**
 * The outline of each sample's density, by a Gaussian kernel, with its box in it: `violin({ train, test })`,
 * `violin(rows, { values: 'loss', by: 'language' })`. Of more than 500 values those at 500 even ranks are used.
 * @throws {TypeError} when there are no numbers
 * @throws {RangeError} when there is nothing finite
 */
export function violin<R extends object>(data: TableData<R> | Numbers, options: BoxOptions<R> = {}): Figure {
  const set = readSamples<R>('violin', data, options);
  const traces = set.samples.map(({ name, sorted }, i): PlotlyTrace => {
    const color = seriesColor(i);
    const values = thinned(sorted, MOST_IN_VIOLIN);
    return {
      type: 'violin',
      name: plotText(name ?? ''),
      x: values.map(() => plotText(name ?? '')),
      y: values,
      points: false,
      spanmode: 'hard',
      line: { color, width: 1.5 },
      fillcolor: withOpacity(color, 0.25),
      box: { visible: true, width: 0.2 },
      meanline: { visible: true },
    };
  });
  return samplesFigure('violin', 'Violin plot', set, traces, options);
}

function samplesFigure(
  what: string,
  kind: string,
  set: SampleSet,
  data: PlotlyTrace[],
  options: AxisOptions & FigureOptions,
): Figure {
  const layout = axes(
    what,
    { title: set.by, kind: 'category' },
    { title: set.title, kind: 'number' },
    options,
  ) as { xaxis: object; yaxis: object };
  const several = set.samples.length > 1;
  return new Figure(
    {
      data,
      layout: {
        ...layout,
        xaxis: { ...layout.xaxis, showticklabels: several, ...(several ? {} : { ticks: '' }) },
        showlegend: false,
      },
      alt:
        `${kind}${set.title === undefined ? '' : ` of ${set.title}`}${set.by === undefined ? '' : ` by ${set.by}`}` +
        `${several ? `, ${set.samples.length} groups` : ''}.`,
    },
    options,
  );
}
