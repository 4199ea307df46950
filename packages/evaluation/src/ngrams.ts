/** Counts of n-grams: runs of n neighbouring tokens. */

/**
 * How often each n-gram occurs.
 * @param tokens T tokens; none may hold U+0000, which joins the tokens of a key.
 * @param n the order, at least 1.
 * @returns n-gram (its tokens joined by U+0000) to count; empty where T < n.
 */
export function countNgrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const ngram = n === 1 ? tokens[i]! : tokens.slice(i, i + n).join('\u0000');
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** The number of n-grams that two counts share: the sum over n-grams of the smaller count. */
export function countMatches(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let matches = 0;
  for (const [ngram, count] of a) matches += Math.min(count, b.get(ngram) ?? 0);
  return matches;
}

/** For each n-gram of any of the counts, its largest count. */
export function maxCounts(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const largest = new Map<string, number>();
  for (const each of counts) {
    for (const [ngram, count] of each) largest.set(ngram, Math.max(count, largest.get(ngram) ?? 0));
  }
  return largest;
}

/** The length nearest to `length`; of two as near, the shorter. */
export function closestLength(lengths: readonly number[], length: number): number {
  return lengths.reduce((best, candidate) => {
    const difference = Math.abs(candidate - length) - Math.abs(best - length);
    return difference < 0 || (difference === 0 && candidate < best) ? candidate : best;
  });
}

/** Checks that there is at least one hypothesis and, for each, a non-empty list of references. */
export function checkReferences(
  where: string,
  hypotheses: { readonly length: number },
  references: readonly { readonly length: number }[],
): void {
  if (hypotheses.length !== references.length) {
    throw new Error(
      `${where}: hypotheses has length ${hypotheses.length} and references has length ${references.length}; give a list of references for each hypothesis.`,
    );
  }
  if (hypotheses.length === 0) throw new Error(`${where}: hypotheses is empty; give at least one.`);
  const empty = references.findIndex((each) => each.length === 0);
  if (empty >= 0) throw new Error(`${where}: references[${empty}] is empty; give at least one reference.`);
}
