/** Where a compiled function's time goes. */
import { bar } from '../bar.ts';
import { isList, named } from '../data.ts';
import type { Figure, FigureOptions } from '../figure.ts';

/** Time of one run: `explain()` of a compiled function of `@quire/runtime` answers with these as `operators`. */
export interface OperatorTimeRow {
  readonly operator: string;
  readonly count: number;
  readonly milliseconds: number;
}

export interface OperatorTimesOptions extends FigureOptions {
  /** Operators that are shown at most; the others are added up. Default: 12. */
  most?: number;
}

/**
 * Time by operator of an ONNX graph, the longest on top: `operatorTimes((await step.explain()).operators)`.
 * @throws {RangeError} when there is none, or a time isn't a number of at least 0
 */
export function operatorTimes(
  operators: readonly OperatorTimeRow[],
  options: OperatorTimesOptions = {},
): Figure {
  const what = 'operatorTimes';
  if (!isList(operators))
    throw new TypeError(`${what}: operators have to be an array, not ${named(operators)}.`);
  if (operators.length === 0) throw new RangeError(`${what}: there is no operator.`);
  operators.forEach(({ operator, milliseconds }, i) => {
    if (!(milliseconds >= 0 && milliseconds < Infinity)) {
      throw new RangeError(
        `${what}: the time of operator ${i}, ${named(operator)}, has to be at least 0, not ${milliseconds}.`,
      );
    }
  });
  const { most = 12 } = options;
  const sorted = [...operators].sort((a, b) => b.milliseconds - a.milliseconds);
  const rest = sorted.splice(Math.max(1, most));
  const total = (rows: readonly OperatorTimeRow[]): number =>
    rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = sorted.map(({ operator, count, milliseconds }) => ({
    operator: `${operator} × ${count}`,
    milliseconds,
  }));
  if (rest.length > 0) rows.push({ operator: `${rest.length} others`, milliseconds: total(rest) });
  return bar(rows, {
    x: 'operator',
    y: 'milliseconds',
    horizontal: true,
    title: `${total(operators).toFixed(2)} ms a run`,
    height: Math.max(220, 120 + 26 * rows.length),
    ...options,
  });
}
