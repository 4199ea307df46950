import * as tf from '../tf.ts';
import { tidy } from '../tidy.ts';
import { pair, replaceTrained, trainedLeaves } from './flat.ts';
import { type LearningRate, noSteps, type Optimizer, rateAt, type WeightDecay } from './optimizer.ts';

export interface AdafactorOptions extends WeightDecay {
  /** The most that the relative step may be: 1e-2 where not given. */
  learningRate?: LearningRate;
  /** Exponent of the second moment's decay, 1 - tᵉ: -0.8 where not given. */
  beta2Decay?: number;
  /** The least root mean square of a parameter that the step is relative to: 1e-3 where not given. */
  minimumScale?: number;
  /** The most that the root mean square of an update may be: 1 where not given. */
  clipThreshold?: number;
}

export type AdafactorState = {
  /** int32 scalar: updates made */
  step: tf.Scalar;
  /**
   * For each parameter in order: mean squares of its rows float32 (…, R, 1) and of its columns (…, 1, C); for one of
   * rank 0 or 1, of each element.
   */
  meanSquares: tf.Tensor[][];
};

/** float32's machine epsilon, PyTorch's default for what keeps denominators from 0. */
const EPSILON = 2 ** -23;

/**
 * Adafactor (Shazeer and Stern 2018, https://arxiv.org/abs/1804.04235) as PyTorch's: second moments of a matrix kept by
 * row and column only, steps relative to a parameter's size. Weight decay is decoupled.
 */
export function adafactor(options: AdafactorOptions = {}): Optimizer<AdafactorState> {
  const { learningRate = 1e-2, beta2Decay = -0.8, minimumScale = 1e-3, clipThreshold = 1 } = options;
  const { weightDecay = 0, decays } = options;
  return {
    init: (params) => ({
      step: noSteps(),
      meanSquares: trainedLeaves(params).map(({ value }) =>
        value.rank < 2
          ? [tf.zerosLike(value)]
          : [
              tf.zeros([...value.shape.slice(0, -1), 1]),
              tf.zeros([...value.shape.slice(0, -2), 1, value.shape.at(-1) as number]),
            ],
      ),
    }),
    update: (gradients, state, params) =>
      tidy(() => {
        const trained = pair(gradients, params);
        if (state.meanSquares.length !== trained.length) {
          throw new RangeError(
            `The state is of ${state.meanSquares.length} parameters, and ${trained.length} came: make it anew with init(params).`,
          );
        }
        const rate = rateAt(learningRate, state.step);
        const step = state.step.add(tf.scalar(1, 'int32')) as tf.Scalar;
        const t = step.cast('float32');
        const fresh = tf.pow(t, beta2Decay);
        const relativeStep = tf.minimum(rate, t.rsqrt());
        const meanSquares: tf.Tensor[][] = [];
        const changed = trained.map(({ path, parameter, gradient }, i) => {
          const square = gradient.square();
          const present = gradient.rank < 2 ? [square] : [square.mean(-1, true), square.mean(-2, true)];
          const means = present.map((now, axis) => {
            const before = state.meanSquares[i]?.[axis];
            if (`${before?.shape}` !== `${now.shape}`) {
              throw new RangeError(
                `The state of ${path} has the shape [${before?.shape}], and [${now.shape}] was expected: make it anew with init(params).`,
              );
            }
            return (before as tf.Tensor).add(now.sub(before as tf.Tensor).mul(fresh));
          });
          meanSquares.push(means);
          const [rows, columns] = means as [tf.Tensor, tf.Tensor?];
          const estimate = columns ? rows.mul(columns).div(rows.mean(-2, true).maximum(EPSILON)) : rows;
          const update = gradient.mul(estimate.maximum(EPSILON ** 2).rsqrt());
          const alpha = rootMeanSquare(parameter).maximum(minimumScale).mul(relativeStep);
          const excess = rootMeanSquare(update).div(clipThreshold).maximum(1);
          const decaying = weightDecay > 0 && (decays?.(path, parameter) ?? true);
          const decayed = decaying ? parameter.mul(tf.sub(1, rate.mul(weightDecay))) : parameter;
          return decayed.sub(update.mul(alpha.div(excess)));
        });
        return { params: replaceTrained(params, changed), state: { step, meanSquares } };
      }),
  };
}

function rootMeanSquare(x: tf.Tensor): tf.Tensor {
  return x.square().mean().sqrt();
}
