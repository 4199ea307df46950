/** What is done between a gradient and its update, as optimizers around an optimizer. */
import { mapTree, optimizers, type tf } from '@quire/runtime';

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

export interface AveragedState<State> {
  inner: State;
  /** The moving average, in the structure of the parameters. */
  average: object;
}

/** Keeps a moving average of the parameters beside them. */
export function averaged<State>(
  optimizer: optimizers.Optimizer<State>,
  decay: number,
): optimizers.Optimizer<AveragedState<State>> {
  return {
    init: (params) => ({
      inner: optimizer.init(params),
      average: mapTree(params as never, (tensor: tf.Tensor) => tensor.clone()) as object,
    }),
    update: (gradients, { inner, average }, params) => {
      const next = optimizer.update(gradients, inner, params);
      return {
        params: next.params,
        state: {
          inner: next.state,
          average: optimizers.movingAverage(average as typeof params, next.params, decay) as object,
        },
      };
    },
  };
}
