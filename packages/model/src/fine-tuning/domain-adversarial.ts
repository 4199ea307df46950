/**
 * Domain-adversarial training: features from which the domain can't be told (Ganin et al. 2016,
 * https://arxiv.org/abs/1505.07818). The domain's classifier learns, and what comes before it learns the opposite.
 */
import { tf } from '@quire/runtime';

/**
 * The same numbers; the gradient is multiplied with -lambda on its way back. Put it between features and the classifier
 * of domains.
 *
 * @param lambda a number, or a float32 scalar such as `adversarialStrength` gives
 */
export function reverseGradient<T extends tf.Tensor>(x: T, lambda: number | tf.Scalar): T {
  const reverse = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => ({
    value: (args[0] as tf.Tensor).clone(),
    gradFunc: ((dy: tf.Tensor) => dy.mul(lambda).neg()) as never,
  }));
  return reverse(x) as T;
}

/**
 * The paper's schedule of lambda, 2 / (1 + exp(-10 p)) - 1 of the progress p: from 0, so that the domain's classifier
 * learns before it is fought, to 1.
 *
 * @param step updates made so far: the `step` of a loss's context
 * @returns float32 scalar
 */
export function adversarialStrength(step: tf.Scalar, options: { steps: number; slope?: number }): tf.Scalar {
  const { steps, slope = 10 } = options;
  const progress = step.cast('float32').div(steps).clipByValue(0, 1);
  return tf.sub(tf.div(2, progress.mul(-slope).exp().add(1)), 1);
}
