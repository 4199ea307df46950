import * as tf from '../tf.ts';
import { tidy } from '../tidy.ts';
import { leavesOf, unflatten } from '../tree.ts';
import { flattened, pair, replaceTrained, requireFit, unflattened, zerosFor } from './flat.ts';
import type { Optimizer } from './optimizer.ts';

export type AccumulateState<Inner> = {
  /** int32 scalar: gradients since the last update */
  count: tf.Scalar;
  /** float32 vectors: their sum */
  sum: tf.Tensor1D[];
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
        const gradient = flattened(trained.map(({ gradient }) => gradient));
        const sum = state.sum.map((own, i): tf.Tensor1D => own.add(gradient[i] as tf.Tensor));
        const means = unflattened(
          sum.map((own) => own.div(steps)),
          trained.map(({ parameter }) => parameter),
        );
        const updated = optimizer.update(replaceTrained(gradients, means), state.inner, params);
        const full = count.equal(tf.scalar(steps, 'int32'));
        return {
          params: select(full, updated.params, params),
          state: {
            count: tf.where(full, tf.scalar(0, 'int32'), count) as tf.Scalar,
            sum: sum.map((own) => tf.where(full, tf.zerosLike(own), own) as tf.Tensor1D),
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
