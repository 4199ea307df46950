/** Distributions above each other, each on a line of its own. */
import { Figure, type FigureOptions } from '../figure.ts';
import { CIVIDIS, colorAt, withOpacity } from '../palettes.ts';
import type { PlotlyLayout, PlotlyTrace } from '../plotly.ts';
import { textWidth } from '../static/fonts.js';
import { plotText } from '../text.ts';
import { MUTED } from '../theme.ts';

export interface Ridge {
  label: string;
  /** Limits of bins, ascending, one more than there are counts. */
  limits: readonly number[];
  counts: readonly number[];
  color: string;
  /** At the right of it, of one line or two. */
  note?: string | undefined;
  /** Whether the note is a warning. */
  isBad?: boolean;
}

const WARNING = '#d55e00';
/** How far a ridge reaches into the one above it. */
const REACH = 1.25;

/**
 * Ridges from top to bottom, each as high as its greatest density is the highest.
 * @param options.labels how many of the ridges are named; of many, every few
 */
export function ridgeline(
  ridges: readonly Ridge[],
  {
    xTitle,
    yTitle,
    labels = 40,
    notes = 'within',
    alt,
  }: {
    xTitle?: string;
    yTitle?: string;
    labels?: number;
    /** Beside the plot there is room made for them. */
    notes?: 'beside' | 'within';
    alt: string;
  },
  options: FigureOptions = {},
): Figure {
  const base = (i: number): number => ridges.length - 1 - i;
  const data = ridges.map(({ label, limits, counts, color }, i): PlotlyTrace => {
    const densities = counts.map((count, k) => count / (limits[k + 1]! - limits[k]!));
    const most = densities.reduce((a, b) => Math.max(a, b), 0) || 1;
    const height = (density: number): number => rounded(base(i) + (REACH * density) / most);
    const centres = counts.map((_, k) => rounded((limits[k]! + limits[k + 1]!) / 2));
    return {
      type: 'scatter',
      mode: 'lines',
      x: [limits[0]!, ...centres, limits.at(-1)!, limits[0]!],
      y: [base(i), ...densities.map(height), base(i), base(i)],
      customdata: [0, ...counts, 0, 0],
      fill: 'toself',
      hoveron: 'points',
      fillcolor: withOpacity(color, 0.45),
      line: { color, width: 1.2 },
      name: plotText(label),
      hovertemplate: `${plotText(label)}<br>near %{x:.3g}: %{customdata}<extra></extra>`,
      showlegend: false,
    };
  });
  const every = Math.ceil(ridges.length / labels);
  const named = ridges.flatMap((ridge, i) => (i % every === 0 ? [{ ...ridge, at: base(i) }] : []));
  const lines = ridges.flatMap(({ note = '' }) => note.split('\n'));
  const widest = Math.ceil(Math.max(...lines.map((line) => textWidth(line, 11))));
  const layout: PlotlyLayout = {
    xaxis: {
      showgrid: true,
      zeroline: true,
      ...(xTitle === undefined ? {} : { title: { text: plotText(xTitle) } }),
    },
    yaxis: {
      tickvals: named.map(({ at }) => at),
      ticktext: named.map(({ label }) => plotText(label)),
      range: [-0.15, ridges.length - 1 + REACH + 0.1],
      showgrid: false,
      showline: false,
      ticks: '',
      ...(yTitle === undefined ? {} : { title: { text: plotText(yTitle) } }),
    },
    showlegend: false,
    hovermode: 'closest',
    ...(notes === 'beside' ? { margin: { r: 24 + 1.1 * widest } } : {}),
    annotations: ridges.flatMap(({ note, isBad }, i) =>
      note === undefined
        ? []
        : [
            {
              text: plotText(note),
              xref: 'paper',
              x: 1,
              ...(notes === 'beside'
                ? { xanchor: 'left', xshift: 8, align: 'left', y: base(i) + 0.45, yanchor: 'middle' }
                : { xanchor: 'right', y: base(i), yanchor: 'bottom' }),
              showarrow: false,
              font: { size: 11, color: isBad ? WARNING : MUTED },
            },
          ],
    ),
  };
  return new Figure({ data, layout, alt }, options);
}

/** The colour of one of `count` steps, from the first to the last: none is lost on a light page or a dark one. */
export function stepColor(i: number, count: number): string {
  return colorAt(CIVIDIS, 0.3 + (0.6 * i) / Math.max(1, count - 1));
}

/** Counts of numbers within equal bins; what is outside or isn't finite isn't counted. */
export function binned(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
  bins: number,
): { limits: number[]; counts: number[] } {
  const width = (high - low) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value >= low && value <= high) counts[Math.min(bins - 1, Math.floor((value - low) / width))]!++;
  }
  return { limits: Array.from({ length: bins + 1 }, (_, k) => low + k * width), counts };
}

/** With as many digits as are seen. */
const rounded = (value: number): number => Number(value.toPrecision(5));
