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
  /** float32 (N), or empty where not centered */
  firstMoment: tf.Tensor1D;
  /** float32 (N) */
  secondMoment: tf.Tensor1D;
  /** float32 (N), or empty without momentum */
  velocity: tf.Tensor1D;
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
      firstMoment: centered ? zerosFor(params) : tf.zeros([0]),
      secondMoment: zerosFor(params),
      velocity: momentum > 0 ? zerosFor(params) : tf.zeros([0]),
    }),
    update: (gradients, state, params) =>
      tidy(() => {
        const trained = pair(gradients, params);
        requireFit(state.secondMoment, trained);
        const gradient = penalized(trained, options);
        const rate = rateAt(learningRate, state.step);
        const secondMoment: tf.Tensor1D = state.secondMoment.mul(alpha).add(gradient.square().mul(1 - alpha));
        let firstMoment: tf.Tensor1D = state.firstMoment.clone();
        let variance: tf.Tensor = secondMoment;
        if (centered) {
          firstMoment = state.firstMoment.add(gradient.sub(state.firstMoment).mul(1 - alpha));
          variance = secondMoment.sub(firstMoment.square());
        }
        let direction = gradient.div<tf.Tensor1D>(variance.sqrt().add(epsilon));
        let velocity: tf.Tensor1D = state.velocity.clone();
        if (momentum > 0) {
          velocity = state.velocity.mul(momentum).add(direction);
          direction = velocity;
        }
        return {
          params: subtract(params, trained, direction.mul(rate), { rate }),
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
