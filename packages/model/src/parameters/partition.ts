/** Parting parameters into those that are trained and the others, and putting them together again. */
import { leavesOf, mapTree, type Tree, type tf } from '@quire/runtime';
import { namedLeaves, publishedName } from './names.ts';
import type { ParameterSpec, ParametersOf } from './spec.ts';

/** Parameters of which some are left out; items of arrays are where they were. */
export type PartOf<Params> = Params extends tf.Tensor
  ? Params
  : Params extends readonly (infer Item)[]
    ? (PartOf<Item> | undefined)[]
    : Params extends object
      ? { [Key in keyof Params]?: PartOf<Params[Key]> }
      : Params;

/**
 * The parameters for whose published name `predicate` says true, and the others. Both hold the tensors themselves;
 * nothing is copied. What is empty of an object is left out; of an array it is an empty object, so that the others keep
 * their place.
 */
export function partition<Params extends object>(
  params: Params,
  predicate: (name: string, tensor: tf.Tensor) => boolean,
): [chosen: PartOf<Params>, others: PartOf<Params>] {
  const part = (wanted: boolean): PartOf<Params> =>
    (pruned(params, '', (path, value) => predicate(publishedName(path), value) === wanted) ??
      {}) as PartOf<Params>;
  return [part(true), part(false)];
}

function pruned(tree: unknown, path: string, keep: (path: string, value: tf.Tensor) => boolean): unknown {
  if (Array.isArray(tree)) {
    const items = tree.map((item, i) => pruned(item, `${path}[${i}]`, keep));
    return items.some((item) => item !== undefined) ? items.map((item) => item ?? {}) : undefined;
  }
  const [only] = leavesOf(tree);
  if (only?.path === '') return keep(path, tree as tf.Tensor) ? tree : undefined;
  const entries = Object.entries(tree as object)
    .map(([key, item]) => [key, pruned(item, `${path}[${JSON.stringify(key)}]`, keep)])
    .filter(([, item]) => item !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** The parameters that a spec declares; of parameters their own type. */
export type Whole<Like> = Like extends tf.Tensor
  ? Like
  : Like extends ParameterSpec
    ? ParametersOf<Like>
    : Like extends readonly (infer Item)[]
      ? Whole<Item>[]
      : Like extends object
        ? { [Key in keyof Like]: Whole<Like[Key]> }
        : Like;

/**
 * Parameters in the structure of `like` (the whole parameters, or their spec), each from the part that has it.
 *
 * @throws {Error} where no part has a parameter, or several have.
 */
export function merge<Like extends object>(
  like: Like,
  ...parts: readonly PartOf<Whole<NoInfer<Like>>>[]
): Whole<Like> {
  const found = new Map<string, tf.Tensor>();
  for (const part of parts) {
    for (const { name, value } of namedLeaves(part)) {
      if (found.has(name)) throw new Error(`merge: ${name} is in several parts.`);
      found.set(name, value);
    }
  }
  return mapTree(like as Tree<unknown>, (_, path) => {
    const value = found.get(publishedName(path));
    if (!value) throw new Error(`merge: ${publishedName(path)} is in no part.`);
    return value;
  }) as Whole<Like>;
}

/** Whether a published name is that of a parameter that gradients train: not a buffer, such as running statistics. */
export function trainable(spec: unknown): (name: string) => boolean {
  const buffers = new Set(
    namedLeaves<ParameterSpec>(spec)
      .filter(({ value }) => value.buffer)
      .map(({ name }) => name),
  );
  return (name) => !buffers.has(name);
}
