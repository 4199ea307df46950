/**
 * Weights of linear layers as small integers, with which the layers then compute (Gholami et al. 2021, "A survey of
 * quantization methods for efficient neural network inference", https://arxiv.org/abs/2103.13630).
 */
import { jit, leavesOf, mapTree, ops, tf } from '@quire/runtime';
import { isQuantizable } from '../checkpoints/quantized.ts';
import type { NamePredicate } from '../fine-tuning/predicates.ts';
import { ObservedMatrix } from '../layers/observed.ts';
import { publishedName } from '../parameters/names.ts';

export interface QuantizeOptions {
  /** Which weights, by published name: those of linear layers; all of them where not given, and no embeddings. */
  targets?: NamePredicate;
  /**
   * `'outIn'` as PyTorch's `Linear` has its weight, or `'inOut'`. Where not given it is by the name: those that GPT-2 gives
   * to what it calls `Conv1D` are `'inOut'`.
   */
  layout?: ops.MatrixLayout;
}

export interface DynamicOptions extends QuantizeOptions {
  /**
   * Whether scales leave room for sums of two neighbouring weights, with which every processor is fast and exact. Without it
   * those that have VNNI are as fast and a little nearer to float32, and others slower. True where not given.
   */
  reduceRange?: boolean;
}

export type StaticOptions = Pick<DynamicOptions, 'layout' | 'reduceRange'>;

export interface WeightOptions extends QuantizeOptions {
  /** Of a weight; 4 where not given. */
  bits?: 4 | 8;
  /** So many weights of an output have a scale of their own; a power of 2 from 16 to 256, 32 where not given. */
  blockSize?: number;
}

/** What each layer is given, by the published name of its weight. */
export type ActivationRanges = Record<string, ops.ActivationRange>;

/**
 * New parameters whose weights are int8 with a scale for each output; what a layer is given becomes uint8 by its range in
 * the call, as PyTorch's `quantize_dynamic` does it. Linear layers of all architectures compute with them. The old
 * parameters stay the caller's; weights can't be trained any more, and other parameters can.
 *
 * @throws {RangeError} where no weight is meant, one isn't a matrix, or holds what isn't finite, naming it.
 */
export function quantizeDynamic<Params>(params: Params, options: DynamicOptions = {}): Promise<Params> {
  return quantized(params, options, (values, shape, layout) => {
    const { reduceRange = true } = options;
    return new ops.Int8Matrix(values, shape, { layout, reduceRange });
  });
}

/**
 * New parameters as those of `quantizeDynamic`, but what a layer is given becomes uint8 by the range that `calibrate` found:
 * the range isn't sought in each call, and rows don't depend on each other. What is beyond it is cut off.
 *
 * @param ranges of the layers that are quantized; others stay as they are
 * @throws {RangeError} where there are no ranges, a weight isn't a matrix, or holds what isn't finite, naming it.
 */
export function quantizeStatic<Params>(
  params: Params,
  ranges: ActivationRanges,
  options: StaticOptions = {},
): Promise<Params> {
  const { layout, reduceRange = true } = options;
  const targets: NamePredicate = (name) => Object.hasOwn(ranges, name);
  return quantized(params, { targets, ...(layout && { layout }) }, (values, shape, layout, name) => {
    const activations = ranges[name] as ops.ActivationRange;
    return new ops.Int8Matrix(values, shape, { layout, reduceRange, activations });
  });
}

/**
 * New parameters whose weights are in blocks of 4 or 8 bits, each with a scale (ONNX Runtime's `MatMulNBits`), which makes
 * them small and generation at batch 1, which waits for memory, fast. What layers are given stays float32, and is rounded
 * to int8 within the product only. The old parameters stay the caller's.
 *
 * @throws {RangeError} as `quantizeDynamic`, and where there are no such bits or blocks.
 */
export function quantizeWeights<Params>(params: Params, options: WeightOptions = {}): Promise<Params> {
  const { bits = 4, blockSize = 32 } = options;
  return quantized(
    params,
    options,
    (values, shape, layout) => new ops.BlockMatrix(values, shape, { layout, bits, blockSize }),
  );
}

/** New parameters with float32 weights for the integers, for saving or training; the old ones stay the caller's. */
export async function dequantize<Params>(params: Params): Promise<Params> {
  const weights = new Map<string, tf.Tensor>();
  for (const { path, value } of leavesOf<unknown>(params)) {
    if (value instanceof ops.QuantizedMatrix) {
      weights.set(path, tf.tensor2d(await value.data(), [...value.shape]));
    }
  }
  return withClones(params, weights);
}

export interface CalibrateOptions {
  /** Which weights' inputs are measured, by published name; those of all linear layers where not given. */
  targets?: NamePredicate;
  /**
   * Of the batches' ranges, the one that holds them all, or the mean of their ends, which rare numbers stretch less;
   * `'all'` where not given.
   */
  range?: 'all' | 'mean';
}

