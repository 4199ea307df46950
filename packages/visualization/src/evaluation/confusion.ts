/** What was taken for what. */
import { readMatrix } from '../data.ts';
import { Figure, type FigureOptions } from '../figure.ts';
import { heatmap } from '../heatmap.ts';
import { readable } from '../text.ts';

/** C classes, and a row for each true one: `confusionMatrix` of `@quire/evaluation` answers with one. */
export interface ConfusionCounts {
  readonly labels: readonly (string | number)[];
  readonly values: readonly (readonly number[])[];
}

export interface ConfusionOptions extends FigureOptions {
  /**
   * What colours are shares of: of the true class (default, so that the diagonal is the recall), of the predicted one
   * (the precision), or none: the counts themselves. Cells always show what was given.
   */
  share?: 'truth' | 'predicted' | 'none';
}

/**
 * A confusion matrix, a row for each true class and a column for each predicted one:
 * `confusionHeatmap(confusionMatrix(truth, predicted))`.
 * @throws {RangeError} when it isn't C x C, or an entry is NaN or below 0
 */
export function confusionHeatmap(confusion: ConfusionCounts, options: ConfusionOptions = {}): Figure {
  const what = 'confusionHeatmap';
  const values = readMatrix(what, 'values', confusion?.values);
  const labels = Array.from(confusion.labels ?? [], String);
  const count = labels.length;
  if (values.length !== count || values[0]!.length !== count) {
    throw new RangeError(`${what}: values are ${values.length} by ${values[0]!.length} for ${count} labels.`);
  }
  values.forEach((row, i) => {
    const j = row.findIndex((value) => !(value >= 0 && value < Infinity));
    if (j >= 0) throw new RangeError(`${what}: values[${i}][${j}] has to be a count, not ${row[j]}.`);
  });
  const { share = 'truth' } = options;
  const rowSums = values.map((row) => row.reduce((a, b) => a + b, 0));
  const columnSums = labels.map((_, j) => values.reduce((sum, row) => sum + row[j]!, 0));
  const shares = values.map((row, i) =>
    row.map((value, j) => {
      const whole = share === 'truth' ? rowSums[i]! : share === 'predicted' ? columnSums[j]! : 1;
      return whole === 0 ? 0 : value / whole;
    }),
  );
  const total = rowSums.reduce((a, b) => a + b, 0);
  const right = values.reduce((sum, row, i) => sum + row[i]!, 0);
  const worst = values
    .flatMap((row, i) => row.map((value, j) => ({ value, i, j })))
    .filter(({ i, j }) => i !== j)
    .sort((a, b) => b.value - a.value)[0];
  const size = Math.max(320, Math.min(760, 200 + 44 * count));
  const drawn = heatmap(shares, {
    x: labels,
    y: labels,
    square: true,
    colorScale: 'blues',
    ...(share === 'none' ? {} : { colorRange: [0, 1] as const }),
    values: count > 16 ? false : (_, i, j) => readable(Number(values[i]![j]!.toPrecision(3))),
    xTitle: 'predicted',
    yTitle: 'true',
    valueTitle: share === 'none' ? 'count' : `share of the ${share === 'truth' ? 'true' : 'predicted'} class`,
  });
  // The colours are shares, and what is read under the pointer is what was given.
  const [trace] = drawn.data;
  const { margin: _, ...layout } = drawn.layout;
  return new Figure(
    {
      data: [
        {
          ...trace!,
          customdata: values,
          hovertemplate: 'true %{y}, predicted %{x}: %{customdata}<extra></extra>',
        },
      ],
      layout,
      alt:
        `Confusion matrix of ${count} classes, ${readable(total)} examples, accuracy ${total === 0 ? '0' : ((100 * right) / total).toFixed(1)}%` +
        (worst && worst.value > 0
          ? `; most often "${labels[worst.i]}" was taken for "${labels[worst.j]}" (${readable(worst.value)}).`
          : '.'),
    },
    { width: size + 100, height: size, ...options },
  );
}
