/**
 * BLEU as sacreBLEU computes it (Post 2018, https://aclanthology.org/W18-6319), from 0 to 100: on plain text, with the
 * tokenization part of the metric, so that scores can be compared between papers.
 */

import { splitWhiteSpace } from './characters.ts';
import { checkInteger, checkNotEmpty, checkRange } from './check.ts';
import { checkReferences, closestLength, countMatches, countNgrams, maxCounts } from './ngrams.ts';
import { tokenize13a } from './tokenize-13a.ts';

export interface SacreBleuOptions {
  /**
   * `'13a'` (default) separates punctuation; `'char'` makes each character a token, for scripts without spaces;
   * `'none'` splits at white space. Or a function of your own.
   */
  tokenize?: '13a' | 'char' | 'none' | ((text: string) => readonly string[]);
  /**
   * Orders without a match: `'exp'` (default) takes 1/2, 1/4, … of a match; `'floor'` takes `smoothingValue` matches;
   * `'add-k'` adds `smoothingValue` to matches and totals of orders above 1; `'none'` leaves them 0, and so the score.
   */
  smoothing?: 'exp' | 'floor' | 'add-k' | 'none';
  /** Default: 0.1 for `'floor'`, 1 for `'add-k'`. */
  smoothingValue?: number;
  /** Default: 4. */
  maxOrder?: number;
  /** Leaves out orders that the hypothesis is too short for. Default: true for a sentence, false for a corpus. */
  effectiveOrder?: boolean;
  /** Default: false. */
  lowercase?: boolean;
}

export interface SacreBleuScore {
  /** From 0 to 100. */
  score: number;
  /** By order from 1 up, from 0 to 100, after smoothing. */
  precisions: number[];
  /** Matching n-grams by order; `'add-k'` counts what it added. */
  matches: number[];
  /** The hypotheses' n-grams by order; `'add-k'` counts what it added. */
  totals: number[];
  /** From 0 to 1. */
  brevityPenalty: number;
  /** In tokens. */
  hypothesisLength: number;
  /** In tokens, of the references nearest in length. */
  referenceLength: number;
}

/**
 * sacreBLEU of one sentence.
 * @param references one or more.
 * @throws when there is no reference or an option is out of range.
 */
export function sentenceSacreBleu(
  hypothesis: string,
  references: readonly string[],
  options: SacreBleuOptions = {},
): SacreBleuScore {
  checkNotEmpty('sentenceSacreBleu', 'references', references);
  return sacreBleu('sentenceSacreBleu', [hypothesis], [references], { effectiveOrder: true, ...options });
}

/**
 * sacreBLEU of a corpus.
 * @param hypotheses N texts.
 * @param references for each hypothesis, one or more texts. (sacreBLEU's own API has them the other way around: for each
 * set of references, N texts.)
 * @throws when N is 0, the lengths differ, a hypothesis has no reference, or an option is out of range.
 */
export function corpusSacreBleu(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: SacreBleuOptions = {},
): SacreBleuScore {
  return sacreBleu('corpusSacreBleu', hypotheses, references, options);
}

function sacreBleu(
  where: string,
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: SacreBleuOptions,
): SacreBleuScore {
  checkReferences(where, hypotheses, references);
  const { smoothing = 'exp', maxOrder = 4, effectiveOrder = false } = options;
  const smoothingValue = options.smoothingValue ?? (smoothing === 'floor' ? 0.1 : 1);
  checkInteger(where, 'maxOrder', maxOrder, 1);
  checkRange(where, 'smoothingValue', smoothingValue, { minimum: 0 });
  if (!['exp', 'floor', 'add-k', 'none'].includes(smoothing)) {
    throw new Error(
      `${where}: smoothing is ${JSON.stringify(smoothing)}; give 'exp', 'floor', 'add-k' or 'none'.`,
    );
  }
  const tokenize = tokenizer(where, options);

  const matches = new Array<number>(maxOrder).fill(0);
  const totals = new Array<number>(maxOrder).fill(0);
  let hypothesisLength = 0;
  let referenceLength = 0;
  hypotheses.forEach((text, pair) => {
    const hypothesis = tokenize(text);
    const tokenized = references[pair]!.map(tokenize);
    for (let n = 1; n <= maxOrder; n++) {
      const allowed = maxCounts(tokenized.map((reference) => countNgrams(reference, n)));
      matches[n - 1]! += countMatches(countNgrams(hypothesis, n), allowed);
      totals[n - 1]! += Math.max(0, hypothesis.length - n + 1);
    }
    hypothesisLength += hypothesis.length;
    referenceLength += closestLength(
      tokenized.map((reference) => reference.length),
      hypothesis.length,
    );
  });

  const isShort = hypothesisLength < referenceLength;
  const brevityPenalty = isShort ? Math.exp(1 - referenceLength / hypothesisLength) : 1;
  const precisions = new Array<number>(maxOrder).fill(0);
  const result = { precisions, matches, totals, brevityPenalty, hypothesisLength, referenceLength };
  if (matches.every((count) => count === 0)) return { score: 0, ...result };

  let order = maxOrder;
  let zeros = 0;
  for (let i = 0; i < maxOrder; i++) {
    if (smoothing === 'add-k' && i > 0) {
      matches[i]! += smoothingValue;
      totals[i]! += smoothingValue;
    }
    if (totals[i] === 0) break;
    if (effectiveOrder) order = i + 1;
    let smoothed = matches[i]!;
    if (smoothed === 0 && smoothing === 'exp') smoothed = 1 / 2 ** ++zeros;
    else if (smoothed === 0 && smoothing === 'floor') smoothed = smoothingValue;
    precisions[i] = (100 * smoothed) / totals[i]!;
  }
  const logPrecision =
    precisions.slice(0, order).reduce((sum, precision) => sum + Math.log(precision), 0) / order;
  return { score: brevityPenalty * Math.exp(logPrecision), ...result };
}

function tokenizer(where: string, options: SacreBleuOptions): (text: string) => readonly string[] {
  const { tokenize = '13a', lowercase = false } = options;
  const split =
    typeof tokenize === 'function'
      ? tokenize
      : {
          '13a': tokenize13a,
          char: (text: string) => splitWhiteSpace([...text].join(' ')),
          none: splitWhiteSpace,
        }[tokenize];
  if (split === undefined) {
    throw new Error(
      `${where}: tokenize is ${JSON.stringify(tokenize)}; give '13a', 'char', 'none' or a function.`,
    );
  }
  return lowercase ? (text) => split(text.toLowerCase()) : split;
}
