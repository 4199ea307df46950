import { ops, tf } from '@quire/runtime';
import { type Dropout, drop } from './dropout.ts';

export interface AttendOptions {
  /** Position i sees positions up to i only; where there are more keys than queries the last ones line up. */
  causal?: boolean;
  /** bool, true where a key may be seen; broadcast to (B, H, T, S). */
  mask?: tf.Tensor;
  /** What scores are multiplied with: 1/√D where not given. */
  scale?: number;
  /** With the weights of each head. */
  weights?: boolean;
  /** Of the weights, where a model is trained. */
  dropout?: Dropout;
}

export interface Attended {
  /** float32 (B, H, T, D) */
  values: tf.Tensor4D;
  /** float32 (B, H, T, S): what was asked for, before dropout */
  weights?: tf.Tensor4D;
}

/**
 * Scaled dot-product attention over heads (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762).
 *
 * @param q float32 (B, H, T, D)
 * @param k float32 (B, H, S, D)
 * @param v float32 (B, H, S, D)
 */
export function attend(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  options: AttendOptions = {},
): Attended {
  const { weights: wanted = false, dropout, ...rest } = options;
  if (!wanted && !dropout) return { values: ops.attention(q, k, v, rest) };
  const { causal = false, mask, scale = 1 / Math.sqrt(q.shape[3]) } = rest;
  let scores: tf.Tensor = q.matMul(k, false, true).mul(scale); // (B, H, T, S)
  const seen = causal ? causalMask(q.shape[2], k.shape[2]) : undefined;
  for (const each of [seen, mask]) if (each) scores = scores.add(each.cast('float32').sub(1).mul(1e30));
  const weights = scores.softmax() as tf.Tensor4D;
  const used = dropout ? drop(weights, dropout) : weights;
  const values = used.matMul(v) as tf.Tensor4D;
  return { values, ...(wanted ? { weights } : {}) };
}

/** bool (T, S), true where a key isn't in the query's future. */
function causalMask(queries: number, keys: number): tf.Tensor2D {
  const at = tf.range(keys - queries, keys, 1, 'int32').reshape([queries, 1]);
  return tf.range(0, keys, 1, 'int32').lessEqual(at) as tf.Tensor2D;
}

/** (B, T, C) -> (B, H, T, C/H) */
export function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [b, t, c] = x.shape;
  return x.reshape([b, t, heads, c / heads]).transpose([0, 2, 1, 3]) as tf.Tensor4D; // (B, T, H, C/H) -> (B, H, T, C/H)
}

/** (B, H, T, D) -> (B, T, H D) */
export function joinHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [b, h, t, d] = x.shape;
  return x.transpose([0, 2, 1, 3]).reshape([b, t, h * d]) as tf.Tensor3D; // (B, H, T, D) -> (B, T, H, D) -> (B, T, H D)
}
