/** A decoder at work: prompts, then token after token, with the keys and values of earlier ones on the device. */
import { device, type Jitted, jit, leavesOf, tf } from '@quire/runtime';
import type { Architecture } from '../architectures/architecture.ts';
import { type CacheLayout, emptyCache, type KeyValueCache } from '../layers/key-value-cache.ts';

/** The architecture of a language model that predicts the next token. */
export interface DecoderArchitecture extends Architecture {
  cacheLayout(config: never): CacheLayout;
}

/** A language model, as `loadPretrained` gives it. */
export interface LanguageModel {
  architecture: DecoderArchitecture;
  config: { head: string; vocabularySize: number; contextLength: number; eosTokenId?: number };
  params: object;
}

interface Inputs {
  inputIds: tf.Tensor;
  positionIds: tf.Tensor;
  attentionMask: tf.Tensor;
}

interface Step {
  /** float32 (B, T, V) */
  logits: tf.Tensor;
  /** float32 (B, T) */
  logSumExp: tf.Tensor;
  cache: KeyValueCache;
}

type Extend = Jitted<(params: object, cache: KeyValueCache, inputs: Inputs) => Step>;

interface Compiled {
  start: Jitted<(params: object, inputs: Inputs, capacity: number) => Step>;
  extend: Extend;
  /** With the parameters as constants: faster, for a second copy of them and the time to make it. */
  extendFixed: Extend;
  /** What the last decoding was started with: its parameters' numbers, batch and capacity. */
  last?: { numbers: object[]; shape: string };
  /** The batch and capacity that `extendFixed` is compiled for. */
  fixedShape?: string | undefined;
  reorder: Jitted<(cache: KeyValueCache, rows: tf.Tensor1D) => KeyValueCache>;
}

/** Compiled once for each configuration. */
const compiled = new WeakMap<object, Compiled>();

function compiledFor({ architecture, config }: LanguageModel): Compiled {
  const known = compiled.get(config);
  if (known) return known;
  const run = (params: object, inputs: Inputs, cache: KeyValueCache, lastLogits: boolean): Step => {
    const predicted = architecture.forward(
      params as never,
      { ...inputs, cache } as never,
      config as never,
      { lastLogits } as never,
    ) as Omit<Step, 'logSumExp'>;
    return {
      logits: predicted.logits,
      logSumExp: tf.logSumExp(predicted.logits, -1),
      cache: predicted.cache,
    };
  };
  const extend = (params: object, cache: KeyValueCache, inputs: Inputs): Step =>
    run(params, inputs, cache, false);
  const made: Compiled = {
    start: jit(
      (params: object, inputs: Inputs, capacity: number) => {
        const [batch] = inputs.inputIds.shape as [number];
        const cache = emptyCache({ ...architecture.cacheLayout(config as never), batch, capacity });
        return run(params, inputs, cache, true);
      },
      { name: 'the start of generation' },
    ),
    extend: jit(extend, { name: 'a step of generation', donate: ['cache'] }),
    extendFixed: jit(extend, { name: 'a step of generation', donate: ['cache'], constants: ['params'] }),
    reorder: jit(
      (cache: KeyValueCache, rows: tf.Tensor1D): KeyValueCache => ({
        layers: cache.layers.map(({ key, value }) => ({
          key: tf.gather(key, rows),
          value: tf.gather(value, rows),
        })),
        length: cache.length.clone(),
      }),
      { name: 'the choice of beams', donate: ['cache'] },
    ),
  };
  compiled.set(config, made);
  return made;
}

/** Prompts are padded to one of these sizes, or to a multiple of the last, so that few graphs are compiled. */
const SIZES = [8, 16, 32] as const;
const GRAIN = SIZES.at(-1) as number;

const rounded = (size: number): number =>
  SIZES.find((fits) => fits >= size) ?? Math.ceil(size / GRAIN) * GRAIN;

/** Room is made in powers of two, from 64 on. */
const roomy = (size: number): number => 2 ** Math.max(6, Math.ceil(Math.log2(size)));

