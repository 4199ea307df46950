import type { Schedule } from '../schedules/schedule.ts';
import * as tf from '../tf.ts';

/** A number, a float32 scalar that is passed in at each step, or a function of the updates made so far. */
export type LearningRate = number | tf.Scalar | Schedule;

/**
 * A rule for updating parameters, as a pair of pure functions: what it remembers is passed in and comes back, so that a
 * whole step of training can be compiled by `jit`. Parameters that aren't float32 stay as they are.
 */
export interface Optimizer<State> {
  /** What it remembers before the first update. */
  init(params: unknown): State;
  /**
   * One update.
   *
   * @param gradients in the structure and shapes of `params`
   * @throws {RangeError} where gradients, state and parameters don't fit, naming the parameter by its path.
   */
  update<Params>(gradients: Params, state: State, params: Params): { params: Params; state: State };
}

/** Whether a parameter decays. */
export type DecayMask = (path: string, parameter: tf.Tensor) => boolean;

export interface WeightDecay {
  /** 0 where not given, unless said otherwise. */
  weightDecay?: number;
  /** Which parameters decay: all where not given. Biases and scales of norms are usually left out. */
  decays?: DecayMask;
}

/** The learning rate of the update after `step` updates: float32 scalar. */
export function rateAt(learningRate: LearningRate, step: tf.Scalar): tf.Scalar {
  if (typeof learningRate === 'number') return tf.scalar(learningRate);
  if (learningRate instanceof tf.Tensor) return learningRate;
  return learningRate(step);
}

/** The count of updates with which state begins. */
export const noSteps = (): tf.Scalar => tf.scalar(0, 'int32');

/** 1 - rateᵗ, by which a moving average that began with zeros is too small after t steps. */
export function biasCorrection(rate: number, t: tf.Scalar): tf.Scalar {
  return tf.sub(1, tf.pow(rate, t.cast('float32')));
}

/** @throws {RangeError} where `value` isn't a number from `from` up to, but without, `below`. */
export function requireRange(name: string, value: number, from: number, below = Infinity): void {
  if (!(typeof value === 'number' && value >= from && value < below)) {
    throw new RangeError(`${name} must be at least ${from} and below ${below}, and is ${value}.`);
  }
}
