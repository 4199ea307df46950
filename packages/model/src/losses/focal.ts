import { tf } from '@quire/runtime';
import { oneHotLabels } from './labels.ts';
import { weightedMean } from './weighted-mean.ts';

export interface FocalOptions {
  /** How little an example counts that is classified well; 0 is cross-entropy. 2 where not given. */
  gamma?: number;
  /** float32 (V): what each class counts. The mean is over examples, not over these weights. */
  alpha?: tf.Tensor1D;
  /** float32 (…), in the shape of the labels. */
  sampleWeights?: tf.Tensor;
}

/**
 * Focal loss: -α (1 - p)^γ log p of the right class's probability (Lin et al. 2017, "Focal loss for dense object
 * detection", https://arxiv.org/abs/1708.02002), over a softmax.
 *
 * @param logits float32 (…, V)
 * @param labels int32 (…)
 * @returns float32 scalar
 * @throws {RangeError} where the shapes don't fit.
 */
export function focal(logits: tf.Tensor, labels: tf.Tensor, options: FocalOptions = {}): tf.Scalar {
  const { gamma = 2, alpha, sampleWeights } = options;
  const right = oneHotLabels(logits, labels);
  const log = logits.logSoftmax().mul(right).sum(-1);
  const loss = hardness(log, gamma).mul(log).neg();
  return weightedMean(alpha ? loss.mul(right.mul(alpha).sum(-1)) : loss, sampleWeights);
}

/**
 * Focal loss of independent yes-or-no labels, over a sigmoid, as torchvision's `sigmoid_focal_loss`.
 *
 * @param logits float32 of any shape
 * @param labels float32 of the same shape: 1 for yes, 0 for no
 * @param options `alpha` is what a yes counts, a no counts 1 - alpha; both count 1 where it isn't given
 * @returns float32 scalar
 */
export function binaryFocal(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: { gamma?: number; alpha?: number; sampleWeights?: tf.Tensor } = {},
): tf.Scalar {
  const { gamma = 2, alpha, sampleWeights } = options;
  // The right answer's logit; log σ(z) = min(z, 0) - log(1 + exp(-|z|)).
  const z = logits.mul(labels.mul(2).sub(1));
  const log = z.minimum(0).sub(z.abs().neg().exp().log1p());
  const loss = hardness(log, gamma).mul(log).neg();
  const weights = alpha === undefined ? undefined : labels.mul(2 * alpha - 1).add(1 - alpha);
  return weightedMean(weights ? loss.mul(weights) : loss, sampleWeights);
}

/** (1 - p)^γ from log p; the power's slope is finite at p = 1 too. */
function hardness(log: tf.Tensor, gamma: number): tf.Tensor {
  if (gamma === 0) return tf.onesLike(log);
  return log.exp().neg().add(1).maximum(1e-7).pow(gamma);
}
