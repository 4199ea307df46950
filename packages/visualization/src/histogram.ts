import { type AxisOptions, axes } from './axes.ts';
import type { Numbers, TableData } from './data.ts';
import { quantile, readSamples, type Sample, type SampleOptions } from './distribution.ts';
import { Figure, type FigureOptions } from './figure.ts';
import { seriesColor } from './palettes.ts';
import type { PlotlyTrace } from './plotly.ts';
import { plotText, readable } from './text.ts';

export interface HistogramOptions<R extends object> extends SampleOptions<R>, AxisOptions, FigureOptions {
  /** How many bins there are, or their edges, ascending. Default: by Freedman and Diaconis' rule, from 5 to 100. */
  bins?: number | readonly number[];
  /** What a bar's height is. Default: `'count'`; with several samples of different sizes `'share'`, which sums to 1. */
  norm?: 'count' | 'share' | 'density';
}

/**
 * How numbers are distributed: `histogram(values)`, `histogram({ train, test })`, `histogram(rows, { values: 'loss', by: 'language' })`.
 * NaN, null and the infinities are left out, and the description says how many.
 * @throws {TypeError} when there are no numbers
 * @throws {RangeError} when there is nothing finite, or the bins are none
 */
export function histogram<R extends object>(
  data: TableData<R> | Numbers,
  options: HistogramOptions<R> = {},
): Figure {
  const set = readSamples<R>('histogram', data, options);
  const edges = binEdges(set.samples, options.bins);
  const sizes = new Set(set.samples.map(({ sorted }) => sorted.length));
  const norm = options.norm ?? (sizes.size > 1 ? 'share' : 'count');
  const several = set.samples.length > 1;
  const centers = edges.slice(1).map((edge, i) => (edge + edges[i]!) / 2);
  const widths = edges.slice(1).map((edge, i) => edge - edges[i]!);
  const labels = edges.slice(1).map((edge, i) => `${readable(edges[i]!)} to ${readable(edge)}`);
  const traces = set.samples.map(({ name, sorted }, i): PlotlyTrace => {
    const counts = countInBins(sorted, edges);
    const heights = counts.map((count, bin) =>
      norm === 'count'
        ? count
        : norm === 'share'
          ? count / sorted.length
          : count / sorted.length / widths[bin]!,
    );
    return {
      type: 'bar',
      x: centers,
      y: heights,
      width: widths,
      marker: { color: seriesColor(i), line: { width: 0 } },
      opacity: several ? 0.6 : 0.9,
      text: labels,
      textposition: 'none',
      hovertemplate: `%{text}<br>${norm}: %{y}<extra></extra>`,
      ...(name === undefined ? {} : { name: plotText(name) }),
    };
  });
  const total = set.samples.reduce((sum, { sorted }) => sum + sorted.length, 0);
  return new Figure(
    {
      data: traces,
      layout: {
        ...axes('histogram', { title: set.title, kind: 'number' }, { title: norm, kind: 'number' }, options),
        barmode: 'overlay',
        bargap: 0,
        showlegend: several,
        ...(set.by === undefined ? {} : { legend: { title: { text: plotText(set.by) } } }),
      },
      alt:
        `Histogram of ${total} values${set.title === undefined ? '' : ` of ${set.title}`}` +
        `${several ? ` in ${set.samples.length} groups` : ''}.${set.left > 0 ? ` ${set.left} that aren't finite are left out.` : ''}`,
    },
    options,
  );
}

/** Edges common to all samples, ascending. */
export function binEdges(samples: readonly Sample[], bins?: number | readonly number[]): number[] {
  if (Array.isArray(bins)) {
    const edges = bins as readonly number[];
    if (
      edges.length < 2 ||
      edges.some((edge, i) => !Number.isFinite(edge) || (i > 0 && !(edge > edges[i - 1]!)))
    ) {
      throw new RangeError('histogram: the edges of bins have to be at least two ascending numbers.');
    }
    return [...edges];
  }
  const asked = bins as number | undefined;
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 1 && asked <= 10_000)) {
    throw new RangeError(`histogram: bins has to be a whole number from 1 to 10,000, not ${asked}.`);
  }
  const low = Math.min(...samples.map(({ sorted }) => sorted[0]!));
  const high = Math.max(...samples.map(({ sorted }) => sorted.at(-1)!));
  if (low === high) return [low - 0.5, low + 0.5];
  const widths = samples.map(
    ({ sorted }) => (2 * (quantile(sorted, 0.75) - quantile(sorted, 0.25))) / Math.cbrt(sorted.length),
  );
  const width = Math.min(...widths.filter((own) => own > 0));
  const byRule = Number.isFinite(width) ? Math.ceil((high - low) / width) : 30;
  let count = asked ?? Math.min(100, Math.max(5, byRule));
  // Few whole numbers have a bin each.
  const whole = samples.every(({ sorted }) => sorted.every(Number.isInteger));
  if (asked === undefined && whole && high - low < 60) {
    count = high - low + 1;
    return Array.from({ length: count + 1 }, (_, i) => low - 0.5 + i);
  }
  return Array.from({ length: count + 1 }, (_, i) => (i === count ? high : low + (i * (high - low)) / count));
}

/** How many of ascending numbers are in each bin: `[low, high)`, the last one with its end. */
export function countInBins(sorted: Float64Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  let bin = 0;
  for (const value of sorted) {
    if (value < edges[0]!) continue;
    while (bin < counts.length - 1 && value >= edges[bin + 1]!) bin++;
    if (value <= edges[bin + 1]!) counts[bin]!++;
  }
  return counts;
}
