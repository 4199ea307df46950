/** The histograms of event files. */
import type { Figure, FigureOptions } from '../figure.ts';
import { spread } from '../models/layer-histograms.ts';
import { ridgeline } from '../models/ridges.ts';
import { CIVIDIS, colorAt } from '../palettes.ts';
import { smallMultiples } from '../small-multiples.ts';
import { readable } from '../text.ts';
import type { HistogramValue } from './events.ts';
import { readRuns } from './reader.ts';

export interface TensorBoardHistogramsOptions extends FigureOptions {
  /** The tags that are shown. Default: all that are histograms. */
  tags?: readonly string[];
  /** The runs that are shown. Default: all. */
  runs?: readonly string[];
}

const MOST_STEPS = 24;

/**
 * The histograms below a log folder, a plot for each tag of each run, in it a distribution for each step, the first on
 * top: `tensorboardHistograms('runs', { tags: ['weights'] })`.
 * @throws {Error} when the folder isn't there or a file in it is damaged
 * @throws {RangeError} when there is no such histogram
 */
export function tensorboardHistograms(logdir: string, options: TensorBoardHistogramsOptions = {}): Figure {
  const { tags, runs } = options;
  const plots = readRuns(logdir).flatMap((run) =>
    runs && !runs.includes(run.name)
      ? []
      : [...run.histograms].flatMap(([tag, series]) => {
          if (tags && !tags.includes(tag)) return [];
          const kept = spread(
            series.steps.map((step, i) => ({ step, value: series.values[i]! })),
            MOST_STEPS,
          );
          const figure = ridgeline(
            kept.map(({ step, value }, i) => ({
              label: readable(step),
              ...bucketsOf(value),
              color: colorAt(CIVIDIS, (0.85 * i) / Math.max(1, kept.length - 1)),
            })),
            { yTitle: 'step', labels: 6, alt: `Histograms at ${kept.length} steps.` },
          );
          return [[`${run.name}: ${tag}`, figure] as const];
        }),
  );
  if (plots.length === 0) {
    throw new RangeError(`tensorboardHistograms: there are no such histograms below ${logdir}.`);
  }
  return smallMultiples(Object.fromEntries(plots), { columns: Math.min(2, plots.length), ...options });
}

/** Buckets with both limits; those without width, which some writers have at the ends, are left out. */
function bucketsOf({ least, greatest, limits, counts }: HistogramValue): {
  limits: number[];
  counts: number[];
} {
  const all: number[] = [Math.min(least, limits[0] ?? least)];
  const kept: number[] = [];
  counts.forEach((count, i) => {
    const limit = Math.min(limits[i]!, Math.max(greatest, all.at(-1)!));
    if (limit > all.at(-1)!) {
      all.push(limit);
      kept.push(count);
    } else if (kept.length > 0) kept[kept.length - 1]! += count;
  });
  return kept.length > 0 ? { limits: all, counts: kept } : { limits: [least, least + 1], counts: [0] };
}
