import { tf } from '@quire/runtime';
import type { CallbackState } from '../training/callback-state.ts';
import type { StepReport, TrainerCallback } from '../training/trainer.ts';
import type { Masks } from './masks.ts';
import { requireSparsity, type SparsitySchedule, sparsityAt } from './sparsity.ts';

export interface GradualPruningOptions<Params> {
  /** The parameters as they are now: `() => trainer.params`. */
  params: () => Params;
  /** Masks of a sparsity: such as `(params, sparsity) => magnitudeMasks(params, { sparsity, targets })`. */
  masks: (params: Params, sparsity: number) => Promise<Masks>;
  schedule: SparsitySchedule;
  /** Updates between two new masks; 100 where not given. */
  every?: number;
}

/**
 * Prunes more and more while a model is trained, so that what stays can make up for what went (Zhu and Gupta 2017,
 * https://arxiv.org/abs/1710.01878). It is a callback of a `Trainer`, whose `frozen` has `masks` and whose loss applies
 * them; prune the trained parameters with `pruned(trainer.params, pruning.masks)` in the end.
 * The trainer's checkpoints keep the masks.
 */
export class GradualPruning<Params> implements TrainerCallback {
  /** The masks of now. The object stays the same; its tensors are replaced, and are this object's. */
  readonly masks: Masks;
  readonly #options: GradualPruningOptions<Params>;

  private constructor(options: GradualPruningOptions<Params>, masks: Masks) {
    this.#options = options;
    this.masks = masks;
  }

  /**
   * With the masks of the beginning.
   *
   * @param params the parameters before the training
   * @throws {RangeError} for a schedule that isn't one.
   */
  static async start<Params>(
    params: Params,
    options: GradualPruningOptions<Params>,
  ): Promise<GradualPruning<Params>> {
    const { schedule, every = 100 } = options;
    for (const sparsity of [schedule.initial ?? 0, schedule.final]) requireSparsity(sparsity);
    if (!(schedule.end > (schedule.begin ?? 0))) {
      throw new RangeError(`The schedule has to end after its begin, and ends at ${schedule.end}.`);
    }
    if (!(Number.isInteger(every) && every >= 1)) {
      throw new RangeError(`every must be a whole number from 1 on, and is ${every}.`);
    }
    return new GradualPruning(options, await options.masks(params, sparsityAt(0, schedule)));
  }

  async step({ step }: StepReport): Promise<void> {
    const { schedule, every = 100 } = this.#options;
    const { begin = 0, end } = schedule;
    if (step < begin || step > end) return;
    if ((step - begin) % every === 0 || step === end) await this.update(step);
  }

  /** The masks as they are to be after `step` updates. */
  async update(step: number): Promise<void> {
    const { params, masks, schedule } = this.#options;
    const next = await masks(params(), sparsityAt(step, schedule));
    tf.dispose(this.masks);
    Object.assign(this.masks, next);
  }

  state(): CallbackState {
    return { tensors: { ...this.masks } };
  }

  restore({ tensors }: CallbackState): void {
    tf.dispose(this.masks);
    for (const name of Object.keys(this.masks)) delete this.masks[name];
    Object.assign(this.masks, tensors);
  }

  dispose(): void {
    tf.dispose(this.masks);
  }
}
