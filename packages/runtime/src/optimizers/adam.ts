import * as tf from '../tf.ts';
import { tidy } from '../tidy.ts';
import { pair, penalized, requireFit, subtract, zerosFor } from './flat.ts';
import {
  biasCorrection,
  type LearningRate,
  noSteps,
  type Optimizer,
  rateAt,
  requireRange,
  type WeightDecay,
} from './optimizer.ts';

export interface AdamOptions extends WeightDecay {
  /** 1e-3 where not given. */
  learningRate?: LearningRate;
  /** Decay of the gradients' moving average: 0.9 where not given. */
  beta1?: number;
  /** Decay of the squared gradients' moving average: 0.999 where not given. */
  beta2?: number;
  /** Added to the root of the second moment: 1e-8 where not given. */
  epsilon?: number;
}

export type AdamState = {
  /** int32 scalar: updates made */
  step: tf.Scalar;
  /** float32 vectors, of all small parameters together and of each large one */
  firstMoment: tf.Tensor1D[];
  /** float32 vectors, likewise */
  secondMoment: tf.Tensor1D[];
};

/**
 * Adam (Kingma and Ba 2014, https://arxiv.org/abs/1412.6980), with PyTorch's defaults. Weight decay is an L2 penalty on
 * the gradient; `adamW` decouples it.
 *
 * @throws {RangeError} where a beta isn't in [0, 1).
 */
export function adam(options: AdamOptions = {}): Optimizer<AdamState> {
  return adamFamily(options, 'penalty');
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2017, https://arxiv.org/abs/1711.05101), with PyTorch's
 * defaults: a weight decay of 0.01.
 *
 * @throws {RangeError} where a beta isn't in [0, 1).
 */
export function adamW(options: AdamOptions = {}): Optimizer<AdamState> {
  return adamFamily({ weightDecay: 1e-2, ...options }, 'decoupled');
}

function adamFamily(options: AdamOptions, decay: 'penalty' | 'decoupled'): Optimizer<AdamState> {
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  requireRange('beta1', beta1, 0, 1);
  requireRange('beta2', beta2, 0, 1);
  return {
    init: (params) => ({
      step: noSteps(),
      firstMoment: zerosFor(params),
      secondMoment: zerosFor(params),
    }),
    update: (gradients, state, params) =>
      tidy(() => {
        const trained = pair(gradients, params);
        requireFit(state.firstMoment, trained);
        const gradient = penalized(trained, decay === 'penalty' ? options : {});
        const rate = rateAt(learningRate, state.step);
        const step = state.step.add(tf.scalar(1, 'int32')) as tf.Scalar;
        const firstMoment = state.firstMoment.map(
          (old, i): tf.Tensor1D => old.add((gradient[i] as tf.Tensor).sub(old).mul(1 - beta1)),
        );
        const secondMoment = state.secondMoment.map(
          (old, i): tf.Tensor1D => old.mul(beta2).add((gradient[i] as tf.Tensor).square().mul(1 - beta2)),
        );
        // The corrections as factors of the rate and of epsilon, which are one number each.
        const scale = biasCorrection(beta2, step).sqrt();
        const corrected = rate.mul(scale).div(biasCorrection(beta1, step));
        const scaledEpsilon = scale.mul(epsilon);
        const changes = firstMoment.map((first, i) =>
          first.div((secondMoment[i] as tf.Tensor).sqrt().add(scaledEpsilon)).mul(corrected),
        );
        return {
          params: subtract(params, trained, changes, {
            rate,
            ...(decay === 'decoupled' ? options : {}),
          }),
          state: { step, firstMoment, secondMoment },
        };
      }),
  };
}
