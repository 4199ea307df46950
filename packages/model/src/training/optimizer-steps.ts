/** What is done between a gradient and its update, as optimizers around an optimizer. */
import { leavesOf, optimizers, tf, unflatten } from '@quire/runtime';

/** Clips the norm of the whole gradient before each update. */
export function clipped<State>(
  optimizer: optimizers.Optimizer<State>,
  maxNorm: number,
): optimizers.Optimizer<State> {
  return {
    init: (params) => optimizer.init(params),
    update: (gradients, state, params) =>
      optimizer.update(optimizers.clipByGlobalNorm(gradients, maxNorm).gradients, state, params),
  };
}

/** The leaves of `yes` where the condition, a bool scalar, holds, else those of `no`, which has the same structure. */
export function selected<T>(condition: tf.Tensor, yes: T, no: T): T {
  const others = leavesOf<tf.Tensor>(no);
  const chosen = leavesOf<tf.Tensor>(yes).map(({ value }, i) =>
    tf.where(condition, value, (others[i] as { value: tf.Tensor }).value),
  );
  return unflatten(yes, chosen) as T;
}
