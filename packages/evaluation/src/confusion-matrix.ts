import { characterCount } from './characters.ts';
import { alignRight, DISPLAY, htmlTable, type TextAndHtml } from './display.ts';
import { checkPair, type Label, labelSet } from './labels.ts';

export interface ConfusionMatrixOptions<L extends Label> {
  /** The classes in the order of the rows and columns. Default: all that occur, ascending. */
  labels?: readonly L[];
  /**
   * What the entries are divided by: nothing (`'none'`, the default), their row's sum (`'truth'`, so that the diagonal
   * is the recall), their column's sum (`'predicted'`, so that it is the precision), or N (`'all'`). 0/0 is 0.
   */
  normalize?: 'none' | 'truth' | 'predicted' | 'all';
}

/** C x C, rows the true classes and columns the predicted ones. */
export class ConfusionMatrix<L extends Label> {
  readonly labels: readonly L[];
  /** `values[i][j]`: how often (or, normalized, what share) class `labels[i]` was predicted as `labels[j]`. */
  readonly values: readonly (readonly number[])[];

  constructor(labels: readonly L[], values: readonly (readonly number[])[]) {
    this.labels = labels;
    this.values = values;
  }

  toString(): string {
    const { header, rows } = this.#table();
    const widths = header.map((cell, column) =>
      Math.max(characterCount(cell), ...rows.map((row) => characterCount(row[column]!))),
    );
    const line = (cells: readonly string[]) =>
      cells.map((cell, column) => alignRight(cell, widths[column]!)).join('  ');
    return [header, ...rows].map(line).join('\n');
  }

  [DISPLAY](): TextAndHtml {
    const { header, rows } = this.#table();
    return { 'text/plain': this.toString(), 'text/html': htmlTable(header, rows) };
  }

  #table(): { header: string[]; rows: string[][] } {
    const show = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(3));
    const header = ['true \\ predicted', ...this.labels.map(String)];
    const rows = this.labels.map((label, i) => [String(label), ...this.values[i]!.map(show)]);
    return { header, rows };
  }
}

/**
 * Counts how often each true class was predicted as each class.
 * @param truth N true labels.
 * @param predicted N predicted labels.
 * @throws when the two are empty or differ in length, or hold a label that `options.labels` lacks.
 */
export function confusionMatrix<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: ConfusionMatrixOptions<L> = {},
): ConfusionMatrix<L> {
  checkPair('confusionMatrix', truth, predicted);
  const { labels, indexOf } = labelSet('confusionMatrix', { truth, predicted }, options.labels);
  const values = labels.map(() => new Array<number>(labels.length).fill(0));
  for (let i = 0; i < truth.length; i++) {
    const row = indexOf(truth[i]!, 'truth', i);
    const column = indexOf(predicted[i]!, 'predicted', i);
    values[row]![column]!++;
  }
  const normalize = options.normalize ?? 'none';
  if (normalize === 'none') return new ConfusionMatrix(labels, values);
  const rowSums = values.map((row) => row.reduce((a, b) => a + b, 0));
  const columnSums = labels.map((_, column) => values.reduce((sum, row) => sum + row[column]!, 0));
  const divisor = (row: number, column: number) =>
    normalize === 'truth' ? rowSums[row]! : normalize === 'predicted' ? columnSums[column]! : truth.length;
  const shares = values.map((row, i) => row.map((value, j) => (value === 0 ? 0 : value / divisor(i, j))));
  return new ConfusionMatrix(labels, shares);
}
