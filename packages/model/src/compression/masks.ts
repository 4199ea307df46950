/**
 * Pruning by masks: weights that a mask has 0 for count as 0 and get no gradient (Han et al. 2015, "Learning both weights
 * and connections for efficient neural networks", https://arxiv.org/abs/1506.02626).
 */
import { jit, mapTree, tf } from '@quire/runtime';
import type { NamePredicate } from '../fine-tuning/predicates.ts';
import { namedLeaves, publishedName } from '../parameters/names.ts';
import { requireSparsity } from './sparsity.ts';

/** By published name, 1 where a weight stays and 0 where it is pruned: float32 of the weight's shape. */
export type Masks = Record<string, tf.Tensor>;

export interface MagnitudeOptions {
  /** How many of the weights are pruned: from 0 to 1. */
  sparsity: number;
  /** Which weights, by published name. Biases and norms are usually left out. */
  targets: NamePredicate;
  /** Whether that many are pruned of each weight matrix, or of all together; `'each'` where not given. */
  scope?: 'each' | 'all';
}

/**
 * Masks of the weights of least magnitude; of equal ones the first are pruned. Whoever asked disposes them.
 *
 * @throws {RangeError} where nothing is meant, or the sparsity isn't from 0 to 1.
 */
export async function magnitudeMasks(
  params: unknown,
  { sparsity, targets, scope = 'each' }: MagnitudeOptions,
): Promise<Masks> {
  requireSparsity(sparsity);
  const chosen = namedLeaves(params).filter(({ name }) => targets(name));
  if (chosen.length === 0) throw new RangeError('targets means none of the parameters.');
  const data = await Promise.all(chosen.map(({ value }) => value.data() as Promise<Float32Array>));
  const masks =
    scope === 'each' ? data.flatMap((each) => smallest([each], sparsity)) : smallest(data, sparsity);
  return Object.fromEntries(
    chosen.map(({ name, value }, i) => [name, tf.tensor(masks[i] as Float32Array, value.shape)]),
  );
}

/** 0 for the smallest `sparsity` of all numbers together, else 1. */
function smallest(arrays: readonly Float32Array[], sparsity: number): Float32Array[] {
  const total = arrays.reduce((sum, { length }) => sum + length, 0);
  const count = Math.round(sparsity * total);
  const masks = arrays.map(({ length }) => new Float32Array(length).fill(1));
  if (count === 0) return masks;
  const magnitudes = new Float32Array(total);
  let at = 0;
  for (const array of arrays) for (const value of array) magnitudes[at++] = Math.abs(value);
  magnitudes.sort();
  const limit = magnitudes[count - 1] as number;
  let below = 0;
  while (below < count && (magnitudes[below] as number) < limit) below++;
  let equal = count - below;
  for (const [i, array] of arrays.entries()) {
    for (const [j, value] of array.entries()) {
      const magnitude = Math.abs(value);
      if (magnitude < limit || (magnitude === limit && equal-- > 0)) (masks[i] as Float32Array)[j] = 0;
    }
  }
  return masks;
}

/**
 * Parameters with what is pruned as 0, for use in a loss: what is pruned gets no gradient.
 *
 * @throws {RangeError} where a mask's weight isn't there, or is of another shape.
 */
export function applyMasks<Params>(params: Params, masks: Masks): Params {
  const shapes = new Map(namedLeaves(params).map(({ name, value }) => [name, value.shape]));
  for (const [name, { shape }] of Object.entries(masks)) {
    const own = shapes.get(name);
    if (`${own}` !== `${shape}`) {
      throw new RangeError(
        `The mask of ${name} is [${shape}], and the parameter ${own ? `[${own}]` : 'is not there'}.`,
      );
    }
  }
  return mapTree(params as never, (weight: tf.Tensor, path) => {
    const mask = masks[publishedName(path)];
    return mask ? weight.mul(mask) : weight;
  }) as Params;
}

/** New parameters with what is pruned as 0; the old ones stay the caller's. */
export async function pruned<Params>(params: Params, masks: Masks): Promise<Params> {
  const prune = jit((params: Params, masks: Masks) => applyMasks(params, masks), { name: 'a pruning' });
  const result = (await prune(params, masks)) as Params;
  await prune.release();
  return result;
}
