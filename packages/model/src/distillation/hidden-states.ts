import type { tf } from '@quire/runtime';
import { weightedMean } from '../losses/weighted-mean.ts';
import { withoutGradient } from './logits.ts';

export interface HiddenStateOptions {
  /**
   * `'cosine'`: 1 - cos of the angle between the states of a position, as DistilBERT has it (Sanh et al. 2019,
   * https://arxiv.org/abs/1910.01108); `'mse'`: the mean squared difference, as TinyBERT has it (Jiao et al. 2019,
   * https://arxiv.org/abs/1909.10351). `'cosine'` where not given.
   */
  kind?: 'cosine' | 'mse';
  /** (B, T): 1 for positions that count, 0 for padding. */
  mask?: tf.Tensor2D;
}

/**
 * How far a student's hidden states are from a teacher's. Where the student is narrower, multiply its states with a
 * matrix that is trained too.
 *
 * @param student float32 (B, T, C)
 * @param teacher float32 (B, T, C); no gradient is taken of it
 * @returns float32 scalar: mean over positions
 * @throws {RangeError} where the shapes differ.
 */
export function hiddenStateLoss(
  student: tf.Tensor3D,
  teacher: tf.Tensor3D,
  { kind = 'cosine', mask }: HiddenStateOptions = {},
): tf.Scalar {
  if (`${student.shape}` !== `${teacher.shape}`) {
    throw new RangeError(
      `The student's states are [${student.shape}], the teacher's [${teacher.shape}]: project the student's to the teacher's width.`,
    );
  }
  const wanted = withoutGradient(teacher);
  const weights = mask?.cast('float32');
  if (kind === 'mse') return weightedMean(student.sub(wanted).square().mean(-1), weights);
  const product = student.mul(wanted).sum(-1);
  const norms = student.square().sum(-1).mul(wanted.square().sum(-1)).maximum(1e-16).sqrt();
  return weightedMean(product.div(norms).neg().add(1), weights);
}
