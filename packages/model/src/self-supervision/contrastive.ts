import { ops, tf } from '@quire/runtime';

export interface ContrastiveOptions {
  /** What similarities are divided by; 0.05 where not given, as in SimCSE. */
  temperature?: number;
  /** float32 (N, C): more that isn't wanted, for all rows, such as the contradictions of SimCSE's supervised training. */
  negatives?: tf.Tensor2D;
  /** Whether each positive has to find its anchor too, as in CLIP; false where not given. */
  symmetric?: boolean;
}

/**
 * InfoNCE: row i of the positives has to be told from all other rows, by its cosine similarity with row i of the anchors
 * (van den Oord et al. 2018, https://arxiv.org/abs/1807.03748). With both encoded from the same texts under two dropout
 * keys it is SimCSE (Gao et al. 2021, https://arxiv.org/abs/2104.08821).
 *
 * @param anchors float32 (B, C)
 * @param positives float32 (B, C)
 * @returns float32 scalar: cross-entropy in nats
 * @throws {RangeError} where the shapes don't fit, or the temperature isn't above 0.
 */
export function contrastive(
  anchors: tf.Tensor2D,
  positives: tf.Tensor2D,
  options: ContrastiveOptions = {},
): tf.Scalar {
  const { temperature = 0.05, negatives, symmetric = false } = options;
  if (!(temperature > 0)) throw new RangeError(`temperature must be above 0, and is ${temperature}.`);
  if (`${anchors.shape}` !== `${positives.shape}`) {
    throw new RangeError(`Anchors [${anchors.shape}] and positives [${positives.shape}] differ in shape.`);
  }
  const [a, p] = [unit(anchors), unit(positives)];
  const candidates = negatives ? (tf.concat([p, unit(negatives)], 0) as tf.Tensor2D) : p;
  const labels = tf.range(0, anchors.shape[0], 1, 'int32');
  const loss = ops.crossEntropy(a.matMul(candidates, false, true).div(temperature), labels);
  if (!symmetric) return loss;
  const back = ops.crossEntropy(p.matMul(a, false, true).div(temperature), labels);
  return loss.add(back).div(2);
}

/** Rows of length 1; a row of zeros stays one. (B, C) */
function unit(x: tf.Tensor2D): tf.Tensor2D {
  return x.div(x.square().sum(-1, true).maximum(1e-16).sqrt());
}
