/**
 * Parameters as flat vectors: all small ones are one vector together, so that an update of a hundred of them is a few
 * operations in place of a few hundred; a large one is a vector of its own, which isn't copied together with others.
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

/** From so many elements on a parameter is a vector of its own. */
const LARGE = 2 ** 16;

/** Which parameters make a vector, by their places: those that share one first. */
function groupsOf(parameters: readonly tf.Tensor[]): number[][] {
  const small: number[] = [];
  const groups: number[][] = [];
  for (const [i, { size }] of parameters.entries()) {
    if (size < LARGE) small.push(i);
    else groups.push([i]);
  }
  return small.length > 0 ? [small, ...groups] : groups;
}

function sizesOf(parameters: readonly tf.Tensor[]): number[] {
  return groupsOf(parameters).map((group) =>
    group.reduce((sum, i) => sum + (parameters[i] as tf.Tensor).size, 0),
  );
}

/** Vectors of zeros, for all float32 parameters. */
export function zerosFor(params: unknown): tf.Tensor1D[] {
  return sizesOf(trainedLeaves(params).map(({ value }) => value)).map((size) => tf.zeros([size]));
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

/** @throws {RangeError} where `vectors` of the state belong to other parameters. */
export function requireFit(vectors: readonly tf.Tensor[], trained: readonly Trained[]): void {
  const wanted = sizesOf(trained.map(({ parameter }) => parameter));
  const found = vectors.map(({ size }) => size);
  if (`${found}` !== `${wanted}`) {
    throw new RangeError(
      `The state's vectors have the sizes [${found}], and those of the parameters are [${wanted}]: make it anew with init(params).`,
    );
  }
}

/** Tensors as vectors. */
export function flattened(tensors: readonly tf.Tensor[]): tf.Tensor1D[] {
  return groupsOf(tensors).map((group) => {
    const own = group.map((i) => (tensors[i] as tf.Tensor).flatten());
    return (own.length === 1 ? own[0] : tf.concat(own)) as tf.Tensor1D;
  });
}

/** Vectors as tensors in the shapes of the parameters. */
export function unflattened(vectors: readonly tf.Tensor[], parameters: readonly tf.Tensor[]): tf.Tensor[] {
  const tensors: tf.Tensor[] = [];
  groupsOf(parameters).forEach((group, g) => {
    const vector = vectors[g] as tf.Tensor;
    const sizes = group.map((i) => (parameters[i] as tf.Tensor).size);
    const parts = group.length === 1 ? [vector] : tf.split(vector, sizes);
    group.forEach((i, part) => {
      tensors[i] = (parts[part] as tf.Tensor).reshape((parameters[i] as tf.Tensor).shape);
    });
  });
  return tensors;
}

/** Gradients as vectors, with `weightDecay` times the parameter added to those that decay: an L2 penalty. */
export function penalized(
  trained: readonly Trained[],
  { weightDecay = 0, decays }: WeightDecay,
): tf.Tensor1D[] {
  return flattened(
    trained.map(({ path, parameter, gradient }) =>
      weightDecay > 0 && (decays?.(path, parameter) ?? true)
        ? gradient.add(parameter.mul(weightDecay))
        : gradient,
    ),
  );
}

/**
 * The parameters minus `changes`, those that decay made smaller by `rate` times `weightDecay` before: decoupled weight
 * decay (Loshchilov and Hutter 2017, https://arxiv.org/abs/1711.05101).
 */
export function subtract<Params>(
  params: Params,
  trained: readonly Trained[],
  changes: readonly tf.Tensor[],
  { rate, weightDecay = 0, decays }: WeightDecay & { rate: tf.Scalar },
): Params {
  const kept = tf.sub(1, rate.mul(weightDecay));
  const shaped = unflattened(
    changes,
    trained.map(({ parameter }) => parameter),
  );
  return replaceTrained(
    params,
    trained.map(({ path, parameter }, i) => {
      const decayed =
        weightDecay > 0 && (decays?.(path, parameter) ?? true) ? parameter.mul(kept) : parameter;
      return decayed.sub(shaped[i] as tf.Tensor);
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
