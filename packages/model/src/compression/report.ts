import { ops, tf } from '@quire/runtime';
import { namedLeaves } from '../parameters/names.ts';

/** What a compression made of a model. */
export interface CompressionReport {
  /** Bytes of all numbers as they are stored, before and after. */
  size: { before: number; after: number };
  /** Bytes after, if of each number that isn't 0 the value is stored, and a bit for each number (bitmap compression). */
  sparseSize: number;
  /** Numbers that aren't 0, as part of all. */
  density: number;
  /** ‖after - before‖ / ‖before‖ over all numbers: what the weights lost. */
  error: number;
  /** Milliseconds of `run`, before and after, medians; and how many times as fast it is after. */
  speed?: { before: number; after: number; ratio: number };
  /** The metric, before and after. */
  quality?: { before: number; after: number };
}

export interface Compared<Params = unknown> {
  before: Params;
  /** The parameters that the model computes with now, in the shapes of `before`; quantized ones as they are. */
  after: NoInfer<Params>;
  /** What is stored, and run; `after` where not given. */
  stored?: NoInfer<Params>;
  /** Bytes of a stored number that isn't quantized; 4 where not given. */
  bytes?: number;
  /**
   * Computes once with these parameters, for the speed: usually a jitted function's call. What it returns is waited for and
   * disposed.
   */
  run?: (params: Params) => unknown;
  /** How often each is run, in turn, after one time that doesn't count; 7 where not given. */
  runs?: number;
  /** A metric of the model with these parameters: accuracy, perplexity. */
  quality?: (params: Params) => number | Promise<number>;
}

/**
 * Compares parameters before and after: their size, what they lost, and where `run` and `quality` are given also how fast
 * and how good the model is with them. It reads all of them.
 *
 * @throws {RangeError} where a parameter is missing, or of another shape.
 */
export async function compressionReport<Params>({
  before,
  after,
  stored = after,
  bytes = 4,
  run,
  runs = 7,
  quality,
}: Compared<Params>): Promise<CompressionReport> {
  const found = new Map(namedLeaves(after).map(({ name, value }) => [name, value]));
  let [squares, lost, numbers] = [0, 0, 0];
  for (const { name, value } of namedLeaves(before)) {
    const other = found.get(name);
    if (!other || `${other.shape}` !== `${value.shape}`) {
      throw new RangeError(
        `${name} is [${value.shape}] before, and ${other ? `[${other.shape}]` : 'not there'} after.`,
      );
    }
    const [old, now] = [await value.data(), await other.data()];
    numbers += old.length;
    for (let i = 0; i < old.length; i++) {
      const number = old[i] as number;
      squares += number * number;
      lost += (number - (now[i] as number)) ** 2;
    }
  }
  let [count, filled, size, sparse] = [0, 0, 0, 0];
  for (const { value } of namedLeaves<tf.Tensor | ops.QuantizedMatrix>(stored)) {
    const data = await value.data();
    let own = 0;
    for (let i = 0; i < data.length; i++) if (data[i] !== 0) own++;
    const whole = value instanceof ops.QuantizedMatrix ? value.bytes : bytes * data.length;
    count += data.length;
    filled += own;
    size += whole;
    sparse += (whole * own) / data.length;
  }
  return {
    size: { before: 4 * numbers, after: size },
    sparseSize: Math.ceil(sparse) + Math.ceil(count / 8),
    density: filled / count,
    error: squares === 0 ? 0 : Math.sqrt(lost / squares),
    ...(run && { speed: await speedOf(run, before, stored, runs) }),
    ...(quality && { quality: { before: await quality(before), after: await quality(stored) } }),
  };
}

/** Runs take turns, so that what else the machine does slows both down. */
async function speedOf<Params>(
  run: (params: Params) => unknown,
  before: Params,
  after: Params,
  runs: number,
): Promise<{ before: number; after: number; ratio: number }> {
  const once = async (params: Params): Promise<number> => {
    const start = performance.now();
    const result = await run(params);
    const took = performance.now() - start;
    tf.dispose(result as never);
    return took;
  };
  await once(before);
  await once(after);
  const [old, now]: [number[], number[]] = [[], []];
  for (let i = 0; i < runs; i++) {
    // Who goes first changes.
    if (i % 2 === 0) old.push(await once(before));
    now.push(await once(after));
    if (i % 2 === 1) old.push(await once(before));
  }
  const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] as number;
  const [first, second] = [median(old), median(now)];
  return { before: first, after: second, ratio: first / second };
}
