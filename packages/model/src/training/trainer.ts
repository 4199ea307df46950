import { join } from 'node:path';
import {
  cloneTree,
  type Jitted,
  jit,
  leavesOf,
  mapTree,
  optimizers,
  random,
  tf,
  valueAndGradients,
} from '@quire/runtime';
import { publishedName } from '../parameters/names.ts';
import { merge, partition } from '../parameters/partition.ts';
import { type BatchOrder, batchesPerEpoch, epochBatches } from './batches.ts';
import { type CallbackState, callbackStates, type KeptCallback, restoreCallbacks } from './callback-state.ts';
import { lookAhead } from './look-ahead.ts';
import { LossScaler, type LossScaling, type ScalingState } from './loss-scaling.ts';
import { firstNonFinite, NonFiniteError } from './non-finite.ts';
import { clipped, selected } from './optimizer-steps.ts';
import { makeFolder, pruneStates, readState, stateFiles, stateName, writeState } from './state-file.ts';

/** Numbers that are measured beside the loss. */
export type Metrics = Record<string, number>;

export interface LossContext<Frozen> {
  /** For dropout and other draws of this step; undefined in evaluation, where nothing is random. */
  key: random.Key | undefined;
  /** Updates made before this one, an int32 scalar, for what changes while it trains; undefined in evaluation. */
  step: tf.Scalar | undefined;
  /** What is passed through without being trained. */
  frozen: Frozen;
}

/** Which batch of the training is made. */
export interface CollateContext {
  /** Batches of the run before this one: the same for a run that goes on from a checkpoint. */
  batch: number;
  /** The places of its examples among all. */
  indices: Int32Array;
}

export interface LossAndMetrics {
  loss: tf.Scalar;
  /** Means over the batch: float32 scalars. */
  metrics: Record<string, tf.Scalar>;
  /**
   * New tensors for parameters that aren't trained, by published name, such as running statistics of a batch norm: each
   * batch of a training replaces them; an evaluation doesn't.
   */
  buffers?: Record<string, tf.Tensor>;
}

/** Where numbers go as they come, such as `liveCurves()` of `@quire/visualization`. */
export interface MetricLog {
  log(step: number, metrics: Metrics): void;
}

export interface TrainerOptions<Params, Example, Batch, Frozen = undefined> {
  /** What is trained, as nested tensors. They belong to the trainer from then on. */
  params: Params;
  /** Nested tensors that the loss needs and that stay as they are; they stay the caller's. */
  frozen?: Frozen;
  /** The mean loss of a batch, in TensorFlow.js ops, which are compiled. */
  loss: (params: Params, batch: Batch, context: LossContext<Frozen>) => tf.Scalar | LossAndMetrics;
  optimizer: optimizers.Optimizer<object>;
  /**
   * Which parameters the optimizer changes, by published name, such as `trainable(spec)`; all where not given. The others
   * stay as they are where the loss returns no `buffers` for them.
   */
  trained?: (name: string) => boolean;
  examples: readonly Example[];
  /**
   * A batch of tensors, in nested objects, from examples. The trainer disposes it. What is drawn for it, such as
   * augmentations, has to be a function of the context, which evaluation doesn't give: nothing is random there.
   */
  collate: (examples: readonly Example[], context?: CollateContext) => Batch | Promise<Batch>;
  /** Examples of a batch. */
  batchSize: number;
  /** Passes over the examples; or `steps`. */
  epochs?: number;
  /** Updates; or `epochs`. */
  steps?: number;
  /** Of the order of examples and of the keys; 0 where not given. */
  seed?: number;
  /** Whether each epoch has an order of its own; true where not given. */
  shuffle?: boolean;
  /** The length of an example: similar ones are put into one batch. */
  length?: (example: Example) => number;
  /**
   * How often an example is seen, relative to the others, such as one over the size of its class: an epoch draws as many
   * examples as there are, with replacement.
   */
  sampling?: (example: Example) => number;
  /** Whether a last batch that isn't full is left out; false where not given. */
  dropLast?: boolean;
  /** Batches that are being made, side by side, while one is trained on; 1 where not given. With 0 each is made in its turn. */
  lookAhead?: number;
  /** Batches whose mean gradient makes one update; 1 where not given. */
  accumulate?: number;
  /** The norm to which the whole gradient is clipped. */
  clipNorm?: number;
  /** The decay of a moving average of the parameters, such as 0.999; none where not given. */
  averageDecay?: number;
  /**
   * What products are computed in, as in `jit`; parameters, sums and the optimizer are float32 always. A device without
   * it says so at the first step.
   */
  precision?: 'float32' | 'float16';
  /** Multiplies the loss, so that gradients in float16 don't vanish; none where not given. */
  lossScaling?: boolean | LossScaling;
  /** Of the processor, as in `jit`: 1 is often fastest for a small model, whose products aren't worth sharing. */
  threads?: number;
  validation?: Validation<Example>;
  /** Ends when a metric of the validation hasn't become better for so many validations. */
  earlyStopping?: EarlyStopping;
  /** Where the state is written, so that the run can go on after an end from outside. */
  checkpoints?: Checkpoints;
  /** Get `loss/train`, `gradientNorm` and what the loss function measures, and `…/validation`. */
  logs?: readonly MetricLog[];
  callbacks?: readonly TrainerCallback[];
}

