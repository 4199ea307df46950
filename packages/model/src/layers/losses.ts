/** Losses of the heads, as Hugging Face's models compute them where they are given labels. */
import { ops, type tf } from '@quire/runtime';

/** Positions with this label count for nothing. */
export const IGNORED = -100;

/**
 * Mean cross-entropy in nats of each next token.
 *
 * @param logits float32 (B, T, V)
 * @param labels int32 (B, T): the tokens themselves, or `IGNORED`; position t is predicted from t - 1
 */
export function nextTokenLoss(logits: tf.Tensor3D, labels: tf.Tensor2D, labelSmoothing = 0): tf.Scalar {
  const [b, t, v] = logits.shape;
  return tokenLoss(logits.slice([0, 0, 0], [b, t - 1, v]), labels.slice([0, 1], [b, t - 1]), labelSmoothing);
}

/**
 * Mean cross-entropy in nats over labelled positions.
 *
 * @param logits float32 (B, T, V)
 * @param labels int32 (B, T): a class, or `IGNORED`
 */
export function tokenLoss(logits: tf.Tensor3D, labels: tf.Tensor2D, labelSmoothing = 0): tf.Scalar {
  return ops.crossEntropy(logits, labels, { ignoreIndex: IGNORED, labelSmoothing });
}

/** What the labels of whole sequences are. */
export type Problem = 'regression' | 'singleLabel' | 'multiLabel';

/**
 * The loss of whole sequences: mean squared error (`regression`), cross-entropy (`singleLabel`), or binary
 * cross-entropy of each class (`multiLabel`).
 *
 * @param logits float32 (B, L)
 * @param labels float32 (B, L), or for `singleLabel` int32 (B), a class or `IGNORED`; a regression of one number also
 * takes (B)
 */
export function sequenceLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor,
  problem: Problem,
  labelSmoothing = 0,
): tf.Scalar {
  if (problem === 'singleLabel') {
    return ops.crossEntropy(logits, labels, { ignoreIndex: IGNORED, labelSmoothing });
  }
  const wanted = labels.reshape(logits.shape).cast('float32');
  if (problem === 'regression') return logits.sub(wanted).square().mean() as tf.Scalar;
  // log(1 + exp(-|x|)) + max(x, 0) - x y: binary cross-entropy of logits without overflow.
  return logits.relu().sub(logits.mul(wanted)).add(logits.abs().neg().exp().add(1).log()).mean() as tf.Scalar;
}
