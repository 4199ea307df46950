import { join } from 'node:path';
import {
  type Jitted,
  jit,
  leavesOf,
  mapTree,
  optimizers,
  random,
  tf,
  valueAndGradients,
} from '@quire/runtime';
import { type BatchOrder, batchesPerEpoch, epochBatches } from './batches.ts';
import { lookAhead } from './look-ahead.ts';
import { firstNonFinite, NonFiniteError } from './non-finite.ts';
import { type AveragedState, averaged, clipped } from './optimizer-steps.ts';
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
  /** Batches that are being made, side by side, while one is trained on; 1 where not given. */
  lookAhead?: number;
  /** Batches whose mean gradient makes one update; 1 where not given. */
  accumulate?: number;
  /** The norm to which the whole gradient is clipped. */
  clipNorm?: number;
  /** The decay of a moving average of the parameters, such as 0.999; none where not given. */
  averageDecay?: number;
  /** What products are computed in, as in `jit`. */
  precision?: 'float32' | 'float16';
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
}

export interface TrainerCallback {
  step?(report: StepReport): void | Promise<void>;
  validated?(report: { step: number; metrics: Metrics; best: boolean }): void | Promise<void>;
  saved?(report: { step: number; path: string }): void | Promise<void>;
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
  optimizer: object;
}

interface StepResult<Params> {
  state: State<Params>;
  loss: tf.Scalar;
  gradientNorm: tf.Scalar;
  metrics: Record<string, tf.Scalar>;
}

/** What is written beside the tensors. */
interface Progress {
  step: number;
  losses: number[];
  validations: TrainingResult['validations'];
  best: Best | undefined;
  waited: number;
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
  (state: State<Params>, batch: Batch, key: random.Key, step: tf.Scalar, frozen: Frozen) => StepResult<Params>
>;
type Measure<Params, Batch, Frozen> = Jitted<
  (params: Params, batch: Batch, frozen: Frozen) => LossAndMetrics
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
  readonly #step: Step<Params, Batch, Frozen>;
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
    requireCount('lookAhead', options.lookAhead ?? 1);
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
    this.#optimizer = whole(options);
    this.#step = this.#compile();
    this.#measure = this.#compileMeasure();
    this.#key = random.key(seed);
    this.#state = { params: options.params, optimizer: this.#optimizer.init(options.params) };
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

  /** The moving average of the parameters, where `averageDecay` asks for it. */
  get average(): Params | undefined {
    if (this.#options.averageDecay === undefined) return undefined;
    const { optimizer } = this.#state;
    const { average } = (
      (optimizer as { inner?: object }).inner && this.#accumulate > 1
        ? (optimizer as { inner: object }).inner
        : optimizer
    ) as AveragedState<object>;
    return average as Params;
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
    const { state, about } = await readState(path, this.#state);
    const progress = about as Progress;
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
            ...Object.fromEntries(
              Object.entries(report.metrics).map(([name, value]) => [`${name}/train`, value]),
            ),
          });
        }
        for (const callback of callbacks) await callback.step?.(report);
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
      const measured = (await this.#measure(params, batch, frozen as Frozen)) as LossAndMetrics;
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
    await this.#measure.release();
  }

