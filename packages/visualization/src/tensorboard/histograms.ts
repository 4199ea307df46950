/** The histograms of event files. */
import type { Figure } from '../figure.ts';
import { spread } from '../models/layer-histograms.ts';
import { ridgeline, stepColor } from '../models/ridges.ts';
import { smallMultiples } from '../small-multiples.ts';
import { readable } from '../text.ts';
import type { HistogramValue } from './events.ts';
import type { TagSeries } from './reader.ts';

const MOST_STEPS = 24;

/** A plot for each tag, in it a distribution for each step, the first on top. */
export function histogramPlots(
  histograms: readonly (readonly [string, TagSeries<HistogramValue>])[],
  options: { width: number; theme: Figure['theme'] },
): Figure {
  const plots = histograms.map(([tag, series]) => {
    const kept = spread(
      series.steps.map((step, i) => ({ step, value: series.values[i]! })),
      MOST_STEPS,
    );
    const figure = ridgeline(
      kept.map(({ step, value }, i) => ({
        label: readable(step),
        ...bucketsOf(value),
        color: stepColor(i, kept.length),
      })),
      { yTitle: 'step', labels: 6, alt: `Histograms at ${kept.length} steps.` },
    );
    return [tag, figure] as const;
  });
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
