import * as tf from '../tf.ts';

export interface AttentionOptions {
  /** Position i sees positions up to i only; where there are more keys than queries the last ones line up. */
  causal?: boolean;
  /** Added to the scores, or, as bool, true where a key may be seen; broadcast to (B, H, T, S). */
  mask?: tf.Tensor;
  /** What scores are multiplied with: 1/√D where not given. */
  scale?: number;
}

/** Stands for minus infinity, so that a row in which nothing may be seen is uniform, not NaN. */
const HIDDEN = -1e30;

/**
 * Scaled dot-product attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762), softmax(q kᵀ scale + mask) v, as
 * PyTorch's `scaled_dot_product_attention`.
 *
 * @param q float32 (B, H, T, D)
 * @param k float32 (B, H, S, D)
 * @param v float32 (B, H, S, E)
 * @returns float32 (B, H, T, E)
 */
export function attention(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  options: AttentionOptions = {},
): tf.Tensor4D {
  const { causal = false, mask } = options;
  const scale = options.scale ?? 1 / Math.sqrt(q.shape[3]);
  const [queries, keys] = [q.shape[2], k.shape[2]];
  if (q.shape[3] !== k.shape[3] || keys !== v.shape[2]) {
    throw new RangeError(
      `attention: q [${q.shape}], k [${k.shape}] and v [${v.shape}] don't fit: q and k need the same last axis, k and v the same length.`,
    );
  }
  const hidden = hiddenScores(causal, mask, queries, keys);
  const attend = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [q, k, v, save] = args as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    const scores = q.matMul(k, false, true).mul(scale);
    const weights = (hidden ? scores.add(hidden) : scores).softmax();
    const value = weights.matMul(v);
    save([q, k, v, weights, value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [q, k, v, weights, value] = saved as [
        tf.Tensor4D,
        tf.Tensor4D,
        tf.Tensor4D,
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      const dWeights = dy.matMul(v, false, true); // (B, H, T, S)
      // Rows of dWeights · weights add up to rows of dy · value, which are shorter.
      const total = dy.mul(value).sum(-1, true); // (B, H, T, 1)
      const dScores = weights.mul(dWeights.sub(total));
      return [
        dScores.matMul(k).mul(scale),
        dScores.matMul(q, true).mul(scale),
        weights.matMul(dy as tf.Tensor4D, true),
      ];
    };
    return { value, gradFunc: gradFunc as never };
  });
  return attend(q, k, v) as tf.Tensor4D;
}

/** What is added to the scores: float32, broadcast to (B, H, T, S); undefined where everything is seen. */
function hiddenScores(
  causal: boolean,
  mask: tf.Tensor | undefined,
  queries: number,
  keys: number,
): tf.Tensor | undefined {
  const added = mask?.dtype === 'bool' ? mask.cast('float32').sub(1).mul(-HIDDEN) : mask;
  if (!causal) return added;
  const triangle = new Float32Array(queries * keys);
  for (let i = 0; i < queries; i++)
    triangle.fill(HIDDEN, i * keys + Math.min(keys, i + 1 + keys - queries), (i + 1) * keys);
  const future = tf.tensor2d(triangle, [queries, keys]);
  return added ? added.add(future) : future;
}