export interface Validation<Example> {
  examples: readonly Example[];
  /** Updates between two; once an epoch where not given. */
  every?: number;
  batchSize?: number;
}

export interface EarlyStopping {
  /** Validations without a better number before the end. */
  patience: number;
  /** `loss` where not given. */
  metric?: string;
  /** Whether smaller or larger is better; `'smaller'` where not given. */
  better?: 'smaller' | 'larger';
  /** By how much it has to be better; 0 where not given. */
  minDelta?: number;
}

export interface Checkpoints {
  folder: string;
  /** Updates between two; once an epoch where not given. */
  every?: number;
  /** How many are kept; 2 where not given. */
  keep?: number;
}

export interface StepReport {
  /** Updates made, this one included. */
  step: number;
  /** Updates in all. */
  steps: number;
  /** Passes over the examples, as a fraction. */
  epoch: number;
  loss: number;
  /** Of the gradient before clipping. */
  gradientNorm: number;
  metrics: Metrics;
  /** What the loss was multiplied by, with `lossScaling`. Where `gradientNorm` isn't finite the update was left out. */
  lossScale?: number;
  /** Where a callback asked for it. */
  details?: StepDetails;
}

/** Nested tensors, which are disposed after the callbacks. */
export interface StepDetails {
  /** Of the update's last batch by each trained parameter, before clipping. */
  gradients: object;
  /** The parameters before the update. */
  before: object;
}

export interface TrainerCallback {
  /** Whether the report of this update is to have `details`; the first time a second step is compiled. */
  wantsDetails?(step: number): boolean;
  step?(report: StepReport): void | Promise<void>;
  validated?(report: { step: number; metrics: Metrics; best: boolean }): void | Promise<void>;
  saved?(report: { step: number; path: string }): void | Promise<void>;
  /** What checkpoints keep of this callback, so that a run goes on as it was. */
  state?(): CallbackState;
  /** Gives a callback back what `state` gave, within `resume`; the tensors are the callback's from then on. */
  restore?(state: CallbackState): void | Promise<void>;
}

export interface TrainingResult {
  /** Updates made. */
  step: number;
  /** Why it ended. */
  reason: 'done' | 'early stopping' | 'stopped';
  /** By update: the loss of the batch. */
  losses: number[];
  validations: { step: number; metrics: Metrics }[];
  best?: Best;
}

interface Best {
  step: number;
  value: number;
}

interface State<Params> {
  params: Params;
  /** Of the trained parameters. */
  optimizer: object;
  /** Of the trained parameters. */
  average?: object;
  scaling?: ScalingState;
}

interface StepResult<Params> {
  state: State<Params>;
  loss: tf.Scalar;
  gradientNorm: tf.Scalar;
  metrics: Record<string, tf.Scalar>;
  lossScale?: tf.Scalar;
  gradients?: object;
}

