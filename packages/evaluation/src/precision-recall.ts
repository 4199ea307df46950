/**
 * Precision, recall and F1, with scikit-learn's averages and its treatment of 0/0:
 * https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures
 */
import { checkPair, type Label, labelSet } from './labels.ts';

/**
 * How one number is made of C classes: `'micro'` counts all classes together, `'macro'` takes the mean over classes,
 * `'weighted'` the mean weighted by each class's number of true examples, `'none'` keeps one number for each class.
 */
export type Average = 'micro' | 'macro' | 'weighted' | 'none';

export interface AverageOptions<L extends Label> {
  /** Default: `'macro'`. */
  average?: Average;
  /** All classes, in the order wanted. Default: all that occur, ascending. */
  labels?: readonly L[];
  /** The classes that the average is over. Default: all. One class makes it that class's binary score. */
  averageOver?: readonly L[];
  /** What 0/0 is. NaN leaves the class out of a mean. Default: 0. */
  zeroDivision?: 0 | 1 | typeof NaN;
}

export interface PrecisionRecallF1 {
  /** Of the examples predicted as the class, the share that are of it. */
  precision: number;
  /** Of the examples of the class, the share that were predicted as it. */
  recall: number;
  /** The harmonic mean of the two. */
  f1: number;
}

export interface ClassScores<L extends Label> extends PrecisionRecallF1 {
  label: L;
  /** How many true examples the class has. */
  support: number;
}

type NoAverage<L extends Label> = AverageOptions<L> & { average: 'none' };
type OneAverage<L extends Label> = AverageOptions<L> & { average?: Exclude<Average, 'none'> };

/**
 * Precision, from 0 to 1: of the examples predicted as a class, the share that are of it.
 * @param truth N true labels.
 * @param predicted N predicted labels.
 * @returns one number, or with `average: 'none'` one for each class.
 * @throws when the two are empty or differ in length, or hold a label that `options.labels` lacks.
 */
export function precision<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: NoAverage<L>,
): Map<L, number>;
export function precision<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options?: OneAverage<L>,
): number;
export function precision<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: AverageOptions<L> = {},
): number | Map<L, number> {
  return pick('precision', tally('precision', truth, predicted, options), options);
}

/**
 * Recall, from 0 to 1: of the examples of a class, the share that were predicted as it.
 * @param truth N true labels.
 * @param predicted N predicted labels.
 * @returns one number, or with `average: 'none'` one for each class.
 * @throws when the two are empty or differ in length, or hold a label that `options.labels` lacks.
 */
export function recall<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: NoAverage<L>,
): Map<L, number>;
export function recall<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options?: OneAverage<L>,
): number;
export function recall<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: AverageOptions<L> = {},
): number | Map<L, number> {
  return pick('recall', tally('recall', truth, predicted, options), options);
}

/**
 * F1, from 0 to 1: the harmonic mean of precision and recall, `2TP / (2TP + FP + FN)`.
 * The macro average is the mean of the classes' F1, not the F1 of the mean precision and recall.
 * @param truth N true labels.
 * @param predicted N predicted labels.
 * @returns one number, or with `average: 'none'` one for each class.
 * @throws when the two are empty or differ in length, or hold a label that `options.labels` lacks.
 */
export function f1<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: NoAverage<L>,
): Map<L, number>;
export function f1<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options?: OneAverage<L>,
): number;
export function f1<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: AverageOptions<L> = {},
): number | Map<L, number> {
  return pick('f1', tally('f1', truth, predicted, options), options);
}

/**
 * Precision, recall and F1 of every class.
 * @throws when the two are empty or differ in length, or hold a label that `options.labels` lacks.
 */
export function classScores<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: Omit<AverageOptions<L>, 'average'> = {},
): ClassScores<L>[] {
  const zeroDivision = options.zeroDivision ?? 0;
  return tally('classScores', truth, predicted, options).map((counts) => ({
    label: counts.label,
    ...scores(counts, zeroDivision),
    support: counts.actual,
  }));
}

/**
 * Precision, recall and F1, averaged over the classes.
 * @throws when the two are empty or differ in length, or hold a label that `options.labels` lacks.
 */
export function averageScores<L extends Label>(
  truth: readonly L[],
  predicted: readonly L[],
  options: OneAverage<L> = {},
): PrecisionRecallF1 {
  const counts = tally('averageScores', truth, predicted, options);
  return {
    precision: pick('precision', counts, options) as number,
    recall: pick('recall', counts, options) as number,
    f1: pick('f1', counts, options) as number,
  };
}

interface Counts {
  truePositives: number;
  /** TP + FP. */
  predicted: number;
  /** TP + FN. */
  actual: number;
}

function tally<L extends Label>(
  where: string,
  truth: readonly L[],
  predicted: readonly L[],
  options: AverageOptions<L>,
): (Counts & { label: L })[] {
  checkPair(where, truth, predicted);
  const { labels, indexOf } = labelSet(where, { truth, predicted }, options.labels);
  const counts = labels.map((label) => ({ label, truePositives: 0, predicted: 0, actual: 0 }));
  for (let i = 0; i < truth.length; i++) {
    const actualClass = counts[indexOf(truth[i]!, 'truth', i)]!;
    const predictedClass = counts[indexOf(predicted[i]!, 'predicted', i)]!;
    actualClass.actual++;
    predictedClass.predicted++;
    if (actualClass === predictedClass) actualClass.truePositives++;
  }
  if (options.averageOver === undefined) return counts;
  const over = labelSet(where, {}, options.averageOver).labels;
  return over.map((label, i) => counts[indexOf(label, 'averageOver', i)]!);
}

function scores(counts: Counts, zeroDivision: number): PrecisionRecallF1 {
  const { truePositives, predicted, actual } = counts;
  const divide = (numerator: number, denominator: number) =>
    denominator === 0 ? zeroDivision : numerator / denominator;
  return {
    precision: divide(truePositives, predicted),
    recall: divide(truePositives, actual),
    f1: divide(2 * truePositives, predicted + actual),
  };
}

function pick<L extends Label>(
  metric: keyof PrecisionRecallF1,
  counts: readonly (Counts & { label: L })[],
  options: AverageOptions<L>,
): number | Map<L, number> {
  const { average = 'macro', zeroDivision = 0 } = options;
  if (average === 'micro') {
    const sum = (key: keyof Counts) => counts.reduce((total, count) => total + count[key], 0);
    const together = {
      truePositives: sum('truePositives'),
      predicted: sum('predicted'),
      actual: sum('actual'),
    };
    return scores(together, zeroDivision)[metric];
  }
  const perClass = counts.map((count) => scores(count, zeroDivision)[metric]);
  if (average === 'none') return new Map(counts.map((count, i) => [count.label, perClass[i]!]));
  if (average !== 'macro' && average !== 'weighted') {
    throw new Error(
      `${metric}: average is ${JSON.stringify(average)}; give 'micro', 'macro', 'weighted' or 'none'.`,
    );
  }
  return mean(perClass, average === 'weighted' ? counts.map((count) => count.actual) : undefined);
}

/** The mean of what isn't NaN; weights that are all 0 count as equal. */
function mean(values: readonly number[], weights?: readonly number[]): number {
  let total = 0;
  let totalWeight = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const weight = weights === undefined ? 1 : weights[i]!;
    total += weight * values[i]!;
    totalWeight += weight;
  }
  if (totalWeight > 0) return total / totalWeight;
  return weights === undefined ? NaN : mean(values);
}
