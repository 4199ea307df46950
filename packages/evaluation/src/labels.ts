/** Class labels: which there are, in which order, and where each stands in that order. */
import { checkNotEmpty, checkSameLength } from './check.ts';

/** A class. One call's labels are all strings or all numbers. */
export type Label = string | number;

export interface LabelSet<L extends Label> {
  /** The classes: as given, or those that occur, in ascending order. */
  labels: L[];
  /** @throws when `label` isn't one of the classes, naming it by `name` and `index`. */
  indexOf(label: L, name: string, index: number): number;
}

/**
 * The classes of one evaluation.
 * @param given the classes in the order wanted; without it, all that occur in `sequences`, ascending.
 * @throws when `given` is empty or repeats a class, or when classes that occur mix strings and numbers or are NaN.
 */
export function labelSet<L extends Label>(
  where: string,
  sequences: Readonly<Record<string, readonly L[]>>,
  given?: readonly L[],
): LabelSet<L> {
  const labels = given === undefined ? occurring(where, sequences) : [...given];
  checkNotEmpty(where, 'labels', labels);
  const positions = new Map(labels.map((label, position) => [label, position]));
  if (positions.size < labels.length) {
    const index = labels.findIndex((label, position) => positions.get(label) !== position);
    throw new Error(
      `${where}: labels[${index}] (${show(labels[index]!)}) is repeated; give each class once.`,
    );
  }
  const indexOf = (label: L, name: string, index: number): number => {
    const position = positions.get(label);
    if (position !== undefined) return position;
    const known = labels.slice(0, 8).map(show).join(', ') + (labels.length > 8 ? ', …' : '');
    throw new Error(
      `${where}: ${name}[${index}] is the unknown label ${show(label)}; known are ${known}. Add it to labels, or correct ${name}.`,
    );
  };
  return { labels, indexOf };
}

/**
 * Checks a pair of label sequences.
 * @throws when they are empty or differ in length.
 */
export function checkPair(
  where: string,
  truth: { readonly length: number },
  predicted: { readonly length: number },
): void {
  checkSameLength(
    where,
    { name: 'truth', length: truth.length },
    { name: 'predicted', length: predicted.length },
  );
  checkNotEmpty(where, 'truth', truth);
}

function occurring<L extends Label>(where: string, sequences: Readonly<Record<string, readonly L[]>>): L[] {
  const seen = new Set<L>();
  let first: L | undefined;
  for (const [name, sequence] of Object.entries(sequences)) {
    for (let i = 0; i < sequence.length; i++) {
      const label = sequence[i]!;
      first ??= label;
      if (typeof label !== typeof first || Number.isNaN(label)) {
        throw new Error(
          `${where}: ${name}[${i}] is ${show(label)}; give labels that are all strings or all numbers, none of them NaN.`,
        );
      }
      seen.add(label);
    }
  }
  return [...seen].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function show(label: Label): string {
  return typeof label === 'string' ? JSON.stringify(label) : String(label);
}
