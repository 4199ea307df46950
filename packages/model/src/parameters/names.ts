/** Published names of parameters: `transformer.h.0.attn.c_attn.weight`. */
import { leavesOf, type tf } from '@quire/runtime';

export interface Named<Leaf> {
  name: string;
  value: Leaf;
}

/** The leaves of nested parameters, or of their spec, by published name, in order. */
export function namedLeaves<Leaf = tf.Tensor>(tree: unknown): Named<Leaf>[] {
  return leavesOf<Leaf>(tree).map(({ path, value }) => ({ name: publishedName(path), value }));
}

/** `transformer.h[0].attn["in"]` as `transformer.h.0.attn.in` */
export function publishedName(path: string): string {
  return path.replaceAll(
    /\[(?:(\d+)|"([^"]*)")\]/g,
    (_, index, key, at) => `${at === 0 ? '' : '.'}${index ?? key}`,
  );
}