/** What is drawn for a batch, and where it is. */
interface Drawn {
  key: random.Key;
  step: tf.Scalar;
  /** Batches of this update before this one, an int32 scalar. */
  part: tf.Scalar;
}

/** What is written beside the tensors. */
interface Progress {
  step: number;
  losses: number[];
  validations: TrainingResult['validations'];
  best: Best | undefined;
  waited: number;
  /** By callback, in their order: those of checkpoints that were written without any have none. */
  callbacks?: (KeptCallback | null)[];
  /** What decides the order of examples: a run only goes on as it was. */
  order: {
    examples: number;
    batchSize: number;
    accumulate: number;
    seed: number;
    shuffle: boolean;
    dropLast: boolean;
    sampling?: true;
  };
}

type Step<Params, Batch, Frozen> = Jitted<
  (state: State<Params>, batch: Batch, drawn: Drawn, frozen: Frozen) => StepResult<Params>
>;
type Measure<Params, Batch, Frozen> = Jitted<
  (params: Params, batch: Batch, frozen: Frozen) => Required<Omit<LossAndMetrics, 'buffers'>>
>;

/**
 * Trains parameters on batches by a loss and an optimizer; it knows no model. One update is one compiled call. The order
 * of examples and all draws are functions of the seed and the step, so that a run that goes on from a checkpoint gives
 * the same numbers, bit for bit, as one that was never interrupted.
 */
export class Trainer<Params, Example, Batch, Frozen = undefined> {
  readonly #options: TrainerOptions<Params, Example, Batch, Frozen>;
  readonly #optimizer: optimizers.Optimizer<object>;
  readonly #order: BatchOrder;
  readonly #accumulate: number;
  readonly #steps: number;
  readonly #scaler: LossScaler | undefined;
  readonly #step: Step<Params, Batch, Frozen>;
  /** A step that returns the gradients too. */
  #detailedStep: Step<Params, Batch, Frozen> | undefined;
  readonly #measure: Measure<Params, Batch, Frozen>;
  readonly #key: random.Key;
  #state: State<Params>;
  #progress: Progress;
  #bestParams: Params | undefined;
  #stopped = false;

