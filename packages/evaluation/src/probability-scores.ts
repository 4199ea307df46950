/** Scores of predicted probabilities that are best, in expectation, when the probabilities are true. */
import { checkNotEmpty, checkRange, checkSameLength } from './check.ts';
import { type Label, labelSet } from './labels.ts';

export interface ProbabilityScoreOptions<L extends Label> {
  /** The class of each column. Default: all that occur in `truth`, ascending. */
  labels?: readonly L[];
}

/** How far a row's sum may be from 1: what a softmax in single precision leaves. */
const SUM_TOLERANCE = 1e-4;

/**
 * The mean negative log-probability of the true class, in nats, as scikit-learn's `log_loss`: probabilities are kept
 * 2.2e-16 away from 0 and 1, so that one certain error doesn't make the result infinite.
 * @param truth N true labels.
 * @param probabilities N x C, rows summing to 1; or, for two classes, N probabilities of the second.
 * @throws when empty, when lengths differ, when a probability isn't from 0 to 1 or a row doesn't sum to 1, or when
 * `truth` holds a label that `options.labels` lacks.
 */
export function logLoss<L extends Label>(
  truth: readonly L[],
  probabilities: readonly number[] | readonly (readonly number[])[],
  options: ProbabilityScoreOptions<L> = {},
): number {
  const { rows, targets } = check('logLoss', truth, probabilities, options);
  let nats = 0;
  rows.forEach((row, i) => {
    const probability = row[targets[i]!]!;
    nats -= Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability)));
  });
  return nats / rows.length;
}

/**
 * The mean squared distance between the predicted probabilities and the truth, 0 at best, as scikit-learn's
 * `brier_score_loss`: summed over classes and so up to 2, but for two classes halved and so up to 1.
 * @param truth N true labels.
 * @param probabilities N x C, rows summing to 1; or, for two classes, N probabilities of the second.
 * @throws when empty, when lengths differ, when a probability isn't from 0 to 1 or a row doesn't sum to 1, or when
 * `truth` holds a label that `options.labels` lacks.
 */
export function brierScore<L extends Label>(
  truth: readonly L[],
  probabilities: readonly number[] | readonly (readonly number[])[],
  options: ProbabilityScoreOptions<L> = {},
): number {
  const { rows, targets } = check('brierScore', truth, probabilities, options);
  let squares = 0;
  rows.forEach((row, i) => {
    row.forEach((probability, column) => {
      squares += (probability - (column === targets[i] ? 1 : 0)) ** 2;
    });
  });
  const scale = rows[0]!.length === 2 ? 0.5 : 1;
  return (scale * squares) / rows.length;
}

/** Rows of N x C and, for each, the column of its true class. */
function check<L extends Label>(
  where: string,
  truth: readonly L[],
  probabilities: readonly number[] | readonly (readonly number[])[],
  options: ProbabilityScoreOptions<L>,
): { rows: readonly (readonly number[])[]; targets: number[] } {
  checkSameLength(
    where,
    { name: 'truth', length: truth.length },
    { name: 'probabilities', length: probabilities.length },
  );
  checkNotEmpty(where, 'truth', truth);
  const { labels, indexOf } = labelSet(where, { truth }, options.labels);
  const targets = truth.map((label, i) => indexOf(label, 'truth', i));
  const rows = probabilities.map((row, i) => {
    if (typeof row === 'number') {
      checkRange(where, `probabilities[${i}]`, row, { minimum: 0, maximum: 1 });
      return [1 - row, row];
    }
    row.forEach((probability, column) => {
      checkRange(where, `probabilities[${i}][${column}]`, probability, { minimum: 0, maximum: 1 });
    });
    const sum = row.reduce((a, b) => a + b, 0);
    if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      throw new Error(`${where}: probabilities[${i}] sums to ${sum}; give probabilities that sum to 1.`);
    }
    return row;
  });
  const wrong = rows.findIndex((row) => row.length !== labels.length);
  if (wrong >= 0) {
    throw new Error(
      `${where}: probabilities[${wrong}] has ${rows[wrong]!.length} classes and there are ${labels.length} labels; give labels, one for each column in order.`,
    );
  }
  return { rows, targets };
}
