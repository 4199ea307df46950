import { optimizers, tf } from '@quire/runtime';
import { selected } from './optimizer-steps.ts';

export interface LossScaling {
  /** A power of two, so that nothing is rounded; 65536 where not given. */
  initial?: number;
  /** Updates without an overflow after which the scale is doubled; 2000 where not given. */
  growthInterval?: number;
}

export type ScalingState = {
  /** float32 scalar: what the loss is multiplied by */
  scale: tf.Scalar;
  /** int32 scalar: updates since the scale was changed */
  steady: tf.Scalar;
  /** int32 scalar: 1 where a gradient of the update that is being made overflowed, else 0 */
  overflowed: tf.Scalar;
};

/** Below it a scale isn't halved: a gradient that isn't finite at this scale isn't so because of it. */
const LEAST = 1;

/**
 * Dynamic loss scaling (Micikevicius et al. 2017, https://arxiv.org/abs/1710.03740), with the rules of PyTorch's
 * `GradScaler`: an update whose gradient isn't finite is left out and the scale halved; after `growthInterval` updates
 * without that it is doubled. All of it is in the state of a training, so that a run that goes on has the same scales.
 */
export class LossScaler {
  readonly #initial: number;
  readonly #growthInterval: number;

  /** @throws {RangeError} where `initial` isn't a power of two from 1 on, or `growthInterval` no whole number from 1 on. */
  constructor({ initial = 2 ** 16, growthInterval = 2000 }: LossScaling = {}) {
    if (
      !(Number.isInteger(Math.log2(initial)) && initial >= LEAST && Number.isFinite(Math.fround(initial)))
    ) {
      throw new RangeError(`lossScaling: initial must be a power of two from 1 on, and is ${initial}.`);
    }
    if (!(Number.isInteger(growthInterval) && growthInterval >= 1)) {
      throw new RangeError(
        `lossScaling: growthInterval must be a whole number from 1 on, and is ${growthInterval}.`,
      );
    }
    this.#initial = initial;
    this.#growthInterval = growthInterval;
  }

  init(): ScalingState {
    return {
      scale: tf.scalar(this.#initial),
      steady: tf.scalar(0, 'int32'),
      overflowed: tf.scalar(0, 'int32'),
    };
  }

  /**
   * @param norm of a batch's gradient, without the scale
   * @param last a bool scalar: whether this batch makes the update; each does where not given
   */
  next({ scale, steady, overflowed }: ScalingState, norm: tf.Scalar, last?: tf.Tensor): ScalingState {
    const finite = finiteness(norm);
    const zero = tf.scalar(0, 'int32');
    const bad = overflowed.add(finite.logicalNot().cast('int32')).minimum(tf.scalar(1, 'int32')) as tf.Scalar;
    const counted = steady.add(tf.scalar(1, 'int32'));
    const grows = counted.equal(tf.scalar(this.#growthInterval, 'int32'));
    const larger = scale.mul(2);
    // A scale that isn't a number any more would never come back.
    const grown = tf.where(tf.logicalAnd(grows, finiteness(larger)), larger, scale);
    const skipped = bad.equal(1);
    const after = {
      scale: tf.where(skipped, scale.mul(0.5).maximum(LEAST), grown) as tf.Scalar,
      steady: tf.where(tf.logicalOr(skipped, grows), zero, counted) as tf.Scalar,
      overflowed: zero,
    };
    return last ? selected(last, after, { scale, steady, overflowed: bad }) : after;
  }

  /** The optimizer, whose update changes nothing where the gradient isn't finite. */
  skipping<State extends object>(optimizer: optimizers.Optimizer<State>): optimizers.Optimizer<State> {
    return {
      init: (params) => optimizer.init(params),
      update: (gradients, state, params) => {
        const finite = finiteness(optimizers.clipByGlobalNorm(gradients, 1).norm);
        return selected(finite, optimizer.update(gradients, state, params), { params, state });
      },
    };
  }

  /** Whether a step with these numbers is left out; else a number that isn't finite is an error. */
  skips({ loss, gradientNorm, lossScale }: Record<string, number>): boolean {
    return (
      Number.isFinite(loss) && !Number.isFinite(gradientNorm) && lossScale !== undefined && lossScale > LEAST
    );
  }
}

/** Whether a number is finite: a bool scalar. */
function finiteness(value: tf.Tensor): tf.Tensor {
  return value.abs().less(Infinity);
}
