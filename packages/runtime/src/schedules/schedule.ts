import * as tf from '../tf.ts';

/** A learning rate, float32 scalar, from the number of updates made so far, int32 scalar. */
export type Schedule = (step: tf.Scalar) => tf.Scalar;

/** `step` updates as part of `steps`, from 0 to 1 and then 1. */
function progress(step: tf.Tensor, steps: number): tf.Tensor {
  return step.cast('float32').div(steps).clipByValue(0, 1);
}

/** From 0 to 1 along half of a cosine. */
function cosineRise(part: tf.Tensor): tf.Tensor {
  return tf.sub(1, part.mul(Math.PI).cos()).div(2);
}

function mix(from: number, to: number, part: tf.Tensor): tf.Scalar {
  return part.mul(to - from).add(from) as tf.Scalar;
}

function requireSteps(name: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0)) {
    throw new RangeError(`${name} must be a positive integer, and is ${value}.`);
  }
}

/** Always the same. */
export function constant(learningRate: number): Schedule {
  return () => tf.scalar(learningRate);
}

/** Times `gamma` after every `stepSize` updates, as PyTorch's `StepLR`. */
export function stepDecay(learningRate: number, options: { stepSize: number; gamma?: number }): Schedule {
  const { stepSize, gamma = 0.1 } = options;
  requireSteps('stepSize', stepSize);
  return (step) => {
    const drops = step.floorDiv(tf.scalar(stepSize, 'int32')).cast('float32');
    return tf.pow(gamma, drops).mul(learningRate) as tf.Scalar;
  };
}

/** Times `gamma` at each of the milestones, as PyTorch's `MultiStepLR`. */
export function multiStep(
  learningRate: number,
  options: { milestones: readonly number[]; gamma?: number },
): Schedule {
  const { milestones, gamma = 0.1 } = options;
  return (step) => {
    const passed = step
      .greaterEqual(tf.tensor1d([...milestones], 'int32'))
      .cast('float32')
      .sum();
    return tf.pow(gamma, passed).mul(learningRate) as tf.Scalar;
  };
}

/** Times `gamma` after every update, as PyTorch's `ExponentialLR`. */
export function exponential(learningRate: number, options: { gamma: number }): Schedule {
  return (step) => tf.pow(options.gamma, step.cast('float32')).mul(learningRate) as tf.Scalar;
}

/**
 * From `start` times the learning rate to `end` times in `steps` updates, along a line, as PyTorch's `LinearLR`.
 * A third and 1 where not given.
 */
export function linear(
  learningRate: number,
  options: { steps: number; start?: number; end?: number },
): Schedule {
  const { steps, start = 1 / 3, end = 1 } = options;
  requireSteps('steps', steps);
  return (step) => mix(learningRate * start, learningRate * end, progress(step, steps));
}

/**
 * Up from 0 along a line in `warmUp` updates, then down to `minimum` along a cosine until update `steps`, and there from
 * then on (Loshchilov and Hutter 2016, https://arxiv.org/abs/1608.03983): PyTorch's `CosineAnnealingLR`, and with
 * warm-up Hugging Face's `get_cosine_schedule_with_warmup`.
 */
export function cosine(
  learningRate: number,
  options: { steps: number; warmUp?: number; minimum?: number },
): Schedule {
  const { steps, warmUp = 0, minimum = 0 } = options;
  requireSteps('steps - warmUp', steps - warmUp);
  return (step) => {
    const down = mix(
      learningRate,
      minimum,
      cosineRise(progress(step.sub(tf.scalar(warmUp, 'int32')), steps - warmUp)),
    );
    if (warmUp === 0) return down;
    const up = mix(0, learningRate, progress(step, warmUp));
    return tf.where(step.less(tf.scalar(warmUp, 'int32')), up, down) as tf.Scalar;
  };
}

/**
 * Up from maximum / `startDivisor` to the maximum in the first `warmUp` part of `steps` updates, then down to the start /
 * `endDivisor`, along cosines (Smith and Topin 2017, https://arxiv.org/abs/1708.07120): PyTorch's `OneCycleLR`, with its
 * defaults 0.3, 25 and 1e4.
 */
export function oneCycle(
  maximum: number,
  options: { steps: number; warmUp?: number; startDivisor?: number; endDivisor?: number },
): Schedule {
  const { steps, warmUp = 0.3, startDivisor = 25, endDivisor = 1e4 } = options;
  requireSteps('steps', steps);
  const start = maximum / startDivisor;
  const peak = warmUp * steps - 1;
  return (step) => {
    const up = mix(start, maximum, cosineRise(progress(step, peak)));
    const past = step.cast('float32').sub(peak);
    const down = mix(maximum, start / endDivisor, cosineRise(progress(past, steps - 1 - peak)));
    return tf.where(past.lessEqual(0), up, down) as tf.Scalar;
  };
}
