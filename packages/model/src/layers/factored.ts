import { ops, type tf } from '@quire/runtime';
import { ObservedMatrix } from './observed.ts';

/** A matrix as the product of two thin ones, `left` (m, r) times `right` (r, n): fewer numbers, and faster to apply. */
export interface Factored {
  left: tf.Tensor2D;
  right: tf.Tensor2D;
}

/** A weight that a compression may have made two of, or small integers. */
export type Matrix = tf.Tensor2D | Factored | ops.QuantizedMatrix | ObservedMatrix;

/**
 * x W, or x Wᵀ: float32 (N, in) -> (N, out)
 *
 * @throws {RangeError} where the weight was quantized as if it were the other way round.
 */
export function times(x: tf.Tensor2D, weight: Matrix, transposed = false): tf.Tensor2D {
  if (weight instanceof ops.QuantizedMatrix) {
    const layout = transposed ? 'outIn' : 'inOut';
    if (weight.layout !== layout) {
      throw new RangeError(
        `A weight [${weight.shape}] was quantized with the layout '${weight.layout}', and this layer has '${layout}': quantize it with that.`,
      );
    }
    return ops.quantizedMatMul(x, weight);
  }
  if (weight instanceof ObservedMatrix) {
    weight.observe(x);
    return x.matMul(weight.weight, false, transposed) as tf.Tensor2D;
  }
  if (!('left' in weight)) return x.matMul(weight, false, transposed) as tf.Tensor2D;
  const [first, second] = transposed ? [weight.right, weight.left] : [weight.left, weight.right];
  return x.matMul(first, false, transposed).matMul(second, false, transposed) as tf.Tensor2D;
}
