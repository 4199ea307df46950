import * as tf from '../tf.ts';

/** float32 (N, depth): 1 where the column is the row's index. */
export function indexedOneHot(indices: tf.Tensor1D, depth: number): tf.Tensor2D {
  return tf.oneHot(indices, depth).cast('float32') as tf.Tensor2D;
}
