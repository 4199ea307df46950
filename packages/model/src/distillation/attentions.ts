import type { tf } from '@quire/runtime';
import { weightedMean } from '../losses/weighted-mean.ts';
import { withoutGradient } from './logits.ts';

export interface AttentionOptions {
  /**
   * `'kl'`: KL(teacher ‖ student) of each query's weights, in nats, as MiniLM has it (Wang et al. 2020,
   * https://arxiv.org/abs/2002.10957); `'mse'`: the mean squared difference, as TinyBERT's code has it (Jiao et al. 2019,
   * https://arxiv.org/abs/1909.10351). `'kl'` where not given.
   */
  kind?: 'kl' | 'mse';
  /** (B, T): 1 for queries that count, 0 for padding. */
  mask?: tf.Tensor2D;
}

/**
 * How far a student's attention is from a teacher's. Both have as many heads; they may differ in width.
 *
 * @param student float32 (B, H, T, S): weights of each head, rows that sum to 1
 * @param teacher float32 (B, H, T, S); no gradient is taken of it
 * @returns float32 scalar: mean over heads and queries
 * @throws {RangeError} where the shapes differ.
 */
export function attentionLoss(
  student: tf.Tensor4D,
  teacher: tf.Tensor4D,
  { kind = 'kl', mask }: AttentionOptions = {},
): tf.Scalar {
  if (`${student.shape}` !== `${teacher.shape}`) {
    throw new RangeError(`The student's attention is [${student.shape}], the teacher's [${teacher.shape}].`);
  }
  const wanted = withoutGradient(teacher);
  const each =
    kind === 'mse'
      ? student.sub(wanted).square().mean(-1)
      : wanted.mul(wanted.maximum(1e-12).log().sub(student.maximum(1e-12).log())).sum(-1); // (B, H, T)
  if (!mask) return weightedMean(each);
  return weightedMean(each.mean(1), mask.cast('float32')); // (B, H, T) -> (B, T)
}

/**
 * Which of a teacher's layers each layer of a smaller student learns from: the last of each group of equal size, so that
 * the student's last layer learns from the teacher's last.
 *
 * @throws {RangeError} where the teacher's layers aren't a multiple of the student's.
 */
export function teacherLayers(student: number, teacher: number): number[] {
  const group = teacher / student;
  if (!(Number.isInteger(group) && group >= 1)) {
    throw new RangeError(`${teacher} layers of a teacher aren't a multiple of ${student} of a student.`);
  }
  return Array.from({ length: student }, (_, i) => (i + 1) * group - 1);
}
