/**
 * chrF (Popović 2015, https://aclanthology.org/W15-3049) and chrF++ (Popović 2017, https://aclanthology.org/W17-4770),
 * from 0 to 100, as sacreBLEU computes them: an F-score over character n-grams, which needs no tokenizer and gives
 * credit for a word that is nearly right.
 */

import { splitWhiteSpace } from './characters.ts';
import { checkInteger, checkNotEmpty, checkRange } from './check.ts';
import { checkReferences, countMatches, countNgrams } from './ngrams.ts';

export interface ChrfOptions {
  /** The largest order of character n-grams. Default: 6. */
  characterOrder?: number;
  /** The largest order of word n-grams: 0 is chrF, 2 is chrF++. Default: 0. */
  wordOrder?: number;
  /** Recall counts `beta` times as much as precision. Default: 2. */
  beta?: number;
  /** Default: false. */
  lowercase?: boolean;
  /** Whether white space is a character too. Default: false. */
  whitespace?: boolean;
  /** Averages F over all orders, as chrF++.py, NLTK and Moses do, not only over those that both texts have. Default: false. */
  epsilonSmoothing?: boolean;
}

/**
 * chrF of one sentence, from 0 to 100; chrF++ with `wordOrder: 2`.
 * @param references one or more, of which the one with the highest score counts.
 * @throws when there is no reference or an option is out of range.
 */
export function sentenceChrf(
  hypothesis: string,
  references: readonly string[],
  options: ChrfOptions = {},
): number {
  checkNotEmpty('sentenceChrf', 'references', references);
  return chrf('sentenceChrf', [hypothesis], [references], options);
}

/**
 * chrF of a corpus, from 0 to 100; chrF++ with `wordOrder: 2`. Counts are summed over the pairs before they are divided.
 * @param hypotheses N texts.
 * @param references for each hypothesis, one or more texts, of which the one with the highest score counts.
 * @throws when N is 0, the lengths differ, a hypothesis has no reference, or an option is out of range.
 */
export function corpusChrf(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: ChrfOptions = {},
): number {
  return chrf('corpusChrf', hypotheses, references, options);
}

/** The counts of one order. */
interface Counts {
  hypothesis: number;
  reference: number;
  matches: number;
}

function chrf(
  where: string,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: ChrfOptions,
): number {
  checkReferences(where, hypotheses, references);
  const { characterOrder = 6, wordOrder = 0, beta = 2 } = options;
  checkInteger(where, 'characterOrder', characterOrder, 0);
  checkInteger(where, 'wordOrder', wordOrder, characterOrder === 0 ? 1 : 0);
  checkRange(where, 'beta', beta, { minimum: 0 });
  const sums: Counts[] = Array.from({ length: characterOrder + wordOrder }, () => ({
    hypothesis: 0,
    reference: 0,
    matches: 0,
  }));
  hypotheses.forEach((hypothesis, pair) => {
    const predicted = ngramsByOrder(hypothesis, options);
    let best: Counts[] = [];
    let bestScore = -1;
    for (const reference of references[pair]!) {
      const counts = ngramsByOrder(reference, options).map((target, i) => compare(predicted[i]!, target));
      const score = fScore(counts, options);
      if (score > bestScore) [best, bestScore] = [counts, score];
    }
    best.forEach((counts, i) => {
      sums[i]!.hypothesis += counts.hypothesis;
      sums[i]!.reference += counts.reference;
      sums[i]!.matches += counts.matches;
    });
  });
  return fScore(sums, options);
}

/** The n-gram counts of each character order from 1 up, then of each word order. */
function ngramsByOrder(text: string, options: ChrfOptions): Map<string, number>[] {
  const { characterOrder = 6, wordOrder = 0, lowercase = false, whitespace = false } = options;
  const cased = lowercase ? text.toLowerCase() : text;
  const characters = [...(whitespace ? cased : splitWhiteSpace(cased).join(''))];
  const words = splitWhiteSpace(cased).flatMap(separatePunctuation);
  return [
    ...Array.from({ length: characterOrder }, (_, i) => countNgrams(characters, i + 1)),
    ...Array.from({ length: wordOrder }, (_, i) => countNgrams(words, i + 1)),
  ];
}

/** One mark is taken off a word: off its end if one is there, else off its start. */
function separatePunctuation(word: string): string[] {
  const characters = [...word];
  if (characters.length === 1) return [word];
  const isMark = (character: string) => /^[!-/:-@[-`{-~]$/.test(character);
  if (isMark(characters.at(-1)!)) return [characters.slice(0, -1).join(''), characters.at(-1)!];
  if (isMark(characters[0]!)) return [characters[0]!, characters.slice(1).join('')];
  return [word];
}

function compare(predicted: ReadonlyMap<string, number>, target: ReadonlyMap<string, number>): Counts {
  const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
  // An order that the reference is too short for says nothing against the hypothesis.
  const hypothesis = target.size > 0 ? total(predicted) : 0;
  return { hypothesis, reference: total(target), matches: countMatches(predicted, target) };
}

/** F-beta of the precision and recall averaged over orders, from 0 to 100. */
function fScore(counts: readonly Counts[], options: ChrfOptions): number {
  const epsilon = 1e-16;
  const factor = (options.beta ?? 2) ** 2;
  let sumOfScores = 0;
  let orders = 0;
  let precision = 0;
  let recall = 0;
  for (const { hypothesis, reference, matches } of counts) {
    const p = hypothesis > 0 ? matches / hypothesis : epsilon;
    const r = reference > 0 ? matches / reference : epsilon;
    const denominator = factor * p + r;
    sumOfScores += denominator > 0 ? ((1 + factor) * p * r) / denominator : epsilon;
    if (hypothesis > 0 && reference > 0) {
      precision += p;
      recall += r;
      orders++;
    }
  }
  if (options.epsilonSmoothing) return (100 * sumOfScores) / counts.length;
  if (orders === 0 || precision + recall === 0) return 0;
  precision /= orders;
  recall /= orders;
  return (100 * (1 + factor) * precision * recall) / (factor * precision + recall);
}