  /** Batches from where the run is, made while the ones before them are trained on. */
  #batches(): AsyncGenerator<{ batch: Batch; indices: readonly number[] }> {
    const { examples, collate, lookAhead: ahead = 1 } = this.#options;
    return lookAhead(
      this.#orderFrom(this.step * this.#accumulate),
      async (context) => ({
        batch: await collate(
          Array.from(context.indices, (i) => examples[i] as Example),
          context,
        ),
        indices: [...context.indices],
      }),
      { count: ahead, dispose: ({ batch }) => tf.dispose(batch as never) },
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
    for (let part = 0; part < this.#accumulate; part++) {
      const { value } = await source.next();
      const { batch, indices } = value as { batch: Batch; indices: readonly number[] };
      const key = random.foldIn(this.#key, progress.step * this.#accumulate + part);
      const step = tf.scalar(progress.step, 'int32');
      try {
        const before = this.#state;
        const result = (await this.#step(
          before,
          batch,
          key,
          step,
          this.#options.frozen as Frozen,
        )) as StepResult<Params>;
        const { state, ...measured } = result;
        const numbers = await readAll(measured);
        if (!Number.isFinite(numbers.loss) || !Number.isFinite(numbers.gradientNorm)) {
          tf.dispose(state as never);
          throw await this.#nonFinite(numbers, batch, indices, { key, step });
        }
        for (const [name, number] of Object.entries(numbers)) sums[name] = (sums[name] ?? 0) + number;
        this.#state = state;
        this.#free(before);
      } finally {
        tf.dispose([key, step, batch as never]);
      }
    }
    const { loss, gradientNorm, ...metrics } = Object.fromEntries(
      Object.entries(sums).map(([name, sum]) => [name, sum / this.#accumulate]),
    ) as Metrics & { loss: number; gradientNorm: number };
    progress.step++;
    progress.losses.push(loss);
    const epoch = (progress.step * this.#accumulate) / batchesPerEpoch(this.#order);
    return { step: progress.step, steps: this.#steps, epoch, loss, gradientNorm, metrics };
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
    await writeState(path, this.#state, this.#progress);
    await pruneStates(folder, keep);
    for (const callback of this.#options.callbacks ?? []) await callback.saved?.({ step: this.step, path });
  }

  /** Finds out where the numbers went wrong, op by op. */
  async #nonFinite(
    { loss, gradientNorm }: Metrics,
    batch: Batch,
    indices: readonly number[],
    drawn: { key: random.Key; step: tf.Scalar },
  ): Promise<NonFiniteError> {
    const { frozen } = this.#options;
    const what = Number.isFinite(loss) ? `gradient (its norm is ${gradientNorm})` : `loss (${loss})`;
    const eager = await mapTensors([this.#state.params, batch, frozen], async (tensor) =>
      tf.tensor((await tensor.data()) as never, tensor.shape, tensor.dtype),
    );
    const [params, ownBatch, ownFrozen] = eager as [Params, Batch, Frozen];
    const compute = (params: Params): tf.Scalar =>
      lossOf(this.#options.loss(params, ownBatch, { ...drawn, frozen: ownFrozen })).loss;
    const found = firstNonFinite([params, ownFrozen ?? []], ownBatch, () =>
      Number.isFinite(loss) ? valueAndGradients(compute, params).value : compute(params),
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

  #compile(): Step<Params, Batch, Frozen> {
    const { loss, precision, threads } = this.#options;
    const optimizer = this.#optimizer;
    return jit(
      (
        state: State<Params>,
        batch: Batch,
        key: random.Key,
        step: tf.Scalar,
        frozen: Frozen,
      ): StepResult<Params> => {
        const { value, gradients, also } = valueAndGradients((params: Params) => {
          const { loss: own, metrics } = lossOf(loss(params, batch, { key, step, frozen }));
          return { loss: own, also: metrics };
        }, state.params);
        const { norm } = optimizers.clipByGlobalNorm(gradients, 1);
        const next = optimizer.update(gradients, state.optimizer, state.params);
        return {
          state: { params: next.params, optimizer: next.state },
          loss: value,
          gradientNorm: norm,
          metrics: also,
        };
      },
      { name: 'a step of training', ...(precision && { precision }), ...(threads && { threads }) },
    );
  }

  #compileMeasure(): Measure<Params, Batch, Frozen> {
    const { loss, precision, threads } = this.#options;
    return jit(
      (params: Params, batch: Batch, frozen: Frozen) =>
        lossOf(loss(params, batch, { key: undefined, step: undefined, frozen })),
      { name: 'an evaluation', ...(precision && { precision }), ...(threads && { threads }) },
    );
  }
}

/** In the folder of checkpoints: the parameters of the best validation. */
const BEST = 'best.safetensors';

/** The optimizer with what the options ask for around it: clipping is of the gradient that makes the update. */
function whole(
  options: Pick<
    TrainerOptions<never, never, never>,
    'optimizer' | 'clipNorm' | 'averageDecay' | 'accumulate'
  >,
): optimizers.Optimizer<object> {
  let { optimizer } = options;
  if (options.clipNorm !== undefined) optimizer = clipped(optimizer, options.clipNorm);
  if (options.averageDecay !== undefined) optimizer = averaged(optimizer, options.averageDecay);
  const { accumulate = 1 } = options;
  return accumulate > 1 ? optimizers.accumulate(optimizer, accumulate) : optimizer;
}

function lossOf(returned: tf.Scalar | LossAndMetrics): LossAndMetrics {
  return returned instanceof tf.Tensor ? { loss: returned as tf.Scalar, metrics: {} } : returned;
}

async function numberOf(tensor: tf.Scalar): Promise<number> {
  return (await tensor.data())[0] as number;
}

async function readAll<
  T extends { metrics: Record<string, tf.Scalar>; loss: tf.Scalar; gradientNorm: tf.Scalar },
>({ metrics, loss, gradientNorm }: T): Promise<Metrics & { loss: number; gradientNorm: number }> {
  const numbers: Metrics = {};
  for (const [name, tensor] of Object.entries(metrics)) numbers[name] = await numberOf(tensor);
  const read = { ...numbers, loss: await numberOf(loss), gradientNorm: await numberOf(gradientNorm) };
  tf.dispose([metrics, loss, gradientNorm]);
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

function requireCount(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1)) {
    throw new RangeError(`${name} must be a whole number from 1 on, and is ${value}.`);
  }
}
