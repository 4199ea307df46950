/** Argument checks. Every message says which function, which argument and index, what is wrong, and what to give instead. */

/** @throws when `values` is empty. */
export function checkNotEmpty(where: string, name: string, values: { readonly length: number }): void {
  if (values.length === 0) throw new Error(`${where}: ${name} is empty; give at least one.`);
}

/** @throws when the two lengths differ. */
export function checkSameLength(
  where: string,
  first: { name: string; length: number },
  second: { name: string; length: number },
): void {
  if (first.length === second.length) return;
  throw new Error(
    `${where}: ${first.name} has length ${first.length} and ${second.name} has length ${second.length}; give one ${second.name} entry per ${first.name} entry.`,
  );
}

/** @throws when `value` is NaN, infinite, or outside [minimum, maximum]. */
export function checkRange(
  where: string,
  name: string,
  value: number,
  range: { minimum?: number; maximum?: number } = {},
): void {
  const { minimum = -Infinity, maximum = Infinity } = range;
  if (!Number.isFinite(value)) throw new Error(`${where}: ${name} is ${value}; give a finite number.`);
  if (value < minimum || value > maximum) {
    throw new Error(`${where}: ${name} is ${value}; give a number ${describeRange(minimum, maximum)}.`);
  }
}

/** @throws when `value` isn't a whole number of at least `minimum`. */
export function checkInteger(where: string, name: string, value: number, minimum: number): void {
  if (!Number.isInteger(value) || value < minimum) {
    throw new Error(`${where}: ${name} is ${value}; give a whole number of at least ${minimum}.`);
  }
}

function describeRange(minimum: number, maximum: number): string {
  if (maximum === Infinity) return `of at least ${minimum}`;
  if (minimum === -Infinity) return `of at most ${maximum}`;
  return `from ${minimum} to ${maximum}`;
}
