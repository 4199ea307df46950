/** Reading reference numbers of `fixtures/techniques`, for tests. */
import { readFileSync } from 'node:fs';
import { jit, tf, valueAndGradients } from '@quire/runtime';

/** The numbers that `make.py` wrote under that name. */
export function reference<Numbers>(name: string): Numbers {
  const url = new URL(`../fixtures/techniques/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Numbers;
}

/** The largest difference of two nested arrays of numbers; infinite where they aren't alike in shape, or not finite. */
export function apart(found: unknown, wanted: unknown): number {
  if (Array.isArray(found) && Array.isArray(wanted) && found.length === wanted.length) {
    return found.reduce((most: number, each, i) => Math.max(most, apart(each, wanted[i])), 0);
  }
  const difference =
    typeof found === 'number' && typeof wanted === 'number' ? Math.abs(found - wanted) : Number.NaN;
  return Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY;
}

/** The value of a compiled loss and its gradient by `inputs`. */
export async function withGradient(
  loss: (inputs: tf.Tensor) => tf.Tensor,
  inputs: unknown,
): Promise<{ value: number; gradient: unknown }> {
  const own = tf.tensor(inputs as number[]);
  const compiled = jit((x: tf.Tensor) => valueAndGradients(({ x }) => loss(x), { x }));
  const { value, gradients } = await compiled(own);
  const x = gradients.x as tf.Tensor;
  const found = { value: (await value.data())[0] as number, gradient: await x.array() };
  await compiled.release();
  tf.dispose([own, value, x]);
  return found;
}
