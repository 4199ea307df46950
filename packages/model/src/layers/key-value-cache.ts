import { tf } from '@quire/runtime';

/**
 * Keys and values of the positions that a decoder has seen, with room for `capacity`. Its shape stays the same from token
 * to token, so that one compiled graph makes them all.
 */
export interface KeyValueCache {
  /** One for each layer. */
  layers: LayerCache[];
  /** int32 scalar: positions that are filled */
  length: tf.Scalar;
}

export interface LayerCache {
  /** float32 (B, H, capacity, D) */
  key: tf.Tensor4D;
  /** float32 (B, H, capacity, D) */
  value: tf.Tensor4D;
}

/** What an architecture keeps for each position. */
export interface CacheLayout {
  layers: number;
  /** Heads that keys and values have. */
  heads: number;
  headWidth: number;
}

export interface CacheSize extends CacheLayout {
  batch: number;
  capacity: number;
}

/** A cache in which nothing is filled. Whoever asked disposes it. */
export function emptyCache({ batch, layers, heads, headWidth, capacity }: CacheSize): KeyValueCache {
  const zeros = (): tf.Tensor4D => tf.zeros([batch, heads, capacity, headWidth]);
  return {
    layers: Array.from({ length: layers }, () => ({ key: zeros(), value: zeros() })),
    length: tf.scalar(0, 'int32'),
  };
}

/** The cache of a layer with `key` and `value`, float32 (B, H, T, D), at the positions from `length` on. */
export function appended(
  cache: LayerCache,
  length: tf.Scalar,
  key: tf.Tensor4D,
  value: tf.Tensor4D,
): LayerCache {
  const capacity = cache.key.shape[2];
  const count = key.shape[2];
  if (count > capacity) {
    throw new RangeError(`${count} positions don't fit into a cache for ${capacity}: make it larger.`);
  }
  const offset = tf.range(0, capacity, 1, 'int32').sub(length) as tf.Tensor1D; // position within what is new
  const isNew = offset.greaterEqual(0).logicalAnd(offset.less(count)).reshape([1, 1, capacity, 1]);
  const placed = (fresh: tf.Tensor4D): tf.Tensor =>
    count === 1 ? fresh : tf.gather(fresh, offset.clipByValue(0, count - 1).cast('int32'), 2); // (B, H, T, D) -> (B, H, capacity, D)
  return {
    key: tf.where(isNew, placed(key), cache.key) as tf.Tensor4D,
    value: tf.where(isNew, placed(value), cache.value) as tf.Tensor4D,
  };
}

/** bool (T, capacity): what `count` queries that follow `length` positions may see. */
export function seenSoFar(length: tf.Scalar, count: number, capacity: number): tf.Tensor2D {
  const own = tf.range(0, count, 1, 'int32').add(length).reshape([count, 1]); // (T) -> (T, 1)
  return tf.range(0, capacity, 1, 'int32').lessEqual(own) as tf.Tensor2D;
}
