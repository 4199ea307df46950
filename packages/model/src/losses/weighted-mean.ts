import { tf } from '@quire/runtime';

/**
 * Σ wᵢ xᵢ / Σ wᵢ over all elements, the plain mean without weights, and 0 where all weights are 0.
 *
 * @param values float32 of any shape
 * @param weights float32 of the same shape
 * @returns float32 scalar
 * @throws {RangeError} where the shapes differ.
 */
export function weightedMean(values: tf.Tensor, weights?: tf.Tensor): tf.Scalar {
  if (!weights) return values.mean();
  if (`${weights.shape}` !== `${values.shape}`) {
    throw new RangeError(`The weights [${weights.shape}] aren't of the losses' shape [${values.shape}].`);
  }
  const total = weights.sum();
  return values
    .mul(weights)
    .sum()
    .div(tf.where(total.equal(0), tf.onesLike(total), total));
}
