/** Losses of numbers that outliers don't rule. */
import type { tf } from '@quire/runtime';
import { weightedMean } from './weighted-mean.ts';

/**
 * Huber's loss: e²/2 up to |e| = δ, and δ (|e| - δ/2) beyond (Huber 1964, "Robust estimation of a location parameter",
 * https://doi.org/10.1214/aoms/1177703732), as PyTorch's `HuberLoss`.
 *
 * @param predicted float32 of any shape
 * @param wanted float32 of the same shape
 * @param options `delta`: 1 where not given; `sampleWeights`: float32 of the same shape
 * @returns float32 scalar
 * @throws {RangeError} where delta isn't above 0, or shapes differ.
 */
export function huber(
  predicted: tf.Tensor,
  wanted: tf.Tensor,
  options: { delta?: number; sampleWeights?: tf.Tensor } = {},
): tf.Scalar {
  const { delta = 1, sampleWeights } = options;
  if (!(delta > 0)) throw new RangeError(`delta must be above 0, and is ${delta}.`);
  const size = difference(predicted, wanted).abs();
  const inner = size.minimum(delta);
  // inner²/2 + δ (|e| - inner): both parts and their slopes meet at δ.
  return weightedMean(inner.square().mul(0.5).add(size.sub(inner).mul(delta)), sampleWeights);
}

/**
 * log cosh e: e²/2 near 0, |e| - log 2 far away, smooth everywhere (Saleh and Saleh 2022, "Statistical properties of the
 * log-cosh loss function", https://arxiv.org/abs/2208.04564).
 *
 * @param predicted float32 of any shape
 * @param wanted float32 of the same shape
 * @param options `sampleWeights`: float32 of the same shape
 * @returns float32 scalar
 * @throws {RangeError} where shapes differ.
 */
export function logCosh(
  predicted: tf.Tensor,
  wanted: tf.Tensor,
  options: { sampleWeights?: tf.Tensor } = {},
): tf.Scalar {
  const size = difference(predicted, wanted).abs();
  // |e| + log(1 + exp(-2|e|)) - log 2 doesn't overflow.
  const loss = size.add(size.mul(-2).exp().log1p()).sub(Math.LN2);
  return weightedMean(loss, options.sampleWeights);
}

function difference(predicted: tf.Tensor, wanted: tf.Tensor): tf.Tensor {
  if (`${predicted.shape}` !== `${wanted.shape}`) {
    throw new RangeError(
      `Predictions [${predicted.shape}] aren't of the shape of what is wanted [${wanted.shape}].`,
    );
  }
  return predicted.sub(wanted);
}