  /** @throws {RangeError} for options that don't fit. */
  constructor(options: TrainerOptions<Params, Example, Batch, Frozen>) {
    const {
      examples,
      batchSize,
      seed = 0,
      shuffle = true,
      dropLast = false,
      accumulate = 1,
      length,
      sampling,
    } = options;
    requireCount('batchSize', batchSize);
    requireCount('accumulate', accumulate);
    requireCount('lookAhead', options.lookAhead ?? 1, 0);
    if (examples.length === 0) throw new RangeError('The trainer has no examples.');
    this.#options = options;
    this.#accumulate = accumulate;
    this.#order = {
      examples: examples.length,
      batchSize,
      shuffle,
      seed,
      dropLast,
      ...(length && { lengths: Float64Array.from(examples, length) }),
      ...(sampling && { weights: samplingWeights(Float64Array.from(examples, sampling), shuffle) }),
    };
    const perEpoch = batchesPerEpoch(this.#order);
    if (perEpoch === 0)
      throw new RangeError(`${examples.length} examples don't fill one batch of ${batchSize}.`);
    const { epochs, steps } = options;
    if ((epochs === undefined) === (steps === undefined))
      throw new RangeError('Give either epochs or steps.');
    if (steps !== undefined) requireCount('steps', steps);
    if (epochs !== undefined && !(epochs > 0))
      throw new RangeError(`epochs must be above 0, and is ${epochs}.`);
    this.#steps = steps ?? Math.max(1, Math.floor(((epochs as number) * perEpoch) / accumulate));
    if (options.earlyStopping && !options.validation) {
      throw new RangeError('earlyStopping needs a validation, whose metric it looks at.');
    }
    const { lossScaling = false, averageDecay } = options;
    this.#scaler = lossScaling ? new LossScaler(lossScaling === true ? {} : lossScaling) : undefined;
    this.#optimizer = whole(options, this.#scaler);
    this.#step = this.#compile();
    this.#measure = this.#compileMeasure();
    this.#key = random.key(seed);
    const [trained] = this.#parts(options.params);
    this.#state = {
      params: options.params,
      optimizer: this.#optimizer.init(trained),
      ...(averageDecay !== undefined && { average: cloneTree(trained) }),
      ...(this.#scaler && { scaling: this.#scaler.init() }),
    };
    this.#progress = {
      step: 0,
      losses: [],
      validations: [],
      best: undefined,
      waited: 0,
      order: {
        examples: examples.length,
        batchSize,
        accumulate,
        seed,
        shuffle,
        dropLast,
        ...(sampling && { sampling: true }),
      },
    };
  }

  /** The parameters as they are now; the next step disposes them. */
  get params(): Params {
    return this.#state.params;
  }

  /**
   * The moving average of the parameters, where `averageDecay` asks for it; what isn't trained is as it is now. The next
   * step disposes it.
   */
  get average(): Params | undefined {
    const { params, average } = this.#state;
    return average && this.#whole(params, average, this.#parts(params)[1]);
  }

  /** The parameters of the best validation; those of now where there was none. They stay the trainer's. */
  get bestParams(): Params {
    return this.#bestParams ?? this.#state.params;
  }

  /** Updates made. */
  get step(): number {
    return this.#progress.step;
  }

  /** Updates in all. */
  get steps(): number {
    return this.#steps;
  }

  /** Lets `train` end after the step that is running. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Goes on from the newest checkpoint that is whole.
   *
   * @returns whether there was one
   * @throws {Error} where it is of another model, or of a run with another order of examples.
   */
  async resume(): Promise<boolean> {
    const { checkpoints } = this.#options;
    if (!checkpoints) throw new Error('resume needs the option checkpoints, which names a folder.');
    const [path] = await stateFiles(checkpoints.folder);
    if (path === undefined) return false;
    const { callbacks = [] } = this.#options;
    const { state, about } = await readState(path, this.#state);
    const { callbacks: kept, ...progress } = about as Progress;
    if (JSON.stringify(progress.order) !== JSON.stringify(this.#progress.order)) {
      tf.dispose(state as never);
      throw new Error(
        `${path} is of a run with ${JSON.stringify(progress.order)}, this one has ${JSON.stringify(this.#progress.order)}: what it would see next isn't the same.`,
      );
    }
    if (progress.best) {
      const best = await readState(join(checkpoints.folder, BEST), this.#state.params);
      this.#bestParams = best.state;
    }
    if (kept) await restoreCallbacks(path, callbacks, kept);
    tf.dispose(this.#state as never);
    this.#state = state;
    this.#progress = progress;
    return true;
  }

  /**
   * Trains until the end, or until `stop` or early stopping ends it. Called again it goes on from where it is.
   *
   * @throws {NonFiniteError} where a loss or gradient isn't finite; the parameters are those from before that step.
   */
  async train(): Promise<TrainingResult> {
    const { validation, checkpoints, callbacks = [], logs = [] } = this.#options;
    if (checkpoints) await makeFolder(checkpoints.folder);
    this.#stopped = false;
    const perEpoch = batchesPerEpoch(this.#order);
    const every = Math.max(1, Math.round(perEpoch / this.#accumulate));
    const due = (interval: number | undefined): boolean =>
      this.step % (interval ?? every) === 0 || this.step === this.#steps;
    let reason: TrainingResult['reason'] = 'done';
    const source = this.#batches();
    try {
      while (this.step < this.#steps) {
        const report = await this.#update(source);
        for (const log of logs) {
          log.log(report.step, {
            'loss/train': report.loss,
            gradientNorm: report.gradientNorm,
            ...(report.lossScale !== undefined && { lossScale: report.lossScale }),
            ...Object.fromEntries(
              Object.entries(report.metrics).map(([name, value]) => [`${name}/train`, value]),
            ),
          });
        }
        try {
          for (const callback of callbacks) await callback.step?.(report);
        } finally {
          if (report.details) tf.dispose(report.details as never);
        }
        if (validation && due(validation.every)) await this.#validate(validation);
        const { earlyStopping } = this.#options;
        const enough = earlyStopping !== undefined && this.#progress.waited >= earlyStopping.patience;
        if (checkpoints && (enough || due(checkpoints.every))) await this.#save(checkpoints);
        if (enough) reason = 'early stopping';
        else if (this.#stopped && this.step < this.#steps) reason = 'stopped';
        else continue;
        break;
      }
    } finally {
      await source.return(undefined);
    }
    const { step, losses, validations, best } = this.#progress;
    return { step, reason, losses: [...losses], validations: [...validations], ...(best && { best }) };
  }

  /** The mean loss and metrics over examples, without anything random. */
  async evaluate(examples: readonly Example[], params: Params = this.params): Promise<Metrics> {
    const { collate, frozen, validation, batchSize } = this.#options;
    const size = validation?.batchSize ?? batchSize;
    const sums: Metrics = {};
    for (let at = 0; at < examples.length; at += size) {
      const own = examples.slice(at, at + size);
      const batch = await collate(own);
      const measured = await this.#measure(params, batch, frozen as Frozen);
      for (const [name, value] of Object.entries({ ...measured.metrics, loss: measured.loss })) {
        sums[name] = (sums[name] ?? 0) + (await numberOf(value)) * own.length;
      }
      tf.dispose([batch as never, measured as never]);
    }
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / examples.length]));
  }

  /** Frees the parameters and all else; the trainer can't be used after it. */
  async dispose(): Promise<void> {
    tf.dispose([this.#state as never, this.#key, (this.#bestParams ?? []) as never]);
    await this.#step.release();
    await this.#detailedStep?.release();
    await this.#measure.release();
  }

  /** Batches from where the run is, made while the ones before them are trained on. */
  #batches(): AsyncGenerator<{ batch: Batch; indices: readonly number[] }> {
    const { examples, collate, lookAhead: count = 1 } = this.#options;
    return lookAhead(
      this.#orderFrom(this.step * this.#accumulate),
      async (context) => ({
        batch: await collate(
          Array.from(context.indices, (i) => examples[i] as Example),
          context,
        ),
        indices: [...context.indices],
      }),
      { count, dispose: ({ batch }) => tf.dispose(batch as never) },
    );
  }

  /** Which examples make each batch, without an end. */
  *#orderFrom(first: number): Generator<CollateContext> {
    const perEpoch = batchesPerEpoch(this.#order);
    let epoch = -1;
    let batches: Int32Array[] = [];
    for (let batch = first; ; batch++) {
      if (Math.floor(batch / perEpoch) !== epoch) {
        epoch = Math.floor(batch / perEpoch);
        batches = epochBatches(this.#order, epoch);
      }
      yield { batch, indices: batches[batch % perEpoch] as Int32Array };
    }
  }

  async #update(source: AsyncGenerator<{ batch: Batch; indices: readonly number[] }>): Promise<StepReport> {
    const progress = this.#progress;
    const sums: Metrics = {};
    const detailed =
      this.#options.callbacks?.some((callback) => callback.wantsDetails?.(progress.step + 1)) ?? false;
    if (detailed) this.#detailedStep ??= this.#compile(true);
    const compiled = detailed ? (this.#detailedStep as Step<Params, Batch, Frozen>) : this.#step;
    const before = detailed ? cloneTree(this.#state.params) : undefined;
    let gradients: object | undefined;
    try {
      for (let part = 0; part < this.#accumulate; part++) {
        const { value } = await source.next();
        const { batch, indices } = value as { batch: Batch; indices: readonly number[] };
        const drawn: Drawn = {
          key: random.foldIn(this.#key, progress.step * this.#accumulate + part),
          step: tf.scalar(progress.step, 'int32'),
          part: tf.scalar(part, 'int32'),
        };
        try {
          const replaced = this.#state;
          const { frozen } = this.#options;
          const result = (await compiled(replaced, batch, drawn, frozen as Frozen)) as StepResult<Params>;
          const { state, gradients: own, ...measured } = result;
          if (gradients) tf.dispose(gradients as never);
          gradients = own;
          const numbers = await readAll(measured);
          const skipped = this.#scaler?.skips(numbers) ?? false;
          if (!skipped && !(Number.isFinite(numbers.loss) && Number.isFinite(numbers.gradientNorm))) {
            tf.dispose(state as never);
            throw await this.#nonFinite(numbers, batch, indices, drawn);
          }
          for (const [name, number] of Object.entries(numbers)) sums[name] = (sums[name] ?? 0) + number;
          this.#state = state;
          this.#free(replaced);
        } finally {
          tf.dispose([drawn as never, batch as never]);
        }
      }
    } catch (error) {
      tf.dispose([(before ?? []) as never, (gradients ?? []) as never]);
      throw error;
    }
    const { loss, gradientNorm, lossScale, ...metrics } = Object.fromEntries(
      Object.entries(sums).map(([name, sum]) => [name, sum / this.#accumulate]),
    ) as Metrics & { loss: number; gradientNorm: number };
    progress.step++;
    progress.losses.push(loss);
    return {
      step: progress.step,
      steps: this.#steps,
      epoch: (progress.step * this.#accumulate) / batchesPerEpoch(this.#order),
      loss,
      gradientNorm,
      metrics,
      ...(lossScale !== undefined && { lossScale }),
      ...(before && gradients && { details: { before, gradients } }),
    };
  }

  /** What is trained, and the others: parts of the structure of the parameters. */
  #parts(params: Params): [trained: object, others: object] {
    const { trained } = this.#options;
    return trained ? (partition(params as object, trained) as [object, object]) : [params as object, {}];
  }

  /** Parameters of their parts. */
  #whole(like: Params, trained: object, others: object): Params {
    return this.#options.trained ? (merge(like as object, trained, others) as Params) : (trained as Params);
  }

  /** Disposes a state that was replaced, but not what is kept as the best. */
  #free(state: State<Params>): void {
    const kept = new Set(leavesOf<tf.Tensor>(this.#bestParams ?? []).map(({ value }) => value));
    for (const { value } of leavesOf<tf.Tensor>(state)) if (!kept.has(value)) value.dispose();
  }

  async #validate({ examples }: Validation<Example>): Promise<void> {
    const { logs = [], callbacks = [], earlyStopping, checkpoints } = this.#options;
    const { metric = 'loss', better = 'smaller', minDelta = 0 } = earlyStopping ?? { patience: 0 };
    const progress = this.#progress;
    const metrics = await this.evaluate(examples);
    const value = metrics[metric];
    if (value === undefined) {
      throw new RangeError(
        `earlyStopping looks at '${metric}', and the validation has ${Object.keys(metrics).join(', ')}.`,
      );
    }
    progress.validations.push({ step: progress.step, metrics });
    const gain =
      better === 'smaller' ? (progress.best?.value ?? 0) - value : value - (progress.best?.value ?? 0);
    const best = progress.best === undefined ? Number.isFinite(value) : gain > minDelta;
    progress.waited = best ? 0 : progress.waited + 1;
    if (best) {
      progress.best = { step: progress.step, value };
      const earlier = this.#bestParams;
      this.#bestParams = this.#state.params;
      if (earlier && earlier !== this.#bestParams) tf.dispose(earlier as never);
      if (checkpoints) await writeState(join(checkpoints.folder, BEST), this.#state.params, progress.best);
    }
    for (const log of logs) {
      log.log(
        progress.step,
        Object.fromEntries(Object.entries(metrics).map(([name, number]) => [`${name}/validation`, number])),
      );
    }
    for (const callback of callbacks) await callback.validated?.({ step: progress.step, metrics, best });
  }

  async #save({ folder, keep = 2 }: Checkpoints): Promise<void> {
    const path = join(folder, stateName(this.step));
    const { callbacks = [] } = this.#options;
    const { tensors, kept } = callbackStates(callbacks);
    await writeState(path, { ...this.#state, callbacks: tensors }, { ...this.#progress, callbacks: kept });
    await pruneStates(folder, keep);
    for (const callback of callbacks) await callback.saved?.({ step: this.step, path });
  }

  /** Finds out where the numbers went wrong, op by op. */
  async #nonFinite(
    { loss, gradientNorm }: Metrics,
    batch: Batch,
    indices: readonly number[],
    { key, step }: Drawn,
  ): Promise<NonFiniteError> {
    const { frozen } = this.#options;
    const what = Number.isFinite(loss) ? `gradient (its norm is ${gradientNorm})` : `loss (${loss})`;
    const eager = await mapTensors([this.#state.params, batch, frozen], async (tensor) =>
      tf.tensor((await tensor.data()) as never, tensor.shape, tensor.dtype),
    );
    const [params, ownBatch, ownFrozen] = eager as [Params, Batch, Frozen];
    const [trained, others] = this.#parts(params);
    const compute = (trained: object): tf.Scalar => {
      const own = this.#whole(params, trained, others);
      return lossOf(this.#options.loss(own, ownBatch, { key, step, frozen: ownFrozen })).loss;
    };
    const found = firstNonFinite([params, ownFrozen ?? []], ownBatch, () =>
      Number.isFinite(loss) ? valueAndGradients(compute, trained).value : compute(trained),
    );
    tf.dispose(eager as never);
    const where = found
      ? `The first number that isn't finite is in ${found.what}.`
      : 'Computed op by op all numbers are finite: they are near the limit of float32.';
    return new NonFiniteError(
      `Step ${this.step + 1}: the ${what} isn't finite, on the examples ${indices.join(', ')}. ${where} The parameters are those from before this step: lower the learning rate, clip gradients, or look at these examples.`,
      { step: this.step, batch: indices, layer: found?.layer },
    );
  }

  #compile(detailed = false): Step<Params, Batch, Frozen> {
    const { loss, precision, threads, averageDecay } = this.#options;
    const optimizer = this.#optimizer;
    const scaler = this.#scaler;
    return jit(
      (state: State<Params>, batch: Batch, drawn: Drawn, frozen: Frozen): StepResult<Params> => {
        const { key, step, part } = drawn;
        const { scaling, average } = state;
        const [trained, others] = this.#parts(state.params);
        const computed = valueAndGradients((trained: object) => {
          const own = this.#whole(state.params, trained, others);
          const { buffers = {}, ...also } = lossOf(loss(own, batch, { key, step, frozen }));
          const scaled = scaling ? also.loss.mul(scaling.scale) : also.loss;
          return { loss: scaled, also: { ...also, buffers } };
        }, trained);
        const { loss: value, metrics, buffers } = computed.also;
        const gradients = scaling
          ? (mapTree(computed.gradients as never, (each: tf.Tensor) => each.div(scaling.scale)) as object)
          : computed.gradients;
        const { norm } = optimizers.clipByGlobalNorm(gradients, 1);
        const next = optimizer.update(gradients, state.optimizer, trained);
        const last = this.#accumulate > 1 ? part.equal(this.#accumulate - 1) : undefined;
        const moved = average && optimizers.movingAverage(average, next.params, averageDecay);
        return {
          state: {
            params: this.#whole(state.params, next.params, withBuffers(others, buffers)),
            optimizer: next.state,
            ...(average && moved && { average: last ? selected(last, moved, average) : moved }),
            ...(scaler && scaling && { scaling: scaler.next(scaling, norm, last) }),
          },
          loss: value,
          gradientNorm: norm,
          metrics,
          ...(scaling && { lossScale: scaling.scale.clone() }),
          ...(detailed && { gradients }),
        };
      },
      { name: 'a step of training', ...(precision && { precision }), ...(threads && { threads }) },
    );
  }

  #compileMeasure(): Measure<Params, Batch, Frozen> {
    const { loss, precision, threads } = this.#options;
    return jit(
      (params: Params, batch: Batch, frozen: Frozen) => {
        const measured = lossOf(loss(params, batch, { key: undefined, step: undefined, frozen }));
        return { loss: measured.loss, metrics: measured.metrics };
      },
      { name: 'an evaluation', ...(precision && { precision }), ...(threads && { threads }) },
    );
  }
}

/** In the folder of checkpoints: the parameters of the best validation. */
const BEST = 'best.safetensors';

/** The optimizer with what the options ask for around it: clipping is of the gradient that makes the update. */
function whole(
  options: Pick<TrainerOptions<never, never, never>, 'optimizer' | 'clipNorm' | 'accumulate'>,
  scaler: LossScaler | undefined,
): optimizers.Optimizer<object> {
  let { optimizer } = options;
  if (options.clipNorm !== undefined) optimizer = clipped(optimizer, options.clipNorm);
  if (scaler) optimizer = scaler.skipping(optimizer);
  const { accumulate = 1 } = options;
  return accumulate > 1 ? optimizers.accumulate(optimizer, accumulate) : optimizer;
}

/**
 * What isn't trained, with the new tensors that the loss returned.
 *
 * @throws {Error} for a buffer that isn't there, or has another shape or dtype.
 */
function withBuffers(others: object, buffers: Record<string, tf.Tensor>): object {
  const left = new Map(Object.entries(buffers));
  const replaced = mapTree(others as never, (tensor: tf.Tensor, path) => {
    const name = publishedName(path);
    const next = left.get(name);
    left.delete(name);
    if (next && (`${next.shape}` !== `${tensor.shape}` || next.dtype !== tensor.dtype)) {
      throw new Error(
        `The loss returned ${next.dtype} [${next.shape}] for the buffer ${name}, which is ${tensor.dtype} [${tensor.shape}].`,
      );
    }
    return (next ?? tensor).clone();
  });
  if (left.size > 0) {
    throw new Error(
      `The loss returned buffers that aren't among the parameters, or that are trained: ${[...left.keys()].join(', ')}. The option trained says what gradients change, such as trainable(spec).`,
    );
  }
  return replaced as object;
}

function lossOf(returned: tf.Scalar | LossAndMetrics): LossAndMetrics {
  return returned instanceof tf.Tensor ? { loss: returned as tf.Scalar, metrics: {} } : returned;
}

async function numberOf(tensor: tf.Scalar): Promise<number> {
  return (await tensor.data())[0] as number;
}

/** Reads the numbers of a step, and disposes its tensors. */
async function readAll(
  measured: Omit<StepResult<never>, 'state' | 'gradients'>,
): Promise<Metrics & { loss: number; gradientNorm: number }> {
  const { metrics, loss, gradientNorm, lossScale } = measured;
  const numbers: Metrics = {};
  for (const [name, tensor] of Object.entries(metrics)) numbers[name] = await numberOf(tensor);
  if (lossScale) numbers.lossScale = await numberOf(lossScale);
  const read = { ...numbers, loss: await numberOf(loss), gradientNorm: await numberOf(gradientNorm) };
  tf.dispose(measured as never);
  return read;
}

/** A tree with each tensor replaced. */
async function mapTensors(
  tree: unknown,
  change: (tensor: tf.Tensor) => Promise<tf.Tensor>,
): Promise<unknown> {
  const changed = new Map<tf.Tensor, tf.Tensor>();
  for (const { value } of leavesOf(tree))
    if (value instanceof tf.Tensor) changed.set(value, await change(value));
  return mapTree(tree as never, (leaf: unknown) => (leaf instanceof tf.Tensor ? changed.get(leaf) : leaf));
}

/** @throws {RangeError} where examples can't be drawn by these weights. */
function samplingWeights(weights: Float64Array, shuffle: boolean): Float64Array {
  if (!shuffle) throw new RangeError('sampling draws examples at random, which shuffle: false forbids.');
  const wrong = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (wrong >= 0) {
    throw new RangeError(`sampling gave ${weights[wrong]} for example ${wrong}, and has to give 0 or more.`);
  }
  if (weights.every((weight) => weight === 0)) throw new RangeError('sampling gave 0 for every example.');
  return weights;
}

function requireCount(name: string, value: number, least = 1): void {
  if (!(Number.isInteger(value) && value >= least)) {
    throw new RangeError(`${name} must be a whole number from ${least} on, and is ${value}.`);
  }
}
