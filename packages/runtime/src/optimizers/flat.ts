/**
 * Parameters as one flat vector: an update of a hundred parameters is then a few operations on long vectors in place of
 * a few hundred on short ones.
 */
import * as tf from '../tf.ts';
import { leavesOf, type Placed, unflatten } from '../tree.ts';
import type { WeightDecay } from './optimizer.ts';

/** A parameter that is trained, and its gradient. */
export interface Trained {
  path: string;
  parameter: tf.Tensor;
  gradient: tf.Tensor;
}

const isTrained = (leaf: Placed<unknown>): leaf is Placed<tf.Tensor> =>
  leaf.value instanceof tf.Tensor && leaf.value.dtype === 'float32';

/** The float32 parameters of a tree. */
export function trainedLeaves(params: unknown): Placed<tf.Tensor>[] {
  return leavesOf(params, 'params').filter(isTrained);
}

/** A flat vector of zeros, as long as all float32 parameters together. */
export function zerosFor(params: unknown): tf.Tensor1D {
  return tf.zeros([trainedLeaves(params).reduce((sum, { value }) => sum + value.size, 0)]);
}

/**
 * The float32 parameters with their gradients.
 *
 * @throws {RangeError} where the structures or shapes differ.
 */
export function pair(gradients: unknown, params: unknown): Trained[] {
  const found = leavesOf<tf.Tensor>(gradients, 'params');
  const wanted = leavesOf(params, 'params');
  for (let i = 0; i < Math.max(found.length, wanted.length); i++) {
    if (found[i]?.path !== wanted[i]?.path) {
      throw new RangeError(
        `The gradients aren't of the parameters' structure: ${wanted[i]?.path ?? 'nothing more'} was expected, and ${found[i]?.path ?? 'nothing'} came.`,
      );
    }
  }
  return wanted.flatMap((leaf, i) => {
    const gradient = found[i] as Placed<tf.Tensor>;
    if (!isTrained(leaf)) return [];
    if (`${gradient.value.shape}` !== `${leaf.value.shape}`) {
      throw new RangeError(
        `The gradient of ${leaf.path} has the shape [${gradient.value.shape}], the parameter [${leaf.value.shape}].`,
      );
    }
    return [{ path: leaf.path, parameter: leaf.value, gradient: gradient.value }];
  });
}

/** @throws {RangeError} where `vector` of the state belongs to other parameters. */
export function requireFit(vector: tf.Tensor, trained: readonly Trained[]): void {
  const size = trained.reduce((sum, { parameter }) => sum + parameter.size, 0);
  if (vector.size !== size) {
    throw new RangeError(
      `The state is of ${vector.size} parameters, and ${size} came: make it anew with init(params).`,
    );
  }
}

export function concatenate(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat(tensors.map((tensor) => tensor.flatten())) as tf.Tensor1D;
}

/** Gradients as a flat vector, with `weightDecay` times the parameter added to those that decay: an L2 penalty. */
export function penalized(
  trained: readonly Trained[],
  { weightDecay = 0, decays }: WeightDecay,
): tf.Tensor1D {
  return concatenate(
    trained.map(({ path, parameter, gradient }) =>
      weightDecay > 0 && (decays?.(path, parameter) ?? true)
        ? gradient.add(parameter.mul(weightDecay))
        : gradient,
    ),
  );
}

/**
 * The parameters minus `change`, those that decay made smaller by `rate` times `weightDecay` before: decoupled weight
 * decay (Loshchilov and Hutter 2017, https://arxiv.org/abs/1711.05101).
 */
export function subtract<Params>(
  params: Params,
  trained: readonly Trained[],
  change: tf.Tensor1D,
  { rate, weightDecay = 0, decays }: WeightDecay & { rate: tf.Scalar },
): Params {
  const kept = tf.sub(1, rate.mul(weightDecay));
  const changes = tf.split(
    change,
    trained.map(({ parameter }) => parameter.size),
  );
  return replaceTrained(
    params,
    trained.map(({ path, parameter }, i) => {
      const decayed =
        weightDecay > 0 && (decays?.(path, parameter) ?? true) ? parameter.mul(kept) : parameter;
      return decayed.sub((changes[i] as tf.Tensor).reshape(parameter.shape));
    }),
  );
}

/** The tree with its float32 tensors replaced, in order; other tensors are copied, so that the old ones can be freed. */
export function replaceTrained<Params>(params: Params, replacements: readonly tf.Tensor[]): Params {
  let next = 0;
  const leaves = leavesOf(params).map((leaf) => {
    if (isTrained(leaf)) return replacements[next++];
    return leaf.value instanceof tf.Tensor ? leaf.value.clone() : leaf.value;
  });
  return unflatten(params, leaves) as Params;
}