/**
 * The step for parameters and a shape that the model's last decoding had as well is compiled with the parameters as
 * constants, once: what is generated from once, as between steps of training, isn't worth it.
 */
async function stepFor(functions: Compiled, params: object, shape: string): Promise<Extend> {
  const numbers = leavesOf<tf.Tensor>(params).map(({ value }) => value.dataId);
  const { last, fixedShape } = functions;
  functions.last = { numbers, shape };
  const same = numbers.length === last?.numbers.length && numbers.every((id, i) => id === last.numbers[i]);
  const again = same && shape === last.shape && device.current() === 'cpu';
  if (fixedShape !== undefined && (!same || (again && shape !== fixedShape))) {
    await functions.extendFixed.release();
    functions.fixedShape = undefined;
  }
  if (!again) return functions.extend;
  functions.fixedShape = shape;
  return functions.extendFixed;
}

export class Decoding {
  readonly #model: LanguageModel;
  readonly #functions: Compiled;
  readonly #batch: number;
  readonly #padding: Int32Array;
  readonly #capacity: number;
  readonly #attentionMask: tf.Tensor;
  #cache: KeyValueCache | undefined;
  #length = 0;
  #logSumExps = new Float32Array();
  #step: Extend;

  private constructor(model: LanguageModel, padding: Int32Array, capacity: number, mask: tf.Tensor) {
    this.#model = model;
    this.#functions = compiledFor(model);
    this.#step = this.#functions.extend;
    this.#batch = padding.length;
    this.#padding = padding;
    this.#capacity = capacity;
    this.#attentionMask = mask;
  }

