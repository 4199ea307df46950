import type { tf } from '@quire/runtime';
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
}

export interface Compared {
  before: unknown;
  /** The parameters that the model computes with now, in the shapes of `before`. */
  after: unknown;
  /** What is stored; `after` where not given. */
  stored?: unknown;
  /** Bytes of a stored number; 4 where not given. */
  bytes?: number;
}

/**
 * Compares parameters before and after. It reads all of them.
 *
 * @throws {RangeError} where a parameter is missing, or of another shape.
 */
export async function compressionReport({
  before,
  after,
  stored = after,
  bytes = 4,
}: Compared): Promise<CompressionReport> {
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
  let [count, filled] = [0, 0];
  for (const { value } of namedLeaves<tf.Tensor>(stored)) {
    const data = await value.data();
    count += data.length;
    for (let i = 0; i < data.length; i++) if (data[i] !== 0) filled++;
  }
  return {
    size: { before: 4 * numbers, after: bytes * count },
    sparseSize: bytes * filled + Math.ceil(count / 8),
    density: filled / count,
    error: squares === 0 ? 0 : Math.sqrt(lost / squares),
  };
}
