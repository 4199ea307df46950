/** Numbers that have to be there, and lists that have to be of equal length. */
import { isList, named, readMatrix } from './data.ts';

/**
 * @throws {TypeError} when it is no list of numbers
 * @throws {RangeError} when it is empty, or a number is NaN, infinite, or outside of `range`
 */
export function readFinite(
  what: string,
  name: string,
  values: unknown,
  range: readonly [number, number] = [-Infinity, Infinity],
): number[] {
  if (!isList(values))
    throw new TypeError(`${what}: ${name} has to be an array of numbers, not ${named(values)}.`);
  if (values.length === 0) throw new RangeError(`${what}: ${name} is empty.`);
  return Array.from(values, (value, i) => {
    if (typeof value !== 'number') {
      throw new TypeError(`${what}: ${name} has to hold numbers; at ${i} it holds ${named(value)}.`);
    }
    if (!Number.isFinite(value))
      throw new RangeError(`${what}: ${name} holds ${value} at ${i}; leave it out or replace it.`);
    if (value < range[0] || value > range[1]) {
      throw new RangeError(
        `${what}: ${name} holds ${value} at ${i}; it has to be from ${range[0]} to ${range[1]}.`,
      );
    }
    return value;
  });
}

/** A matrix as `readMatrix` takes it, of numbers as `readFinite` does. */
export function readFiniteMatrix(
  what: string,
  name: string,
  rows: unknown,
  range?: readonly [number, number],
): number[][] {
  return readMatrix(what, name, rows).map((row, i) => readFinite(what, `row ${i} of ${name}`, row, range));
}

/** @throws {RangeError} when the lists differ in length */
export function checkSameLength(
  what: string,
  first: readonly [name: string, list: { readonly length: number }],
  ...others: readonly (readonly [name: string, list: { readonly length: number }])[]
): void {
  for (const [name, list] of others) {
    if (list.length !== first[1].length) {
      throw new RangeError(`${what}: there are ${first[1].length} ${first[0]} and ${list.length} ${name}.`);
    }
  }
}

/** @throws {TypeError} when it is no list of texts */
export function readTexts(what: string, name: string, values: unknown): string[] {
  if (!isList(values))
    throw new TypeError(`${what}: ${name} has to be an array of texts, not ${named(values)}.`);
  return Array.from(values, (value, i) => {
    if (typeof value !== 'string') {
      throw new TypeError(`${what}: ${name} has to hold texts; at ${i} it holds ${named(value)}.`);
    }
    return value;
  });
}
