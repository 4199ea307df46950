/** What a threshold does. */
import type { Numbers } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor } from '../palettes.ts';
import { MUTED } from '../theme.ts';
import { countsOf, rank, type Truth } from './binary.ts';

export interface ThresholdOptions extends FigureOptions {
  /** Where the slider stands at first. Default: the step with the greatest F1. */
  threshold?: number;
  /** How many thresholds the slider has. Default: 50. */
  steps?: number;
}

/** Of all examples whose score is at least a threshold taken for positive. */
export interface ThresholdScores {
  threshold: number;
  truePositives: number;
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
  /** 1 where nothing is taken for positive. */
  precision: number;
  recall: number;
  f1: number;
  accuracy: number;
}

/**
 * The scores of `steps` thresholds at equal distances from the least score to the greatest.
 * @throws as `rocCurve` does
 */
export function thresholdScores(truth: Truth, scores: Numbers, steps = 50): ThresholdScores[] {
  const what = 'thresholdExplorer';
  if (!(Number.isInteger(steps) && steps >= 2 && steps <= 200)) {
    throw new RangeError(`${what}: steps has to be a whole number from 2 to 200, not ${steps}.`);
  }
  const ranked = rank(what, truth, scores);
  const { truePositives, falsePositives, positives, negatives } = countsOf(ranked);
  const low = ranked.scores.at(-1)!;
  const high = ranked.scores[0]!;
  return Array.from({ length: steps }, (_, i) => {
    const threshold = i === steps - 1 ? high : low + ((high - low) * i) / (steps - 1);
    // The last step of the ranking whose score is at least the threshold.
    let step = -1;
    while (step + 1 < ranked.ends.length && ranked.scores[ranked.ends[step + 1]! - 1]! >= threshold) step++;
    const [tp, fp] = step < 0 ? [0, 0] : [truePositives[step]!, falsePositives[step]!];
    return {
      threshold,
      truePositives: tp,
      falsePositives: fp,
      trueNegatives: negatives - fp,
      falseNegatives: positives - tp,
      precision: tp + fp === 0 ? 1 : tp / (tp + fp),
      recall: tp / positives,
      f1: (2 * tp) / (tp + fp + positives),
      accuracy: (tp + negatives - fp) / (positives + negatives),
    };
  });
}

const MEASURES = ['precision', 'recall', 'f1', 'accuracy'] as const;

/**
 * Precision, recall, F1 and accuracy by threshold, with a slider that tells what each threshold does.
 * @param scores N, the higher the more likely positive
 * @throws as `rocCurve` does, and when `steps` isn't a whole number from 2 to 200
 */
export function thresholdExplorer(truth: Truth, scores: Numbers, options: ThresholdOptions = {}): Figure {
  const rows = thresholdScores(truth, scores, options.steps);
  const best = rows.reduce((a, b) => (b.f1 > a.f1 ? b : a));
  const { threshold = best.threshold } = options;
  if (!Number.isFinite(threshold)) {
    throw new RangeError(`thresholdExplorer: threshold has to be a number, not ${threshold}.`);
  }
  const active = rows.reduce(
    (near, row, i) =>
      Math.abs(row.threshold - threshold) < Math.abs(rows[near]!.threshold - threshold) ? i : near,
    0,
  );
  const x = rows.map((row) => row.threshold);
  const told = (row: ThresholdScores): string =>
    `at ${short(row.threshold)}: ${row.truePositives} true and ${row.falsePositives} false positives, ` +
    `${row.falseNegatives} false and ${row.trueNegatives} true negatives`;
  return new Figure(
    {
      data: MEASURES.map((measure, i) => ({
        type: 'scatter',
        mode: 'lines',
        name: measure === 'f1' ? 'F1' : measure,
        x,
        y: rows.map((row) => row[measure]),
        line: { color: seriesColor(i), width: 2 },
      })),
      layout: {
        xaxis: { title: { text: 'threshold' } },
        yaxis: { title: { text: 'score' }, range: [0, 1.02] },
        hovermode: 'x unified',
        legend: { orientation: 'h', x: 0, y: 1.12, yanchor: 'bottom' },
        margin: { t: options.title === undefined ? 80 : 104, b: 110 },
        shapes: [
          {
            type: 'line',
            yref: 'paper',
            y0: 0,
            y1: 1,
            x0: x[active],
            x1: x[active],
            line: { color: MUTED, width: 1.5, dash: 'dash' },
          },
        ],
        annotations: [
          {
            xref: 'paper',
            yref: 'paper',
            x: 0,
            y: 1.02,
            xanchor: 'left',
            yanchor: 'bottom',
            showarrow: false,
            text: told(rows[active]!),
            font: { size: 13 },
          },
        ],
        sliders: [
          {
            active,
            pad: { t: 44 },
            currentvalue: { visible: false },
            ticklen: 0,
            minorticklen: 0,
            font: { size: 10, color: 'rgba(0,0,0,0)' },
            steps: rows.map((row) => ({
              label: short(row.threshold),
              method: 'relayout',
              args: [
                {
                  'shapes[0].x0': row.threshold,
                  'shapes[0].x1': row.threshold,
                  'annotations[0].text': told(row),
                },
              ],
            })),
          },
        ],
      },
      alt: `Precision, recall, F1 and accuracy by threshold; the greatest F1 is ${best.f1.toFixed(3)} at ${short(best.threshold)}.`,
    },
    { height: 480, ...options },
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
