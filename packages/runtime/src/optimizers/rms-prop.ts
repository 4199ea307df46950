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

export interface RmsPropOptions extends WeightDecay {
  /** 1e-2 where not given. */
  learningRate?: LearningRate;
  /** Decay of the squared gradients' moving average: 0.99 where not given. */
  alpha?: number;
  /** Added to the root of the second moment: 1e-8 where not given. */
  epsilon?: number;
  /** 0 where not given. */
  momentum?: number;
  /** Divide by the standard deviation in place of the root mean square. */
  centered?: boolean;
}

export type RmsPropState = {
  /** int32 scalar: updates made */
  step: tf.Scalar;
  /** float32 vectors, of all small parameters together and of each large one; none where not centered */
  firstMoment: tf.Tensor1D[];
  /** float32 vectors, likewise */
  secondMoment: tf.Tensor1D[];
  /** float32 vectors, likewise; none without momentum */
  velocity: tf.Tensor1D[];
};

/**
 * RMSProp (Tieleman and Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"; centered as in Graves 2013,
 * https://arxiv.org/abs/1308.0850), with PyTorch's defaults. Weight decay is an L2 penalty.
 *
 * @throws {RangeError} where alpha or momentum isn't in [0, 1).
 */
export function rmsProp(options: RmsPropOptions = {}): Optimizer<RmsPropState> {
  const { learningRate = 1e-2, alpha = 0.99, epsilon = 1e-8, momentum = 0, centered = false } = options;
  requireRange('alpha', alpha, 0, 1);
  requireRange('momentum', momentum, 0, 1);
  return {
    init: (params) => ({
      step: noSteps(),
      firstMoment: centered ? zerosFor(params) : [],
      secondMoment: zerosFor(params),
      velocity: momentum > 0 ? zerosFor(params) : [],
    }),
    update: (gradients, state, params) =>
      tidy(() => {
        const trained = pair(gradients, params);
        requireFit(state.secondMoment, trained);
        const gradient = penalized(trained, options);
        const rate = rateAt(learningRate, state.step);
        const secondMoment = state.secondMoment.map(
          (old, i): tf.Tensor1D => old.mul(alpha).add((gradient[i] as tf.Tensor).square().mul(1 - alpha)),
        );
        const firstMoment = state.firstMoment.map(
          (old, i): tf.Tensor1D => old.add((gradient[i] as tf.Tensor).sub(old).mul(1 - alpha)),
        );
        const directions = gradient.map((own, i) => {
          const second = secondMoment[i] as tf.Tensor;
          const variance = centered ? second.sub((firstMoment[i] as tf.Tensor).square()) : second;
          return own.div(variance.sqrt().add(epsilon));
        });
        const velocity = state.velocity.map(
          (old, i): tf.Tensor1D => old.mul(momentum).add(directions[i] as tf.Tensor),
        );
        const moving = momentum > 0 ? velocity : directions;
        return {
          params: subtract(
            params,
            trained,
            moving.map((change) => change.mul(rate)),
            { rate },
          ),
          state: {
            step: state.step.add(tf.scalar(1, 'int32')) as tf.Scalar,
            firstMoment,
            secondMoment,
            velocity,
          },
        };
      }),
  };
}
