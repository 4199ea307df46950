/**
 * Random numbers as pure functions of a key, as in JAX: the same key gives the same numbers, eagerly and compiled, on
 * every device. Split a key, or fold a step into it, for each use.
 */
import * as tf from '../tf.ts';
import { bits, checkKey, type Key } from './bits.ts';

export { bits, type Key };

/** The key of a seed, an integer. */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed))
    throw new RangeError(`random.key: the seed must be an integer, not ${seed}.`);
  return tf.tensor1d([seed | 0, Math.floor(seed / 2 ** 32) | 0], 'int32');
}

/** `count` keys whose numbers have nothing to do with each other's, nor with `from`'s. */
export function split(from: Key, count = 2): Key[] {
  return tf.tidy(() => tf.unstack(bits(from, [count, 2])) as Key[]);
}

/** A key for `data`, an integer or int32 scalar such as the step. */
export function foldIn(from: Key, data: number | tf.Scalar): Key {
  checkKey(from);
  return tf.tidy(() => {
    const number = typeof data === 'number' ? tf.scalar(data, 'int32') : data;
    return bits(from.add(tf.stack([number, number])) as Key, [2]) as Key;
  });
}

/** float32 of `shape` in [low, high). */
export function uniform(from: Key, shape: readonly number[], low = 0, high = 1): tf.Tensor {
  return tf.tidy(() => {
    // The largest float32 below 1 stands in for what rounds up to it.
    const unit = bits(from, shape)
      .cast('float32')
      .mul(2 ** -32)
      .add(0.5)
      .minimum(1 - 2 ** -24);
    return low === 0 && high === 1 ? unit : unit.mul(high - low).add(low);
  });
}

/** int32 of `shape` in [low, high). */
export function integers(from: Key, shape: readonly number[], low: number, high: number): tf.Tensor {
  if (!(high > low)) throw new RangeError(`random.integers: ${high} is not above ${low}.`);
  return tf.tidy(() =>
    uniform(from, shape)
      .mul(high - low)
      .floor()
      .cast('int32')
      .minimum(tf.scalar(high - low - 1, 'int32'))
      .add(tf.scalar(low, 'int32')),
  );
}

/** float32 of `shape`, normally distributed (Box and Muller 1958). */
export function normal(from: Key, shape: readonly number[], mean = 0, deviation = 1): tf.Tensor {
  return tf.tidy(() => {
    const [radius, angle] = tf.unstack(uniform(from, [2, ...shape])) as [tf.Tensor, tf.Tensor];
    const unit = tf
      .scalar(1)
      .sub(radius)
      .log()
      .mul(-2)
      .sqrt()
      .mul(angle.mul(2 * Math.PI).cos());
    return unit.mul(deviation).add(mean);
  });
}

/** bool of `shape`, true with the given probability. */
export function bernoulli(from: Key, shape: readonly number[], probability: number): tf.Tensor {
  checkProbability('bernoulli', probability);
  return tf.tidy(() => uniform(from, shape).less(probability));
}

/**
 * Draws classes by their unnormalized log-probabilities, by the Gumbel-max trick.
 *
 * @param logits float32 (…, V)
 * @returns int32 (…)
 */
export function categorical(from: Key, logits: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const drawn = uniform(from, logits.shape).maximum(1e-30);
    return logits.sub(drawn.log().neg().log()).argMax(-1);
  });
}

/** Zeros with probability `rate`, the rest scaled by 1 / (1 - rate) (Srivastava et al. 2014). */
export function dropout<T extends tf.Tensor>(from: Key, x: T, rate: number): T {
  checkProbability('dropout', rate);
  if (rate === 1) return tf.zerosLike(x);
  if (rate === 0) return x.clone() as T;
  // Outside of the gradient: the mask is a constant of the step.
  const kept = tf.tidy(() =>
    uniform(from, x.shape)
      .greaterEqual(rate)
      .cast('float32')
      .div(1 - rate),
  );
  return x.mul(kept) as T;
}

function checkProbability(name: string, probability: number): void {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`random.${name}: ${probability} is not a probability.`);
  }
}
