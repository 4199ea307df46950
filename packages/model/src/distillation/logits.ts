import { tf } from '@quire/runtime';
import { weightedMean } from '../losses/weighted-mean.ts';

/**
 * How far a student's probabilities are from a teacher's, both softened by a temperature: T² KL(teacher ‖ student) in
 * nats, mean over rows (Hinton et al. 2015, "Distilling the knowledge in a neural network",
 * https://arxiv.org/abs/1503.02531). T² keeps the gradient's size when the temperature changes.
 *
 * @param student float32 (…, V)
 * @param teacher float32 (…, V); no gradient is taken of it
 * @param options `temperature`: 2 where not given; `mask`: (…), 1 for rows that count and 0 for padding
 * @returns float32 scalar
 * @throws {RangeError} where the shapes differ, or the temperature isn't above 0.
 */
export function logitsLoss(
  student: tf.Tensor,
  teacher: tf.Tensor,
  options: { temperature?: number; mask?: tf.Tensor } = {},
): tf.Scalar {
  const { temperature = 2, mask } = options;
  if (!(temperature > 0)) throw new RangeError(`temperature must be above 0, and is ${temperature}.`);
  if (`${student.shape}` !== `${teacher.shape}`) {
    throw new RangeError(`The student's logits are [${student.shape}], the teacher's [${teacher.shape}].`);
  }
  const wanted = withoutGradient(teacher.div(temperature).logSoftmax());
  const found = student.div(temperature).logSoftmax();
  const divergence = wanted.exp().mul(wanted.sub(found)).sum(-1);
  return weightedMean(divergence, mask?.cast('float32')).mul(temperature ** 2);
}

/** The same numbers, as constants of the step. */
export function withoutGradient<T extends tf.Tensor>(x: T): T {
  const stop = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => ({
    value: (args[0] as tf.Tensor).clone(),
    gradFunc: ((dy: tf.Tensor) => tf.zerosLike(dy)) as never,
  }));
  return stop(x) as T;
}
