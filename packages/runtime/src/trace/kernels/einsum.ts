/** Reads an Einstein summation: https://numpy.org/doc/stable/reference/generated/numpy.einsum.html */
import type { Value } from '../../graph/values.ts';

/**
 * The axes of each operand and of the result, by letter.
 *
 * @throws {Error} where the equation and the operands don't fit.
 */
export function parseEinsum(
  equation: string,
  operands: readonly Value[],
): { terms: string[][]; output: string[] } {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',').map((term) => [...term]);
  if (terms.length !== operands.length) {
    throw new Error(`einsum '${equation}': ${terms.length} terms for ${operands.length} operands.`);
  }
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    const { shape } = operands[i] as Value;
    if (term.length !== shape.length || new Set(term).size !== term.length) {
      throw new Error(`einsum '${equation}': the term '${term.join('')}' doesn't fit the shape [${shape}].`);
    }
    term.forEach((axis, k) => {
      const known = sizes.get(axis);
      if (known !== undefined && known !== shape[k]) {
        throw new Error(`einsum '${equation}': the axis '${axis}' is both ${known} and ${shape[k]}.`);
      }
      sizes.set(axis, shape[k] as number);
    });
  });
  const letters = terms.flat();
  const output =
    right === undefined
      ? [...new Set(letters)].filter((axis) => letters.indexOf(axis) === letters.lastIndexOf(axis)).sort()
      : [...right];
  for (const axis of output) {
    if (!sizes.has(axis)) throw new Error(`einsum '${equation}': the axis '${axis}' is in no operand.`);
  }
  return { terms, output };
}
