import * as tf from './tf.ts';

/** `tf.tidy` for functions that return objects of any type: frees all that was made and isn't returned. */
export function tidy<Result>(fn: () => Result): Result {
  return tf.tidy(fn as () => tf.TensorContainer) as Result;
}
