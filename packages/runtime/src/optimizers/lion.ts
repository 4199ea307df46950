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

export interface LionOptions extends WeightDecay {
  /** 1e-4 where not given: 3 to 10 times less than for Adam. */
  learningRate?: LearningRate;
  /** How much the momentum counts in an update: 0.9 where not given. */
  beta1?: number;
  /** Decay of the momentum: 0.99 where not given. */
  beta2?: number;
}

export type LionState = {
  /** int32 scalar: updates made */
  step: tf.Scalar;
  /** float32 vectors, of all small parameters together and of each large one */
  momentum: tf.Tensor1D[];
};

/**
 * Lion (Chen et al. 2023, https://arxiv.org/abs/2302.06675): every parameter moves by the learning rate, in the direction
 * of the sign of momentum and gradient mixed. Half of Adam's state; weight decay is decoupled.
 *
 * @throws {RangeError} where a beta isn't in [0, 1).
 */
export function lion(options: LionOptions = {}): Optimizer<LionState> {
  const { learningRate = 1e-4, beta1 = 0.9, beta2 = 0.99 } = options;
  requireRange('beta1', beta1, 0, 1);
  requireRange('beta2', beta2, 0, 1);
  return {
    init: (params) => ({ step: noSteps(), momentum: zerosFor(params) }),
    update: (gradients, state, params) =>
      tidy(() => {
        const trained = pair(gradients, params);
        requireFit(state.momentum, trained);
        const gradient = penalized(trained, {});
        const rate = rateAt(learningRate, state.step);
        const changes = state.momentum.map((old, i) =>
          old
            .mul(beta1)
            .add((gradient[i] as tf.Tensor).mul(1 - beta1))
            .sign()
            .mul(rate),
        );
        return {
          params: subtract(params, trained, changes, { ...options, rate }),
          state: {
            step: state.step.add(tf.scalar(1, 'int32')) as tf.Scalar,
            momentum: state.momentum.map(
              (old, i): tf.Tensor1D => old.mul(beta2).add((gradient[i] as tf.Tensor).mul(1 - beta2)),
            ),
          },
        };
      }),
  };
}
