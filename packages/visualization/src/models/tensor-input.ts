/** Arrays of any rank, as a plot takes them. */
import { isList, type Numbers, named } from '../data.ts';

/** Numbers with a shape, row-major: a tensor of most libraries, or an object of one's own. */
export interface ShapedNumbers {
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly data: Numbers;
}

/** A tensor that answers with its numbers at once, as TensorFlow.js's do. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype?: string;
  dataSync(): ArrayLike<number>;
}

/** Nested arrays of equal length, or numbers with a shape. */
export type ArrayInput = ShapedNumbers | TensorLike | Numbers | readonly Nested[];
type Nested = Numbers | readonly Nested[];

export interface Shaped {
  shape: number[];
  data: Float64Array;
}

/**
 * Reads an array of one of the ranks in `ranks`.
 * @throws {TypeError} when it is none, or of another rank
 * @throws {RangeError} when it is empty, or nested arrays differ in length
 */
export function readArray(what: string, name: string, input: unknown, ranks: readonly number[]): Shaped {
  const { shape, data } = isList(input) ? flatten(what, name, input) : shaped(what, name, input);
  if (!ranks.includes(shape.length)) {
    throw new TypeError(
      `${what}: ${name} has to have ${ranks.join(' or ')} dimensions, and has ${shape.length}: [${shape.join(', ')}].`,
    );
  }
  if (data.length === 0)
    throw new RangeError(`${what}: ${name} is empty, its shape is [${shape.join(', ')}].`);
  return { shape, data };
}

function shaped(what: string, name: string, input: unknown): Shaped {
  const given = input as Partial<ShapedNumbers & TensorLike> | null | undefined;
  const data = typeof given?.dataSync === 'function' ? given.dataSync() : given?.data;
  if (!given || !isList(given.shape) || !isList(data)) {
    throw new TypeError(`${what}: ${name} has to be nested arrays or { shape, data }, not ${named(input)}.`);
  }
  const shape = Array.from(given.shape as readonly number[]);
  const size = shape.reduce((a, b) => a * b, 1);
  if (size !== data.length) {
    throw new RangeError(
      `${what}: ${name} has ${data.length} numbers, and its shape [${shape.join(', ')}] needs ${size}.`,
    );
  }
  // Float64Array.from() would go through an iterator, number by number.
  return { shape, data: new Float64Array(data as ArrayLike<number>) };
}

function flatten(what: string, name: string, input: ArrayLike<unknown>): Shaped {
  const shape: number[] = [];
  for (let part: unknown = input; isList(part); part = part[0]) shape.push(part.length);
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
  let at = 0;
  const walk = (part: unknown, depth: number, place: string): void => {
    if (depth === shape.length) {
      if (typeof part !== 'number') {
        throw new TypeError(`${what}: ${name}${place} has to be a number, not ${named(part)}.`);
      }
      data[at++] = part;
      return;
    }
    if (!isList(part) || part.length !== shape[depth]) {
      throw new RangeError(
        `${what}: ${name}${place} has to have ${shape[depth]} entries, as the first has, not ${isList(part) ? part.length : named(part)}.`,
      );
    }
    for (let i = 0; i < part.length; i++) walk(part[i], depth + 1, `${place}[${i}]`);
  };
  walk(input, 0, '');
  return { shape, data };
}
