/**
 * Nested objects and arrays of values ("trees", as in JAX's pytrees): how parameters, optimizer state and batches
 * are passed around. Keys of objects are visited in their own order.
 */
import * as tf from './tf.ts';

export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [key: string]: Tree<Leaf> };

/** A value inside a tree and where it is: `params.blocks[0].weight`. */
export interface Placed<Leaf> {
  path: string;
  value: Leaf;
}

/** Whether to look inside: arrays and plain objects; anything of a class is a leaf. */
export function isContainer(value: unknown): value is readonly unknown[] | Record<string, unknown> {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function joinPath(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  // Most names are ASCII, which is found out faster.
  const isName = /^[A-Za-z_$][\w$]*$/.test(key) || /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key);
  if (!isName) return `${parent}[${JSON.stringify(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** The leaves of `tree` in order, each with its path, which starts with `root`. */
export function leavesOf<Leaf = unknown>(tree: unknown, root = ''): Placed<Leaf>[] {
  const found: Placed<Leaf>[] = [];
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) visit(item, joinPath(path, i));
    } else if (isContainer(value)) {
      for (const [key, item] of Object.entries(value)) visit(item, joinPath(path, key));
    } else found.push({ path, value: value as Leaf });
  };
  visit(tree, root);
  return found;
}

/** A tree of the same structure, each leaf replaced by what `change` makes of it. */
export function mapTree<Leaf, Result>(
  tree: Tree<Leaf>,
  change: (leaf: Leaf, path: string) => Result,
  root = '',
): Tree<Result> {
  if (Array.isArray(tree)) return tree.map((item, i) => mapTree(item, change, joinPath(root, i)));
  if (isContainer(tree)) {
    return Object.fromEntries(
      Object.entries(tree).map(([key, item]) => [
        key,
        mapTree(item as Tree<Leaf>, change, joinPath(root, key)),
      ]),
    );
  }
  return change(tree as Leaf, root);
}

/** The same tree with clones of its tensors, which share their memory and are disposed apart. */
export function cloneTree<T>(tree: T): T {
  return mapTree(tree as Tree<unknown>, (leaf) => (leaf instanceof tf.Tensor ? leaf.clone() : leaf)) as T;
}

/** A tree of `like`'s structure whose leaves are `leaves`, in order. */
export function unflatten<Result>(like: unknown, leaves: readonly Result[]): Tree<Result> {
  let next = 0;
  return mapTree(like as Tree<unknown>, () => leaves[next++] as Result);
}
