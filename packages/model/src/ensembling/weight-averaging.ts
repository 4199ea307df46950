import { cloneTree, type Jitted, jit, leavesOf, mapTree, tf, unflatten } from '@quire/runtime';
import type { CallbackState } from '../training/callback-state.ts';
import type { StepReport, TrainerCallback } from '../training/trainer.ts';

type Mean = Jitted<(average: tf.Tensor[], params: tf.Tensor[], share: tf.Scalar) => tf.Tensor[]>;

export interface WeightAveragingOptions<Params> {
  /** The parameters as they are now: `() => trainer.params`. */
  params: () => Params;
  /** The update after which the first parameters count, from 1 on; usually after three quarters of the training. */
  from: number;
  /** Updates between two that count: an epoch, or a cycle of the learning rate. */
  every: number;
}

/**
 * Stochastic weight averaging: the plain mean of the parameters at several points of a training with a constant or cyclic
 * learning rate lies in a flatter and often better place than each of them (Izmailov et al. 2018,
 * https://arxiv.org/abs/1803.05407). It is a callback of a `Trainer`.
 *
 * Statistics of a batch norm that came with the parameters are a mean of old ones, which doesn't belong to the averaged
 * weights: compute them anew, by passes over the training examples in training mode, before the average is used.
 *
 * The trainer's checkpoints keep the mean.
 */
export class WeightAveraging<Params> implements TrainerCallback {
  readonly #options: WeightAveragingOptions<Params>;
  readonly #mean: Mean;
  #average: Params | undefined;
  #count = 0;

  /** @throws {RangeError} where `from` or `every` isn't a whole number from 1 on. */
  constructor(options: WeightAveragingOptions<Params>) {
    for (const name of ['from', 'every'] as const) {
      if (!(Number.isInteger(options[name]) && options[name] >= 1)) {
        throw new RangeError(`${name} must be a whole number from 1 on, and is ${options[name]}.`);
      }
    }
    this.#options = options;
    this.#mean = jit(
      (average, params, share) =>
        average.map((each, i) => {
          const now = params[i] as tf.Tensor;
          return each.dtype === 'float32' ? each.add(now.sub(each).mul(share)) : now.clone();
        }),
      { name: 'a running mean of parameters' },
    );
  }

  /** How many parameters the mean is of. */
  get count(): number {
    return this.#count;
  }

  /** The mean, which stays this object's; undefined before the first. Tensors that aren't float32 are the last ones. */
  get average(): Params | undefined {
    return this.#average;
  }

  async step({ step }: StepReport): Promise<void> {
    const { from, every } = this.#options;
    if (step < from || (step - from) % every !== 0) return;
    await this.add(this.#options.params());
  }

  /** Takes parameters into the mean; they stay the caller's. */
  async add(params: Params): Promise<void> {
    this.#count++;
    if (this.#average === undefined) {
      this.#average = cloneTree(params);
      return;
    }
    const tensors = (tree: Params): tf.Tensor[] => leavesOf<tf.Tensor>(tree).map(({ value }) => value);
    const share = tf.scalar(1 / this.#count);
    const means = (await this.#mean(tensors(this.#average), tensors(params), share)) as tf.Tensor[];
    share.dispose();
    tf.dispose(this.#average as never);
    this.#average = unflatten(params, means) as Params;
  }

  state(): CallbackState {
    const leaves = leavesOf<tf.Tensor>(this.#average ?? []);
    return {
      tensors: Object.fromEntries(leaves.map(({ path, value }) => [path, value])),
      about: { count: this.#count },
    };
  }

  restore({ tensors, about }: CallbackState): void {
    if (this.#average !== undefined) tf.dispose(this.#average as never);
    this.#count = (about as { count: number }).count;
    this.#average =
      this.#count > 0
        ? (mapTree(this.#options.params() as never, (_, path) => tensors[path]) as Params)
        : undefined;
  }

  async dispose(): Promise<void> {
    if (this.#average !== undefined) tf.dispose(this.#average as never);
    this.#average = undefined;
    await this.#mean.release();
  }
}
