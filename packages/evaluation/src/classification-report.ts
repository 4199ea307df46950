import { accuracy } from './accuracy.ts';
import { characterCount } from './characters.ts';
import { alignRight, DISPLAY, htmlTable, type TextAndHtml } from './display.ts';
import type { Label } from './labels.ts';
import { averageScores, type ClassScores, classScores, type PrecisionRecallF1 } from './precision-recall.ts';

export interface ClassificationReportOptions<L extends Label> {
  /** All classes, in the order wanted. Default: all that occur, ascending. */
  labels?: readonly L[];
  /** What 0/0 is. NaN leaves the class out of a mean. Default: 0. */
  zeroDivision?: 0 | 1 | typeof NaN;
  /** Digits after the decimal point where the report is shown. Default: 2. */
  digits?: number;
}

/** The scores of each class and their averages. In a notebook it shows itself as a table. */
export class ClassificationReport<L extends Label> {
  readonly classes: readonly ClassScores<L>[];
  readonly accuracy: number;
  readonly macroAverage: PrecisionRecallF1;
  readonly weightedAverage: PrecisionRecallF1;
  /** The number of examples. */
  readonly support: number;
  readonly digits: number;

  constructor(fields: Omit<ClassificationReport<L>, 'toString' | typeof DISPLAY>) {
    this.classes = fields.classes;
    this.accuracy = fields.accuracy;
    this.macroAverage = fields.macroAverage;
    this.weightedAverage = fields.weightedAverage;
    this.support = fields.support;
    this.digits = fields.digits;
  }

  /** The report as scikit-learn's `classification_report` lays it out. An exact half is rounded up, not to even. */
  toString(): string {
    const { header, classes, averages } = this.#table();
    const width = Math.max(
      'weighted avg'.length,
      this.digits,
      ...classes.map((row) => characterCount(row[0]!)),
    );
    const line = ([heading = '', ...cells]: readonly string[]) =>
      `${alignRight(heading, width)} ${cells.map((cell) => ` ${alignRight(cell, 9)}`).join('')}`;
    return [line(header), '', ...classes.map(line), '', ...averages.map(line), ''].join('\n');
  }

  [DISPLAY](): TextAndHtml {
    const { header, classes, averages } = this.#table();
    return { 'text/plain': this.toString(), 'text/html': htmlTable(header, [...classes, ...averages]) };
  }

  #table(): { header: string[]; classes: string[][]; averages: string[][] } {
    const show = (value: number) => (Number.isNaN(value) ? 'nan' : value.toFixed(this.digits));
    const row = (heading: string, scores: PrecisionRecallF1, support: number) => [
      heading,
      show(scores.precision),
      show(scores.recall),
      show(scores.f1),
      String(support),
    ];
    return {
      header: ['', 'precision', 'recall', 'f1-score', 'support'],
      classes: this.classes.map((scores) => row(String(scores.label), scores, scores.support)),
      averages: [
        ['accuracy', '', '', show(this.accuracy), String(this.support)],
        row('macro avg', this.macroAverage, this.support),
        row('weighted avg', this.weightedAverage, this.support),
      ],
    };
  }
}

/**
 * Precision, recall and F1 of every class, their averages, and the accuracy (which is the micro average of all three).
 * @param truth N true labels.
 * @param predicted N predicted labels.
 * @throws when the two are empty or differ in length, or hold a label that `options.labels` lacks.
 */
export function classificationReport<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: ClassificationReportOptions<L> = {},
): ClassificationReport<L> {
  const { digits = 2, ...shared } = options;
  return new ClassificationReport({
    classes: classScores(truth, predicted, shared),
    accuracy: accuracy(truth, predicted),
    macroAverage: averageScores(truth, predicted, { ...shared, average: 'macro' }),
    weightedAverage: averageScores(truth, predicted, { ...shared, average: 'weighted' }),
    support: truth.length,
    digits,
  });
}
