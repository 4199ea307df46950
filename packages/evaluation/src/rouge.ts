/**
 * ROUGE (Lin 2004, https://aclanthology.org/W04-1013) as Google's `rouge-score` computes it without stemming:
 * https://github.com/google-research/google-research/tree/master/rouge
 */
import { checkInteger, checkNotEmpty } from './check.ts';
import { countMatches, countNgrams } from './ngrams.ts';

/** Each from 0 to 1; 0 where either text has nothing to count. */
export interface RougeScore {
  /** Of the hypothesis's n-grams (or tokens), the share that the reference has. */
  precision: number;
  /** Of the reference's n-grams (or tokens), the share that the hypothesis has. */
  recall: number;
  /** Their harmonic mean. */
  f1: number;
}

export interface RougeOptions {
  /** Text to tokens. Default: `tokenizeRouge`, which knows only `a`–`z` and `0`–`9`; give another for other scripts. */
  tokenize?: (text: string) => readonly string[];
}

/** Lowercased runs of `a`–`z` and `0`–`9`; everything else separates them. */
export function tokenizeRouge(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

/**
 * ROUGE-1: the overlap of single words.
 * @param references one text or several, of which the one with the highest F1 counts.
 * @throws when there is no reference.
 */
export function rouge1(
  hypothesis: string,
  references: string | readonly string[],
  options: RougeOptions = {},
): RougeScore {
  return rougeN(hypothesis, references, { ...options, n: 1 });
}

/**
 * ROUGE-2: the overlap of word pairs.
 * @param references one text or several, of which the one with the highest F1 counts.
 * @throws when there is no reference.
 */
export function rouge2(
  hypothesis: string,
  references: string | readonly string[],
  options: RougeOptions = {},
): RougeScore {
  return rougeN(hypothesis, references, { ...options, n: 2 });
}

/**
 * ROUGE-N: the overlap of n-grams.
 * @param references one text or several, of which the one with the highest F1 counts.
 * @throws when there is no reference or `n` isn't a whole number of at least 1.
 */
export function rougeN(
  hypothesis: string,
  references: string | readonly string[],
  options: RougeOptions & { n: number },
): RougeScore {
  const { n, tokenize = tokenizeRouge } = options;
  checkInteger('rougeN', 'n', n, 1);
  const predicted = countNgrams(tokenize(hypothesis), n);
  return best('rougeN', references, (reference) => {
    const target = countNgrams(tokenize(reference), n);
    return score(countMatches(predicted, target), { predicted: total(predicted), target: total(target) });
  });
}

/**
 * ROUGE-L: the longest common subsequence of words, in order but not necessarily adjacent.
 * @param references one text or several, of which the one with the highest F1 counts.
 * @throws when there is no reference.
 */
export function rougeL(
  hypothesis: string,
  references: string | readonly string[],
  options: RougeOptions = {},
): RougeScore {
  const { tokenize = tokenizeRouge } = options;
  const predicted = tokenize(hypothesis);
  return best('rougeL', references, (reference) => {
    const target = tokenize(reference);
    const common = longestCommonSubsequence(predicted, target);
    return score(common, { predicted: predicted.length, target: target.length });
  });
}

function best(
  where: string,
  references: string | readonly string[],
  scoreOf: (reference: string) => RougeScore,
): RougeScore {
  const all = typeof references === 'string' ? [references] : references;
  checkNotEmpty(where, 'references', all);
  return all.map(scoreOf).reduce((a, b) => (b.f1 > a.f1 ? b : a));
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

function score(matches: number, totals: { predicted: number; target: number }): RougeScore {
  const precision = matches / Math.max(1, totals.predicted);
  const recall = matches / Math.max(1, totals.target);
  const f1 = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
  return { precision, recall, f1 };
}

/** The length of the longest sequence that both have in order; O(|a| |b|) time, O(|b|) memory. */
function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  let previous = new Uint32Array(b.length + 1);
  let current = new Uint32Array(b.length + 1);
  for (const token of a) {
    for (let j = 0; j < b.length; j++) {
      current[j + 1] = token === b[j] ? previous[j]! + 1 : Math.max(previous[j + 1]!, current[j]!);
    }
    [previous, current] = [current, previous];
  }
  return previous[b.length]!;
}
