/**
 * Several tasks on one encoder, each with a linear head of its own (Caruana 1997, "Multitask learning",
 * https://doi.org/10.1023/A:1007379606734).
 */
import { tf } from '@quire/runtime';
import { type Linear, linear, linearSpec } from '../layers/linear.ts';
import type { Problem } from '../layers/losses.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { weightedMean } from '../losses/weighted-mean.ts';

export interface Task {
  problem: Problem;
  /** Classes, or numbers of a regression. */
  outputs: number;
}

export type Tasks = Record<string, Task>;
export type TaskHeads<T extends Tasks> = Record<keyof T, Linear>;

/** One head for each task. `initialize` makes parameters of it. */
export function taskHeadsSpec<T extends Tasks>(
  tasks: T,
  width: number,
  deviation = 0.02,
): Record<keyof T, ReturnType<typeof linearSpec>> {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, { outputs }]) => [name, linearSpec(width, outputs, deviation)]),
  ) as Record<keyof T, ReturnType<typeof linearSpec>>;
}

/** @param features float32 (B, C), such as the state of the first token @returns by task float32 (B, outputs) */
export function taskLogits<T extends Tasks>(
  heads: TaskHeads<T>,
  features: tf.Tensor2D,
): Record<keyof T, tf.Tensor2D> {
  return Object.fromEntries(
    Object.entries(heads).map(([name, head]) => [name, linear(features, head as Linear)]),
  ) as Record<keyof T, tf.Tensor2D>;
}

/** The labels of a batch for one task. */
export interface TaskLabels {
  /** int32 (B) for `singleLabel`, else float32 (B, outputs) */
  labels: tf.Tensor;
  /** float32 (B): 1 where the example has a label for this task, else 0; all have one where not given. */
  present?: tf.Tensor1D;
}

/**
 * The mean loss of each task over the examples that have a label for it; 0 where none has.
 *
 * @throws {RangeError} where the labels of a task are missing, or of another shape.
 */
export function taskLosses<T extends Tasks>(
  tasks: T,
  logits: Record<keyof T, tf.Tensor2D>,
  labels: Record<keyof T, TaskLabels>,
): Record<keyof T, tf.Scalar> {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, { problem }]) => {
      const own = labels[name];
      if (!own) throw new RangeError(`The batch has no labels for the task ${name}.`);
      return [name, taskLoss(problem, logits[name] as tf.Tensor2D, own)];
    }),
  ) as Record<keyof T, tf.Scalar>;
}

function taskLoss(problem: Problem, logits: tf.Tensor2D, { labels, present }: TaskLabels): tf.Scalar {
  if (problem === 'singleLabel') {
    return crossEntropy(logits, labels, present ? { sampleWeights: present } : {});
  }
  if (`${labels.shape}` !== `${logits.shape}`) {
    throw new RangeError(`Labels have to be float32 [${logits.shape}], and are [${labels.shape}].`);
  }
  const each =
    problem === 'regression'
      ? logits.sub(labels).square()
      : logits.relu().sub(logits.mul(labels)).add(logits.abs().neg().exp().log1p());
  return weightedMean(each.mean(-1), present);
}

/**
 * The sum of losses, each weighted by how uncertain its task is, which is learned: Kendall et al. 2018, "Multi-task
 * learning using uncertainty to weigh losses" (https://arxiv.org/abs/1705.07115). With s = log σ², a classification
 * counts exp(-s) L + s/2, a regression half of exp(-s) L, and s/2.
 *
 * @param logVariances by task a float32 scalar, a parameter that begins with 0
 */
export function uncertaintyWeighted<T extends Tasks>(
  tasks: T,
  losses: Record<keyof T, tf.Scalar>,
  logVariances: Record<keyof T, tf.Scalar>,
): tf.Scalar {
  const terms = Object.entries(tasks).map(([name, { problem }]) => {
    const s = logVariances[name] as tf.Scalar;
    const precision = s.neg().exp();
    return (losses[name] as tf.Scalar)
      .mul(problem === 'regression' ? precision.div(2) : precision)
      .add(s.div(2)) as tf.Scalar;
  });
  return tf.addN(terms) as tf.Scalar;
}
