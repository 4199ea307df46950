import type { tf } from '@quire/runtime';
import { oneHotLabels } from './labels.ts';
import { weightedMean } from './weighted-mean.ts';

export interface CrossEntropyWeights {
  /** float32 (V): what an example of each class counts; 1 where not given. See `balancedClassWeights`. */
  classWeights?: tf.Tensor1D;
  /** float32 (…), in the shape of the labels: what each example counts; 1 where not given. */
  sampleWeights?: tf.Tensor;
  /** This much of the target is spread evenly over all classes. */
  labelSmoothing?: number;
  /** Labels that count for nothing. */
  ignoreIndex?: number;
}

/**
 * Cross-entropy in nats of class labels, each class and each example with a weight of its own: Σ wᵢ lossᵢ / Σ wᵢ, as
 * PyTorch's `CrossEntropyLoss(weight=…)`. Without weights `ops.crossEntropy` of the runtime is faster.
 *
 * @param logits float32 (…, V)
 * @param labels int32 (…)
 * @returns float32 scalar; 0 where all weights are 0
 * @throws {RangeError} where the shapes don't fit.
 */
export function crossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: CrossEntropyWeights = {},
): tf.Scalar {
  const { classWeights, sampleWeights, labelSmoothing = 0, ignoreIndex } = options;
  const classes = logits.shape.at(-1) as number;
  if (classWeights && classWeights.size !== classes) {
    throw new RangeError(`${classes} classes need as many weights, and ${classWeights.size} came.`);
  }
  const right = oneHotLabels(logits, labels);
  let weights = classWeights ? right.mul(classWeights).sum(-1) : right.sum(-1);
  if (sampleWeights) weights = weights.mul(sampleWeights);
  if (ignoreIndex !== undefined) weights = weights.mul(labels.notEqual(ignoreIndex).cast('float32'));
  const surprise = logits.logSoftmax().neg();
  const own = surprise.mul(right).sum(-1);
  if (labelSmoothing === 0) return weightedMean(own, weights);
  // The share that is spread counts by the weights of the classes it falls on.
  const spread = (classWeights ? surprise.mul(classWeights) : surprise).mean(-1);
  let counted = sampleWeights ?? right.sum(-1);
  if (ignoreIndex !== undefined) counted = counted.mul(labels.notEqual(ignoreIndex).cast('float32'));
  const total = weightedMean(own, weights).mul(1 - labelSmoothing);
  const sum = spread.mul(counted).sum().mul(labelSmoothing);
  return total.add(sum.div(weights.sum().maximum(1e-12)));
}

/** How rare classes come to count as much as frequent ones. */
export type ClassBalance =
  /** n / (k nₖ), as scikit-learn's `class_weight='balanced'`. */
  | 'frequency'
  /**
   * By the effective number of examples (1 - βⁿ) / (1 - β), scaled to a mean of 1: Cui et al. 2019, "Class-balanced loss
   * based on effective number of samples" (https://arxiv.org/abs/1901.05555).
   */
  | { beta: number };

/**
 * What each class has to count so that rare ones aren't drowned.
 *
 * @param labels the class of each example, from 0 to `classes` - 1
 * @throws {RangeError} for a class without an example, or a label that is no class.
 */
export function balancedClassWeights(
  labels: ArrayLike<number>,
  classes: number,
  balance: ClassBalance = 'frequency',
): Float32Array {
  const counts = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new RangeError(`Label ${i} is ${label}, and classes are whole numbers below ${classes}.`);
    }
    (counts[label] as number)++;
  }
  const empty = counts.indexOf(0);
  if (empty >= 0) throw new RangeError(`Class ${empty} has no example, so no weight balances it.`);
  if (balance === 'frequency') return Float32Array.from(counts, (count) => labels.length / (classes * count));
  const { beta } = balance;
  if (!(beta >= 0 && beta < 1)) throw new RangeError(`beta must be at least 0 and below 1, and is ${beta}.`);
  const weights = counts.map((count) => (1 - beta) / (1 - beta ** count));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from(weights, (weight) => (weight * classes) / total);
}
