import { tf } from '@quire/runtime';

/**
 * Rows of a table by their number.
 *
 * @param table float32 (N, C)
 * @param ids int32 (B, T)
 * @param padding a row that isn't trained by being looked up, PyTorch's `padding_idx`
 * @returns float32 (B, T, C)
 */
export function embed(table: tf.Tensor2D, ids: tf.Tensor2D, padding?: number): tf.Tensor3D {
  const rows = tf.gather(table, ids) as tf.Tensor as tf.Tensor3D;
  if (padding === undefined) return rows;
  const isPadding = ids.equal(tf.scalar(padding, 'int32')).expandDims(-1); // (B, T) -> (B, T, 1)
  return tf.where(isPadding, untrained(rows), rows);
}

/** The same numbers, through which no gradient flows. */
function untrained<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => ({
    value: (args[0] as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }))(x) as T;
}
