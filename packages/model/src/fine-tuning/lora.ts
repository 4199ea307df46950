/**
 * LoRA: a weight stays as it is, and what is trained is a change of low rank beside it (Hu et al. 2021, "LoRA: Low-rank
 * adaptation of large language models", https://arxiv.org/abs/2106.09685).
 */
import { jit, leavesOf, mapTree, type random, tf } from '@quire/runtime';
import { initialize } from '../parameters/initialize.ts';
import { namedLeaves, publishedName } from '../parameters/names.ts';
import { type ParameterSpec, uniform, zeros } from '../parameters/spec.ts';
import type { NamePredicate } from './predicates.ts';

export interface LoraOptions {
  /** Of the change. */
  rank: number;
  /** The change is multiplied with alpha / rank; the rank where not given, so with 1. */
  alpha?: number;
  /** Which weights get one, by published name: matrices. */
  targets: NamePredicate;
  /** `'outIn'` as PyTorch's `Linear` has its weight, or `'inOut'` as GPT-2's; `'outIn'` where not given. */
  layout?: 'outIn' | 'inOut';
}

/** By the published name of the weight: its change is B A, times alpha / rank. */
export type LoraAdapters = Record<string, LoraAdapter>;

export interface LoraAdapter {
  /** float32 (rank, in): random at the start */
  a: tf.Tensor2D;
  /** float32 (out, rank): zeros at the start, so that nothing changes yet */
  b: tf.Tensor2D;
}

/**
 * Adapters for the weights of `params`, drawn as in Microsoft's and Hugging Face's code. Whoever asked disposes them.
 *
 * @throws {RangeError} where no weight is meant, one isn't a matrix, or the rank isn't below its sides.
 */
export async function initLora(
  params: unknown,
  options: LoraOptions,
  key: random.Key,
): Promise<LoraAdapters> {
  const { rank, targets, layout = 'outIn' } = options;
  const spec: Record<string, Record<'a' | 'b', ParameterSpec<tf.Rank.R2>>> = {};
  for (const { name, value } of namedLeaves(params)) {
    if (!targets(name)) continue;
    const [rows, columns] = value.shape as [number, number];
    if (value.rank !== 2) throw new RangeError(`LoRA is for matrices, and ${name} is [${value.shape}].`);
    if (!(Number.isInteger(rank) && rank >= 1 && rank < Math.min(rows, columns))) {
      throw new RangeError(
        `The rank has to be from 1 to below the sides of ${name}, [${value.shape}], not ${rank}.`,
      );
    }
    const [from, to] = layout === 'outIn' ? [columns, rows] : [rows, columns];
    spec[name] = { a: uniform([rank, from], 1 / Math.sqrt(from)), b: zeros([to, rank]) };
  }
  if (Object.keys(spec).length === 0) {
    throw new RangeError(
      `targets means none of ${namedLeaves(params)
        .map(({ name }) => name)
        .join(', ')}.`,
    );
  }
  return initialize(spec, key);
}

/**
 * The parameters with the adapters' changes added, for use in a loss: gradients reach the adapters, and the parameters.
 *
 * @throws {RangeError} where an adapter's weight isn't there, or is of another shape.
 */
export function applyLora<Params>(params: Params, adapters: LoraAdapters, options: LoraOptions): Params {
  return added(params, adapters, options, 1);
}

/**
 * Parameters with the changes added, as new tensors; the old ones stay the caller's. The model is then an ordinary one,
 * as fast as before.
 */
export function mergeLora<Params>(
  params: Params,
  adapters: LoraAdapters,
  options: LoraOptions,
): Promise<Params> {
  return merged(params, adapters, options, 1);
}

/** Takes the changes out again; see `mergeLora`. */
export function unmergeLora<Params>(
  params: Params,
  adapters: LoraAdapters,
  options: LoraOptions,
): Promise<Params> {
  return merged(params, adapters, options, -1);
}

async function merged<Params>(
  params: Params,
  adapters: LoraAdapters,
  options: LoraOptions,
  sign: 1 | -1,
): Promise<Params> {
  const isAdapted = (path: string): boolean => publishedName(path) in adapters;
  const weights = Object.fromEntries(
    leavesOf<tf.Tensor>(params)
      .filter(({ path }) => isAdapted(path))
      .map(({ path, value }) => [publishedName(path), value]),
  );
  const add = jit(
    (weights: Record<string, tf.Tensor>, adapters: LoraAdapters) =>
      // Each weight by its name on the top level.
      Object.fromEntries(
        Object.entries(weights).map(([name, weight]) => [
          name,
          weight.add(change(adapters[name] as LoraAdapter, options, sign)),
        ]),
      ),
    { name: 'a merge of LoRA' },
  );
  requireAll(params, adapters);
  const sums = (await add(weights, adapters)) as Record<string, tf.Tensor>;
  await add.release();
  return mapTree(params as never, (weight: tf.Tensor, path) =>
    isAdapted(path) ? sums[publishedName(path)] : weight.clone(),
  ) as Params;
}

function added<Params>(params: Params, adapters: LoraAdapters, options: LoraOptions, sign: 1 | -1): Params {
  requireAll(params, adapters);
  return mapTree(params as never, (weight: tf.Tensor, path) => {
    const adapter = adapters[publishedName(path)];
    return adapter ? weight.add(change(adapter, options, sign)) : weight;
  }) as Params;
}

/** B A, or its transpose, times alpha / rank. */
function change(
  { a, b }: LoraAdapter,
  { rank, alpha = rank, layout }: LoraOptions,
  sign: 1 | -1,
): tf.Tensor2D {
  const product = layout === 'inOut' ? tf.matMul(a, b, true, true) : tf.matMul(b, a);
  return product.mul((sign * alpha) / rank);
}

function requireAll(params: unknown, adapters: LoraAdapters): void {
  const shapes = new Map(namedLeaves(params).map(({ name, value }) => [name, value.shape]));
  for (const [name, { a, b }] of Object.entries(adapters)) {
    const shape = shapes.get(name);
    const sides = [b.shape[0], a.shape[1]];
    if (!shape || (`${shape}` !== `${sides}` && `${shape}` !== `${sides.reverse()}`)) {
      throw new RangeError(
        `The adapter of ${name} is for a weight of ${sides.join(' by ')}, and the parameters have ${shape ? `[${shape}]` : 'none'}.`,
      );
    }
  }
}
