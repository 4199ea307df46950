import * as tf from '../tf.ts';
import { tidy } from '../tidy.ts';
import { leavesOf, unflatten } from '../tree.ts';
import { concatenate, pair, replaceTrained, requireFit, zerosFor } from './flat.ts';
import type { Optimizer } from './optimizer.ts';

export type AccumulateState<Inner> = {
  /** int32 scalar: gradients since the last update */
  count: tf.Scalar;
  /** float32 (N): their sum */
  sum: tf.Tensor1D;
  inner: Inner;
};

/**
 * Updates with the mean of every `steps` gradients, as if the batch were `steps` times as large; in between parameters
 * stay as they are.
 *
 * @throws {RangeError} where `steps` isn't a positive integer.
 */
export function accumulate<Inner>(
  optimizer: Optimizer<Inner>,
  steps: number,
): Optimizer<AccumulateState<Inner>> {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`accumulate: steps must be a positive integer, and is ${steps}.`);
  }
  return {
    init: (params) => ({
      count: tf.scalar(0, 'int32'),
      sum: zerosFor(params),
      inner: optimizer.init(params),
    }),
    update: (gradients, state, params) =>
      tidy(() => {
        const trained = pair(gradients, params);
        requireFit(state.sum, trained);
        const count = state.count.add(tf.scalar(1, 'int32'));
        const sum = state.sum.add(concatenate(trained.map(({ gradient }) => gradient)));
        const means = tf
          .split(
            sum.div(steps),
            trained.map(({ parameter }) => parameter.size),
          )
          .map((mean, i) => mean.reshape((trained[i] as { parameter: tf.Tensor }).parameter.shape));
        const updated = optimizer.update(replaceTrained(gradients, means), state.inner, params);
        const full = count.equal(tf.scalar(steps, 'int32'));
        return {
          params: select(full, updated.params, params),
          state: {
            count: tf.where(full, tf.scalar(0, 'int32'), count) as tf.Scalar,
            sum: tf.where(full, tf.zerosLike(sum), sum) as tf.Tensor1D,
            inner: select(full, updated.state, state.inner),
          },
        };
      }),
  };
}

/** The leaves of `yes` where the condition holds, else those of `no`. */
function select<T>(condition: tf.Tensor, yes: T, no: T): T {
  const others = leavesOf<tf.Tensor>(no);
  const chosen = leavesOf<tf.Tensor>(yes).map(({ value }, i) =>
    tf.where(condition, value, (others[i] as { value: tf.Tensor }).value),
  );
  return unflatten(yes, chosen) as T;
}
