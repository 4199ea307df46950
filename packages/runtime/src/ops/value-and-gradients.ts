import * as tf from '../tf.ts';
import { leavesOf, unflatten } from '../tree.ts';

/**
 * The value of a loss and its gradient by every float32 tensor of `params`, in the structure of `params`, as JAX's
 * `value_and_grad`. Other tensors of `params` get zeros.
 *
 * @throws {TypeError} where a leaf of `params` isn't a tensor.
 * @throws {Error} where the loss isn't a float32 scalar, or doesn't depend on a parameter, which is named.
 */
export function valueAndGradients<Params>(
  loss: (params: Params) => tf.Tensor,
  params: Params,
): { value: tf.Scalar; gradients: Params } {
  const leaves = leavesOf<tf.Tensor>(params, 'params');
  for (const { path, value } of leaves) {
    if (!(value instanceof tf.Tensor)) {
      throw new TypeError(`valueAndGradients: ${path} must be a tensor, and is ${typeof value}.`);
    }
  }
  const differentiable = leaves.filter(({ value }) => value.dtype === 'float32');
  const compute = (...tensors: tf.Tensor[]): tf.Tensor => {
    let next = 0;
    const all = leaves.map(({ value }) =>
      value.dtype === 'float32' ? (tensors[next++] as tf.Tensor) : value,
    );
    const result = loss(unflatten(params, all) as Params);
    if (!(result instanceof tf.Tensor) || result.size !== 1 || result.dtype !== 'float32') {
      const got = result instanceof tf.Tensor ? `${result.dtype} [${result.shape}]` : typeof result;
      throw new Error(`valueAndGradients: the loss must be one float32 number, and is ${got}.`);
    }
    return result;
  };
  const { value, grads } = tf.valueAndGrads(compute)(differentiable.map((leaf) => leaf.value));
  let next = 0;
  const gradients = leaves.map((leaf) =>
    leaf.value.dtype === 'float32' ? (grads[next++] as tf.Tensor) : tf.zerosLike(leaf.value),
  );
  return { value: value as tf.Scalar, gradients: unflatten(params, gradients) as Params };
}
