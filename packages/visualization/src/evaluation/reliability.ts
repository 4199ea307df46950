/** Whether a model's confidence can be taken at its word. */
import { isList, named } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor, withOpacity } from '../palettes.ts';
import type { PlotlyTrace } from '../plotly.ts';
import { LINE, MUTED } from '../theme.ts';

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
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`${what}: confidence has to be between 0 and 1, not ${confidence}.`);
  }
  const z = normalQuantile(0.5 + confidence / 2);
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

/** Wilson's score interval of a share ("Probable Inference, the Law of Succession, and Statistical Inference", 1927). */
export function wilson(share: number, count: number, z: number): [number, number] {
  const center = share + z ** 2 / (2 * count);
  const reach = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  const scale = 1 + z ** 2 / count;
  return [Math.max(0, (center - reach) / scale), Math.min(1, (center + reach) / scale)];
}

/** The standard normal distribution's quantile: Acklam's approximation, off by at most 1.2e-9 of it. */
export function normalQuantile(p: number): number {
  const tail = (q: number): number =>
    (((((-7.784894002430293e-3 * q - 3.223964580411365e-1) * q - 2.400758277161838) * q - 2.549732539343734) *
      q +
      4.374664141464968) *
      q +
      2.938163982698783) /
    ((((7.784695709041462e-3 * q + 3.224671290700398e-1) * q + 2.445134137142996) * q + 3.754408661907416) *
      q +
      1);
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-3.969683028665376e1 * r + 2.209460984245205e2) * r - 2.759285104469687e2) * r +
      1.38357751867269e2) *
      r -
      3.066479806614716e1) *
      r +
      2.506628277459239) *
      q) /
    (((((-5.447609879822406e1 * r + 1.615858368580409e2) * r - 1.556989798598866e2) * r +
      6.680131188771972e1) *
      r -
      1.328068155288572e1) *
      r +
      1)
  );
}
