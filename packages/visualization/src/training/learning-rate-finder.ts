import { axes } from '../axes.ts';
import { type Numbers, readNumbers } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor } from '../palettes.ts';
import { readable } from '../text.ts';
import { smooth } from './smoothing.ts';

export interface LearningRateFinderOptions extends FigureOptions {
  /** Of the loss, from 0 (none) to below 1. Default: 0.8. */
  smoothing?: number;
}

/** The loss has diverged where it is so many times the least one. */
const DIVERGED = 4;

/**
 * The rate at which the smoothed loss falls steepest over the logarithm of the rate, before its minimum: where training
 * may begin (the range test of Smith, "Cyclical Learning Rates for Training Neural Networks", 2017). Undefined where the
 * loss never falls.
 * @param rates ascending, above 0
 * @param losses one for each rate
 * @throws {RangeError} when they differ in length, or rates don't ascend from above 0
 */
export function suggestLearningRate(rates: Numbers, losses: Numbers, smoothing = 0.8): number | undefined {
  return measure(rates, losses, smoothing).suggested;
}

/**
 * The loss over a rate that grew step by step, and the rate at which it fell steepest.
 * @throws as `suggestLearningRate` does
 */
export function learningRateFinder(
  { rates, losses }: { rates: Numbers; losses: Numbers },
  options: LearningRateFinderOptions = {},
): Figure {
  const found = measure(rates, losses, options.smoothing ?? 0.8);
  const { x, raw, smoothed, suggested } = found;
  const color = seriesColor(0);
  const marked = suggested === undefined ? -1 : x.indexOf(suggested);
  return new Figure(
    {
      data: [
        { type: 'scatter', mode: 'lines', x, y: raw, name: 'loss', line: { color, width: 1 }, opacity: 0.3 },
        { type: 'scatter', mode: 'lines', x, y: smoothed, name: 'smoothed', line: { color, width: 2 } },
        ...(marked < 0
          ? []
          : [
              {
                type: 'scatter',
                mode: 'markers',
                x: [suggested],
                y: [smoothed[marked]],
                name: `steepest, ${readable(suggested!)}`,
                marker: { color: seriesColor(1), size: 11 },
              },
            ]),
      ],
      layout: {
        ...axes(
          'learningRateFinder',
          { title: 'learning rate', kind: 'number' },
          { title: 'loss', kind: 'number' },
          {
            log: 'x',
          },
        ),
        hovermode: 'x unified',
      },
      alt:
        suggested === undefined
          ? 'Loss by learning rate; it never falls.'
          : `Loss by learning rate; it falls steepest at ${readable(suggested)}.`,
    },
    options,
  );
}

function measure(rates: Numbers, losses: Numbers, smoothing: number) {
  const x = readNumbers('learningRateFinder', 'rates', rates);
  const y = readNumbers('learningRateFinder', 'losses', losses);
  if (x.length !== y.length) {
    throw new RangeError(`learningRateFinder: there are ${x.length} rates and ${y.length} losses.`);
  }
  if (x.some((rate, i) => !(rate > (i === 0 ? 0 : x[i - 1]!)))) {
    throw new RangeError('learningRateFinder: rates have to ascend, from above 0.');
  }
  let smoothed = smooth(y, smoothing);
  const least = smoothed.reduce((a, b) => (Number.isFinite(b) ? Math.min(a, b) : a), Infinity);
  const bottom = smoothed.indexOf(least);
  // What follows divergence would only press the rest flat.
  const over = smoothed.findIndex(
    (value, i) => i > bottom && !(value - least <= (DIVERGED - 1) * Math.abs(least)),
  );
  const end = over < 0 ? x.length : Math.max(over, 2);
  smoothed = smoothed.slice(0, end);
  let suggested: number | undefined;
  let steepest = 0;
  for (let i = 1; i < Math.min(bottom, end - 1); i++) {
    const slope = (smoothed[i + 1]! - smoothed[i - 1]!) / Math.log(x[i + 1]! / x[i - 1]!);
    if (slope < steepest) {
      steepest = slope;
      suggested = x[i]!;
    }
  }
  return { x: x.slice(0, end), raw: y.slice(0, end), smoothed, suggested };
}
