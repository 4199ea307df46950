import type { tf } from '@quire/runtime';
import { oneHotLabels } from './labels.ts';
import { weightedMean } from './weighted-mean.ts';

/**
 * Generalized cross-entropy (1 - p^q) / q of the right class's probability, for labels of which some are wrong: between
 * cross-entropy (q → 0) and mean absolute error (q = 1), which wrong labels move less (Zhang and Sabuncu 2018,
 * https://arxiv.org/abs/1805.07836).
 *
 * @param logits float32 (…, V)
 * @param labels int32 (…)
 * @param options `q`: 0.7 where not given, as in the paper; `sampleWeights`: float32 (…)
 * @returns float32 scalar
 * @throws {RangeError} where q isn't in (0, 1], or the shapes don't fit.
 */
export function generalizedCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: { q?: number; sampleWeights?: tf.Tensor } = {},
): tf.Scalar {
  const { q = 0.7, sampleWeights } = options;
  if (!(q > 0 && q <= 1)) throw new RangeError(`q must be above 0 and at most 1, and is ${q}.`);
  const log = logits.logSoftmax().mul(oneHotLabels(logits, labels)).sum(-1);
  return weightedMean(log.mul(q).exp().neg().add(1).div(q), sampleWeights);
}
