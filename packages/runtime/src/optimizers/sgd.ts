import * as tf from '../tf.ts';
import { tidy } from '../tidy.ts';
import { pair, penalized, requireFit, subtract, zerosFor } from './flat.ts';
import {
  type LearningRate,
  noSteps,
  type Optimizer,
  rateAt,
  requireRange,
  type WeightDecay,
} from './optimizer.ts';

export interface SgdOptions extends WeightDecay {
  learningRate: LearningRate;
  /** How much of the last update stays in this one: 0 where not given. */
  momentum?: number;
  /** Nesterov's: look ahead by the momentum. */
  nesterov?: boolean;
}

export type SgdState = {
  /** int32 scalar: updates made */
  step: tf.Scalar;
  /** float32 vectors, of all small parameters together and of each large one; none without momentum */
  velocity: tf.Tensor1D[];
};

/**
 * Stochastic gradient descent with momentum (Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html)
 * in PyTorch's form: velocity = momentum velocity + gradient; parameter -= rate velocity. Weight decay is an L2 penalty.
 *
 * @throws {RangeError} where momentum isn't in [0, 1), or Nesterov's is asked for without any.
 */
export function sgd(options: SgdOptions): Optimizer<SgdState> {
  const { learningRate, momentum = 0, nesterov = false } = options;
  requireRange('momentum', momentum, 0, 1);
  if (nesterov && momentum === 0) throw new RangeError('nesterov needs a momentum above 0.');
  return {
    init: (params) => ({ step: noSteps(), velocity: momentum > 0 ? zerosFor(params) : [] }),
    update: (gradients, state, params) =>
      tidy(() => {
        const trained = pair(gradients, params);
        const gradient = penalized(trained, options);
        const rate = rateAt(learningRate, state.step);
        if (momentum > 0) requireFit(state.velocity, trained);
        const velocity = state.velocity.map(
          (old, i): tf.Tensor1D => old.mul(momentum).add(gradient[i] as tf.Tensor),
        );
        const changes = gradient.map((own, i) => {
          const moving = velocity[i];
          if (!moving) return own.mul(rate);
          return (nesterov ? own.add(moving.mul(momentum)) : moving).mul(rate);
        });
        return {
          params: subtract(params, trained, changes, { rate }),
          state: { step: state.step.add(tf.scalar(1, 'int32')), velocity },
        };
      }),
  };
}
