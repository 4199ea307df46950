/** Whether a model's confidence can be taken at its word. */
import { isList, named } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor, withOpacity } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { LINE, MUTED } from '../theme.ts';
import { reachOf, wilson } from './intervals.ts';

/** Predictions grouped by confidence: `calibrationBins` of `@quire/evaluation` answers with these. */
export interface ReliabilityBin {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  readonly meanConfidence: number;
  /** The share of correct predictions. */
  readonly accuracy: number;
}

export interface ReliabilityOptions extends FigureOptions {
  /** The share of cases in which the accuracy's interval holds it. Default: 0.95. */
  confidence?: number;
}

/**
 * A reliability diagram: the accuracy of each group of predictions by its confidence, with Wilson's interval, and below
 * how many there are. On the dotted line confidence is accuracy; where a bar's gap to it is orange the model is
 * overconfident, where it is green underconfident (Guo et al., "On Calibration of Modern Neural Networks", 2017).
 * @throws {RangeError} when there is no bin, or a bin's numbers aren't shares and counts
 */
export function reliabilityDiagram(
  bins: readonly ReliabilityBin[],
  options: ReliabilityOptions = {},
): Figure {
  const what = 'reliabilityDiagram';
  if (!isList(bins)) throw new TypeError(`${what}: bins have to be an array, not ${named(bins)}.`);
  if (bins.length === 0) throw new RangeError(`${what}: there is no bin.`);
  bins.forEach((bin, i) => {
    for (const key of ['lower', 'upper', 'meanConfidence', 'accuracy'] as const) {
      if (!(bin?.[key] >= 0 && bin[key] <= 1)) {
        throw new RangeError(`${what}: ${key} of bin ${i} has to be from 0 to 1, not ${bin?.[key]}.`);
      }
    }
    if (!(Number.isInteger(bin.count) && bin.count > 0)) {
      throw new RangeError(`${what}: count of bin ${i} has to be a whole number above 0, not ${bin.count}.`);
    }
    if (!(bin.lower < bin.upper))
      throw new RangeError(`${what}: lower of bin ${i} has to be below its upper.`);
  });
  const { confidence = 0.95 } = options;
  const z = reachOf(what, confidence);
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const error =
    bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.meanConfidence - bin.accuracy), 0) / total;
  const intervals = bins.map(({ accuracy, count }) => wilson(accuracy, count, z));
  const x = bins.map(({ lower, upper }) => (lower + upper) / 2);
  const width = bins.map(({ lower, upper }) => 0.94 * (upper - lower));
  const accuracy = bins.map((bin) => bin.accuracy);
  const gaps = bins.map((bin) => bin.meanConfidence - bin.accuracy);
  const gap = (sign: 1 | -1, name: string, color: string): PlotlyTrace[] =>
    gaps.some((value) => value * sign > 0)
      ? [
          {
            type: 'bar',
            name,
            x,
            width,
            base: bins.map((bin) => Math.min(bin.accuracy, bin.meanConfidence)),
            y: gaps.map((value) => (value * sign > 0 ? Math.abs(value) : null)),
            marker: { color: withOpacity(color, 0.35), line: { color, width: 1 } },
            hoverinfo: 'skip',
          },
        ]
      : [];
  return new Figure(
    {
      data: [
        {
          type: 'bar',
          name: 'accuracy',
          x,
          y: accuracy,
          width,
          marker: { color: withOpacity(seriesColor(0), 0.75) },
          error_y: {
            type: 'data',
            symmetric: false,
            array: intervals.map(([, high], i) => high - accuracy[i]!),
            arrayminus: intervals.map(([low], i) => accuracy[i]! - low),
            color: MUTED,
            thickness: 1.2,
            width: 3,
          },
          customdata: bins.map((bin) => [bin.meanConfidence, bin.count, bin.lower, bin.upper]),
          hovertemplate:
            'confidence %{customdata[2]:.2f} to %{customdata[3]:.2f}, mean %{customdata[0]:.3f}<br>accuracy %{y:.3f}<br>%{customdata[1]} predictions<extra></extra>',
        },
        ...gap(1, 'overconfident', seriesColor(1)),
        ...gap(-1, 'underconfident', seriesColor(2)),
        {
          type: 'bar',
          name: 'predictions',
          x,
          y: bins.map(({ count }) => count),
          width,
          yaxis: 'y2',
          marker: { color: withOpacity(MUTED, 0.6) },
          showlegend: false,
          hovertemplate: '%{y} predictions<extra></extra>',
        },
      ],
      layout: {
        xaxis: { title: { text: 'confidence' }, range: [0, 1], anchor: 'y2' },
        yaxis: { title: { text: 'accuracy' }, range: [0, 1.02], domain: [0.3, 1] },
        yaxis2: { title: { text: 'predictions' }, domain: [0, 0.22], nticks: 3 },
        barmode: 'overlay',
        shapes: [
          { type: 'line', x0: 0, y0: 0, x1: 1, y1: 1, line: { color: LINE, width: 1.5, dash: 'dot' } },
        ],
        legend: { x: 0.01, y: 1, xanchor: 'left', yanchor: 'top' },
        annotations: [
          {
            text: `ECE ${error.toFixed(3)}`,
            xref: 'x domain',
            yref: 'y domain',
            x: 1,
            y: 1,
            xanchor: 'right',
            yanchor: 'bottom',
            showarrow: false,
            font: { size: 13 },
          },
        ],
      },
      alt: `Reliability diagram of ${total} predictions in ${bins.length} bins, expected calibration error ${error.toFixed(3)}.`,
    },
    { width: 560, height: 520, ...options },
  );
}