/**
 * The least and the largest number that layers are given, over batches of real data: some hundred examples are usual.
 * Layers that `forward` doesn't use are left out.
 *
 * @param forward computes the model's result for a batch: `(params, batch) => bert.forward(params, batch, config)`
 * @throws {RangeError} where no weight is meant, there is no batch, or a layer is given what isn't finite, naming it.
 */
export async function calibrate<Params, Batch>(
  params: Params,
  forward: (params: Params, batch: Batch) => unknown,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  { targets, range = 'all' }: CalibrateOptions = {},
): Promise<ActivationRanges> {
  const chosen = chosenWeights(params, targets);
  /** What outlives a `tf.tidy` in `forward`. */
  const kept: tf.Tensor[] = [];
  const measure = jit(
    (params: Params, batch: Batch) => {
      const seen: Record<string, { min: tf.Tensor; max: tf.Tensor }> = {};
      const observed = mapTree(params as never, (weight: tf.Tensor2D, path) => {
        if (!chosen.has(path)) return weight;
        const name = publishedName(path);
        return new ObservedMatrix(weight, (x) => {
          const before = seen[name];
          const [min, max] = [x.min(), x.max()];
          const own = {
            min: tf.keep(before ? before.min.minimum(min) : min),
            max: tf.keep(before ? before.max.maximum(max) : max),
          };
          kept.push(own.min, own.max);
          seen[name] = own;
        });
      }) as Params;
      forward(observed, batch);
      if (Object.keys(seen).length === 0)
        throw new RangeError('forward multiplies with none of the targets.');
      return seen;
    },
    { name: 'a calibration' },
  );
  const ranges: ActivationRanges = {};
  let count = 0;
  try {
    for await (const batch of batches) {
      count++;
      const found = await measure(params, batch);
      tf.dispose(kept.splice(0));
      for (const [name, { min, max }] of Object.entries(found)) {
        const own = { min: (await min.data())[0] as number, max: (await max.data())[0] as number };
        tf.dispose([min, max]);
        if (!Number.isFinite(own.max - own.min)) {
          throw new RangeError(`The layer of ${name} is given numbers from ${own.min} to ${own.max}.`);
        }
        const before = ranges[name] ?? own;
        ranges[name] =
          range === 'mean'
            ? { min: before.min + (own.min - before.min) / count, max: before.max + (own.max - before.max) / count } // biome-ignore format: one line
            : { min: Math.min(before.min, own.min), max: Math.max(before.max, own.max) };
      }
    }
  } finally {
    tf.dispose(kept);
    await measure.release();
  }
  if (count === 0) throw new RangeError('There is no batch to calibrate with.');
  return ranges;
}

type Make = (
  values: Float32Array,
  shape: [number, number],
  layout: ops.MatrixLayout,
  name: string,
) => ops.QuantizedMatrix;

async function quantized<Params>(
  params: Params,
  { targets, layout }: QuantizeOptions,
  make: Make,
): Promise<Params> {
  const chosen = chosenWeights(params, targets);
  const made = new Map<string, ops.QuantizedMatrix>();
  for (const [path, weight] of chosen) {
    const name = publishedName(path);
    const values = (await weight.data()) as Float32Array;
    try {
      made.set(path, make(values, weight.shape as [number, number], layout ?? layoutOf(name), name));
    } catch (error) {
      throw new RangeError(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return withClones(params, made);
}

/** The parameters with those of `replaced`, by path, in their place, and clones of the other tensors. */
function withClones<Params>(
  params: Params,
  replaced: ReadonlyMap<string, tf.Tensor | ops.QuantizedMatrix>,
): Params {
  return mapTree(
    params as never,
    (leaf: unknown, path) => replaced.get(path) ?? (leaf instanceof tf.Tensor ? leaf.clone() : leaf),
  ) as Params;
}

/**
 * By path.
 *
 * @throws {RangeError} where none is meant, or one isn't a matrix of numbers.
 */
function chosenWeights(params: unknown, targets: NamePredicate | undefined): Map<string, tf.Tensor> {
  const chosen = new Map<string, tf.Tensor>();
  for (const { path, value } of leavesOf<tf.Tensor>(params)) {
    const name = publishedName(path);
    if (!(targets ? targets(name) : isQuantizable(name, value.shape))) continue;
    if (!(value instanceof tf.Tensor)) throw new RangeError(`${name} is quantized already.`);
    if (value.rank !== 2) {
      throw new RangeError(`Matrices of linear layers are quantized, and ${name} is [${value.shape}].`);
    }
    chosen.set(path, value);
  }
  if (chosen.size === 0) throw new RangeError('targets means none of the parameters.');
  return chosen;
}

function layoutOf(name: string): ops.MatrixLayout {
  return /\.(c_attn|q_attn|c_proj|c_fc)\.weight$/.test(name) ? 'inOut' : 'outIn';
}
