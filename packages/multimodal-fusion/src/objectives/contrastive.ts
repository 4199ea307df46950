/** Pairs of two modalities that find each other: row i of one belongs to row i of the other. */
import { clip, constant, layers, type ParametersOf } from '@quire/model';
import { ops, tf } from '@quire/runtime';

/** CLIP keeps its scale below this. */
const MOST = Math.log(100);

/** CLIP's learned inverse temperature, as its logarithm, which begins at that of 0.07. */
export function temperatureSpec() {
  return { logit_scale: constant([], Math.log(1 / 0.07)) };
}

export type Temperature = ParametersOf<ReturnType<typeof temperatureSpec>>;

/**
 * InfoNCE both ways with a learned temperature: the mean of the cross-entropies of finding each row's partner among those
 * of the batch (CLIP: Radford et al. 2021, https://arxiv.org/abs/2103.00020). The scale counts as 100 at most.
 *
 * @param first float32 (B, C), of any length
 * @param second float32 (B, C)
 * @returns float32 scalar, in nats
 * @throws {RangeError} where the shapes differ.
 */
export function clipLoss({ logit_scale }: Temperature, first: tf.Tensor2D, second: tf.Tensor2D): tf.Scalar {
  checkPairs(first, second);
  const capped = { logit_scale: logit_scale.minimum(MOST) as tf.Scalar };
  const logits = clip.similarities(capped, first, second);
  const labels = tf.range(0, first.shape[0], 1, 'int32');
  const back = ops.crossEntropy(logits.transpose() as tf.Tensor2D, labels); // (B, B), of the second among the first
  return ops.crossEntropy(logits, labels).add(back).div(2);
}

/** SigLIP's learned scale, as its logarithm, and bias, as they begin in the paper. */
export function sigLipSpec() {
  return { logit_scale: constant([], Math.log(10)), logit_bias: constant([], -10) };
}

export type SigLipParameters = ParametersOf<ReturnType<typeof sigLipSpec>>;

/**
 * Each pair of the batch is right or wrong on its own: Σ log(1 + exp(-z (t xᵢ·yⱼ + b))) over all, divided by B, with z 1
 * for partners, else -1 (SigLIP: Zhai et al. 2023, https://arxiv.org/abs/2303.15343).
 *
 * @param first float32 (B, C), of any length
 * @param second float32 (B, C)
 * @returns float32 scalar, in nats
 * @throws {RangeError} where the shapes differ.
 */
export function sigLipLoss(
  { logit_scale, logit_bias }: SigLipParameters,
  first: tf.Tensor2D,
  second: tf.Tensor2D,
): tf.Scalar {
  checkPairs(first, second);
  const cosines = layers.normalize(first).matMul(layers.normalize(second), false, true); // (B, B)
  const logits = cosines.mul(logit_scale.exp()).add(logit_bias);
  const batch = first.shape[0];
  const right = tf.oneHot(tf.range(0, batch, 1, 'int32'), batch).cast('float32');
  return binary(logits, right).sum().div(batch);
}

/** log(1 + exp(-|x|)) + max(x, 0) - x y: binary cross-entropy of logits without overflow. */
export function binary(logits: tf.Tensor, right: tf.Tensor): tf.Tensor {
  return logits.relu().sub(logits.mul(right)).add(logits.abs().neg().exp().log1p());
}

function checkPairs(first: tf.Tensor2D, second: tf.Tensor2D): void {
  if (`${first.shape}` === `${second.shape}`) return;
  throw new RangeError(`Partners need the same shape, and are [${first.shape}] and [${second.shape}].`);
}
