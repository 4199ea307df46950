import { type Jitted, jit, leavesOf, random, tf, unflatten } from '@quire/runtime';
import { type Initializer, ParameterSpec, type ParametersOf } from './spec.ts';

type Draw = Jitted<(key: random.Key) => tf.Tensor>;

/**
 * New parameters for a spec, float32, on the device in use. The same key gives the same numbers on every device. Whoever
 * asked disposes them.
 *
 * @param key a random key, `random.key(seed)`
 */
export async function initialize<Spec>(spec: Spec, key: random.Key): Promise<ParametersOf<Spec>> {
  const draws = new Map<string, Draw>();
  const tensors: tf.Tensor[] = [];
  try {
    for (const [i, { path, value }] of leavesOf<ParameterSpec>(spec).entries()) {
      if (!(value instanceof ParameterSpec)) throw new TypeError(`The spec has no parameter at ${path}.`);
      const { shape, initializer } = value;
      const kind = `${JSON.stringify(initializer)}[${shape}]`;
      const draw =
        draws.get(kind) ??
        jit((key: random.Key) => numbers(key, shape as number[], initializer), { name: 'initialize' });
      draws.set(kind, draw);
      const own = random.foldIn(key, i);
      tensors.push((await draw(own)) as tf.Tensor);
      own.dispose();
    }
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  } finally {
    for (const draw of draws.values()) await draw.release();
  }
  return unflatten(spec, tensors) as ParametersOf<Spec>;
}

function numbers(key: random.Key, shape: readonly number[], initializer: Initializer): tf.Tensor {
  switch (initializer.kind) {
    case 'zeros':
      return tf.zeros([...shape]);
    case 'ones':
      return tf.ones([...shape]);
    case 'constant':
      return tf.fill([...shape], initializer.value);
    case 'uniform':
      return random.uniform(key, shape, -initializer.bound, initializer.bound);
    case 'normal': {
      const drawn = random.normal(key, shape, 0, initializer.deviation);
      const { zeroRow } = initializer;
      if (zeroRow === undefined) return drawn;
      const rows = shape[0] as number;
      return drawn.mul(tf.range(0, rows, 1, 'int32').notEqual(zeroRow).cast('float32').reshape([rows, 1]));
    }
  }
}
