import type { tf } from '@quire/runtime';

/** A matrix as the product of two thin ones, `left` (m, r) times `right` (r, n): fewer numbers, and faster to apply. */
export interface Factored {
  left: tf.Tensor2D;
  right: tf.Tensor2D;
}

/** A weight that a compression may have made two of. */
export type Matrix = tf.Tensor2D | Factored;

/** x W, or x Wᵀ: float32 (N, in) -> (N, out) */
export function times(x: tf.Tensor2D, weight: Matrix, transposed = false): tf.Tensor2D {
  if (!('left' in weight)) return x.matMul(weight, false, transposed) as tf.Tensor2D;
  const [first, second] = transposed ? [weight.right, weight.left] : [weight.left, weight.right];
  return x.matMul(first, false, transposed).matMul(second, false, transposed) as tf.Tensor2D;
}
