import * as tf from '../tf.ts';
import { leavesOf, mapTree, type Tree, unflatten } from '../tree.ts';

/** What a loss function returns that has more to tell than the loss, such as new statistics of a batch norm. */
export interface LossAnd<Also> {
  loss: tf.Tensor;
  /** Nested objects and arrays of tensors, and anything else. No gradient is taken of it. */
  also: Also;
}

/**
 * The value of a loss and its gradient by every float32 tensor of `params`, in the structure of `params`, as JAX's
 * `value_and_grad`. Other tensors of `params` get zeros. A loss function that returns `{ loss, also }` gets `also` back
 * beside them (JAX's `has_aux`); other tensors that it makes are disposed.
 *
 * @throws {TypeError} where a leaf of `params` isn't a tensor.
 * @throws {Error} where the loss isn't a float32 scalar, or doesn't depend on a parameter, which is named.
 */
export function valueAndGradients<Params, Also>(
  loss: (params: Params) => LossAnd<Also>,
  params: Params,
): { value: tf.Scalar; gradients: Params; also: Also };
export function valueAndGradients<Params>(
  loss: (params: Params) => tf.Tensor,
  params: Params,
): { value: tf.Scalar; gradients: Params };
export function valueAndGradients<Params>(
  loss: (params: Params) => tf.Tensor | LossAnd<unknown>,
  params: Params,
): { value: tf.Scalar; gradients: Params; also?: unknown } {
  const leaves = leavesOf<tf.Tensor>(params, 'params');
  for (const { path, value } of leaves) {
    if (!(value instanceof tf.Tensor)) {
      throw new TypeError(`valueAndGradients: ${path} must be a tensor, and is ${typeof value}.`);
    }
  }
  const differentiable = leaves.filter(({ value }) => value.dtype === 'float32');
  let also: { kept: Tree<unknown> } | undefined;
  const compute = (...tensors: tf.Tensor[]): tf.Tensor => {
    let next = 0;
    const all = leaves.map(({ value }) =>
      value.dtype === 'float32' ? (tensors[next++] as tf.Tensor) : value,
    );
    const returned = loss(unflatten(params, all) as Params);
    const result = isLossAnd(returned) ? returned.loss : returned;
    if (!(result instanceof tf.Tensor) || result.size !== 1 || result.dtype !== 'float32') {
      const got = result instanceof tf.Tensor ? `${result.dtype} [${result.shape}]` : typeof result;
      throw new Error(`valueAndGradients: the loss must be one float32 number, and is ${got}.`);
    }
    // TensorFlow.js disposes what is made in here and isn't kept.
    if (isLossAnd(returned)) {
      also = { kept: mapTensors(returned.also, (tensor) => tf.keep(tensor.clone())) };
    }
    return result;
  };
  try {
    const tensors = differentiable.map((leaf) => leaf.value);
    const { value, grads } = tf.engine().gradients(() => compute(...tensors), tensors, undefined, true);
    const apart = differentiable.filter((_, i) => !grads[i]).map(({ path }) => path);
    if (apart.length > 0) {
      tf.dispose([value, ...grads.filter((gradient) => gradient)]);
      throw new Error(
        `valueAndGradients: the loss doesn't depend on ${apart.join(', ')}. Leave out what isn't trained.`,
      );
    }
    let next = 0;
    const gradients = leaves.map((leaf) =>
      leaf.value.dtype === 'float32' ? (grads[next++] as tf.Tensor) : tf.zerosLike(leaf.value),
    );
    return {
      value: value as tf.Scalar,
      gradients: unflatten(params, gradients) as Params,
      ...(also ? { also: mapTensors(also.kept, (tensor) => tensor.clone()) } : {}),
    };
  } finally {
    if (also) mapTensors(also.kept, (tensor) => tensor.dispose());
  }
}

function isLossAnd(returned: tf.Tensor | LossAnd<unknown>): returned is LossAnd<unknown> {
  return !(returned instanceof tf.Tensor) && returned?.loss !== undefined;
}

function mapTensors(tree: unknown, change: (tensor: tf.Tensor) => unknown): Tree<unknown> {
  return mapTree(tree as Tree<unknown>, (leaf) => (leaf instanceof tf.Tensor ? change(leaf) : leaf));
}
