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
  const [batch, heads, capacity] = cache.key.shape;
  const count = key.shape[2];
  if (count > capacity) {
    throw new RangeError(`${count} positions don't fit into a cache for ${capacity}: make it larger.`);
  }
  const along = (axis: number, positions: tf.Tensor): tf.Tensor =>
    positions
      .reshape([0, 1, 2].map((at) => (at === axis ? positions.size : 1)))
      .broadcastTo([batch, heads, count]);
  const at = tf.stack(
    [
      along(0, tf.range(0, batch, 1, 'int32')),
      along(1, tf.range(0, heads, 1, 'int32')),
      along(2, tf.range(0, count, 1, 'int32').add(length)),
    ],
    3,
  ); // (B, H, T, 3): where the vectors of D numbers go
  const updated = (old: tf.Tensor4D, fresh: tf.Tensor4D): tf.Tensor4D =>
    tf.tensorScatterUpdate(old, at, fresh) as tf.Tensor4D;
  return { key: updated(cache.key, key), value: updated(cache.value, value) };
}

/** bool (T, capacity): what `count` queries that follow `length` positions may see. */
export function seenSoFar(length: tf.Scalar, count: number, capacity: number): tf.Tensor2D {
  const own = tf.range(0, count, 1, 'int32').add(length).reshape([count, 1]); // (T) -> (T, 1)
  return tf.range(0, capacity, 1, 'int32').lessEqual(own) as tf.Tensor2D;
}