  /**
   * Reads prompts, padded on the left to one length. Whoever started it disposes it.
   *
   * @param prompts tokens, at least one each
   * @param room how many tokens may follow
   * @returns with the logits of each prompt's next token, float32 (V)
   * @throws {RangeError} where a prompt is empty, longer than the context, or holds what isn't a token.
   */
  static async start(
    model: LanguageModel,
    prompts: readonly (readonly number[])[],
    room: number,
  ): Promise<{ decoding: Decoding; logits: Float32Array[] }> {
    checkPrompts(model, prompts);
    const longest = Math.max(...prompts.map((prompt) => prompt.length));
    const length = Math.min(rounded(longest), Math.max(longest, model.config.contextLength));
    const capacity = roomy(length + room);
    const padding = Int32Array.from(prompts, (prompt) => length - prompt.length);
    const mask = new Int32Array(prompts.length * capacity);
    const ids = new Int32Array(prompts.length * length);
    const positions = new Int32Array(prompts.length * length);
    for (const [b, prompt] of prompts.entries()) {
      const pad = padding[b] as number;
      mask.fill(1, b * capacity + pad, (b + 1) * capacity);
      for (const [i, id] of prompt.entries()) {
        ids[b * length + pad + i] = id;
        positions[b * length + pad + i] = i;
      }
    }
    const attentionMask = await device.put(mask, [prompts.length, capacity]);
    const decoding = new Decoding(model, padding, capacity, attentionMask);
    try {
      const inputIds = await device.put(ids, [prompts.length, length]);
      const positionIds = await device.put(positions, [prompts.length, length]);
      const { start } = decoding.#functions;
      const first = (await start(model.params, { inputIds, positionIds, attentionMask }, capacity)) as Step;
      tf.dispose([inputIds, positionIds]);
      decoding.#cache = first.cache;
      decoding.#length = length;
      decoding.#step = await stepFor(decoding.#functions, model.params, `${prompts.length},${capacity}`);
      return { decoding, logits: await decoding.#read(first) };
    } catch (error) {
      decoding.dispose();
      throw error;
    }
  }

  /**
   * For each row of logits that came last, the logarithm of the sum of their exponentials: what a logit is above its
   * log-probability.
   */
  get logSumExps(): Float32Array {
    return this.#logSumExps;
  }

  /** How many positions are filled, padding included. */
  get length(): number {
    return this.#length;
  }

  /**
   * Reads `tokens`, as many for each sequence.
   *
   * @returns the logits of what follows each of them, float32 (V), sequence by sequence
   */
  async extend(tokens: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const count = tokens[0]?.length ?? 0;
    if (tokens.length !== this.#batch || count === 0 || tokens.some((own) => own.length !== count)) {
      throw new RangeError(`extend: each of the ${this.#batch} sequences needs as many tokens.`);
    }
    if (this.#length + count > this.#capacity) {
      throw new RangeError(
        `extend: there is room for ${this.#capacity - this.#length} more tokens, not ${count}.`,
      );
    }
    const positions = tokens.flatMap((own, b) =>
      own.map((_, i) => this.#length + i - (this.#padding[b] as number)),
    );
    const inputIds = await device.put(Int32Array.from(tokens.flat()), [this.#batch, count]);
    const positionIds = await device.put(Int32Array.from(positions), [this.#batch, count]);
    const inputs = { inputIds, positionIds, attentionMask: this.#attentionMask };
    const step = count === 1 ? this.#step : this.#functions.extend;
    const next = (await step(this.#model.params, this.#cache as KeyValueCache, inputs)) as Step;
    tf.dispose([inputIds, positionIds]);
    this.#cache = next.cache;
    this.#length += count;
    return this.#read(next);
  }

  /** Sequence `i` goes on as a copy of sequence `from[i]`, which has to be of a prompt of the same length. */
  async reorder(from: readonly number[]): Promise<void> {
    if (from.every((row, i) => row === i)) return;
    const at = await device.put(Int32Array.from(from), [from.length]);
    this.#cache = (await this.#functions.reorder(
      this.#cache as KeyValueCache,
      at as tf.Tensor1D,
    )) as KeyValueCache;
    at.dispose();
  }

  /** Forgets what came after the first `length` positions. */
  async truncate(length: number): Promise<void> {
    if (!(length >= 0 && length <= this.#length)) {
      throw new RangeError(`truncate: ${length} isn't within the ${this.#length} positions that are filled.`);
    }
    if (length === this.#length) return;
    const cache = this.#cache as KeyValueCache;
    cache.length.dispose();
    cache.length = (await device.put(Int32Array.of(length), [])) as unknown as tf.Scalar;
    this.#length = length;
  }

  /** The rows of a step's logits, which are disposed. */
  async #read({ logits, logSumExp }: Step): Promise<Float32Array[]> {
    const data = (await logits.data()) as Float32Array;
    this.#logSumExps = (await logSumExp.data()) as Float32Array<ArrayBuffer>;
    tf.dispose([logits, logSumExp]);
    const count = this.#logSumExps.length;
    const width = data.length / count;
    return Array.from({ length: count }, (_, i) => data.subarray(i * width, (i + 1) * width));
  }

  dispose(): void {
    tf.dispose([this.#attentionMask, (this.#cache ?? []) as never]);
    this.#cache = undefined;
  }
}

function checkPrompts({ config }: LanguageModel, prompts: readonly (readonly number[])[]): void {
  if (config.head !== 'languageModel') {
    throw new TypeError(
      `Only a model with a head for language modelling generates; this one has '${config.head}'.`,
    );
  }
  if (prompts.length === 0) throw new RangeError('There is no prompt.');
  for (const [i, prompt] of prompts.entries()) {
    if (prompt.length === 0)
      throw new RangeError(`Prompt ${i} has no token: begin with the model's start token.`);
    if (prompt.length > config.contextLength) {
      throw new RangeError(
        `Prompt ${i} has ${prompt.length} tokens, and the model sees ${config.contextLength} at most.`,
      );
    }
    const wrong = prompt.find((id) => !(Number.isInteger(id) && id >= 0 && id < config.vocabularySize));
    if (wrong !== undefined) {
      throw new RangeError(
        `Prompt ${i} holds ${wrong}, which is none of the ${config.vocabularySize} tokens.`,
      );
    }
  }
}
