/**
 * BLEU over tokens, from 0 to 1, with the smoothing methods of Chen and Cherry (2014), numbered and computed as NLTK
 * does: https://www.nltk.org/api/nltk.translate.bleu_score.html. For scores to publish, use sacreBLEU's (`sacrebleu.ts`),
 * which fixes the tokenization too.
 *
 * Papineni et al. (2002): https://aclanthology.org/P02-1040. Chen and Cherry (2014): https://aclanthology.org/W14-3346.
 */
import { checkNotEmpty, checkRange } from './check.ts';
import { checkReferences, closestLength, countMatches, countNgrams, maxCounts } from './ngrams.ts';

/**
 * What is done about orders without a match, whose logarithm would make the score 0:
 * 0 nothing; 1 adds `epsilon` to a count of 0; 2 adds 1 to matches and totals of orders above 1; 3 takes 1/2, 1/4, …
 * for successive counts of 0 (NIST); 4 the same, smaller for shorter hypotheses; 5 averages neighbouring orders;
 * 6 interpolates with the ratio of the two orders below; 7 is 4 followed by 5.
 */
export type BleuSmoothing = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface BleuOptions {
  /** The weight of each order's precision, from order 1 up. Default: 0.25 for each of 4 orders. */
  weights?: readonly number[];
  /** Default: 0. */
  smoothing?: BleuSmoothing;
  /** Method 1's count for orders without a match. Default: 0.1. */
  epsilon?: number;
  /** Method 6's weight of the prior. Default: 5. */
  alpha?: number;
  /** Method 4's constant. Default: 5. */
  k?: number;
  /** Spreads the default weights over the orders that a hypothesis of fewer than 4 tokens has. Default: false. */
  autoReweigh?: boolean;
}

const DEFAULT_WEIGHTS = [0.25, 0.25, 0.25, 0.25];
/** Stands for a precision of 0 in method 0: its logarithm is finite, and the score comes out as about 0. */
const SMALLEST_NORMAL = 2.2250738585072014e-308;

/**
 * BLEU of one hypothesis, from 0 to 1. An empty hypothesis, or one that shares no token, scores 0.
 * @param hypothesis T tokens.
 * @param references one or more references, each a list of tokens.
 * @throws when there is no reference, a weight isn't finite, or method 6 meets no matching trigram.
 */
export function sentenceBleu(
  hypothesis: readonly string[],
  references: readonly (readonly string[])[],
  options: BleuOptions = {},
): number {
  checkNotEmpty('sentenceBleu', 'references', references);
  return bleu('sentenceBleu', [hypothesis], [references], options);
}

/**
 * BLEU of a corpus, from 0 to 1: matches and totals are summed over the pairs before they are divided.
 * As in NLTK, smoothing methods 5, 6 and 7 look at the last pair's n-grams for orders that the sums don't have.
 * @param hypotheses N hypotheses, each a list of tokens.
 * @param references for each hypothesis, one or more references, each a list of tokens.
 * @throws when N is 0, the lengths differ, a hypothesis has no reference, a weight isn't finite, or method 6 meets no
 * matching trigram.
 */
export function corpusBleu(
  hypotheses: readonly (readonly string[])[],
  references: readonly (readonly (readonly string[])[])[],
  options: BleuOptions = {},
): number {
  return bleu('corpusBleu', hypotheses, references, options);
}

interface Precision {
  matches: number;
  /** At least 1, also where the hypothesis has no n-gram of this order. */
  total: number;
}

function bleu(
  where: string,
  hypotheses: readonly (readonly string[])[],
  references: readonly (readonly (readonly string[])[])[],
  options: BleuOptions,
): number {
  checkReferences(where, hypotheses, references);
  let weights = options.weights ?? DEFAULT_WEIGHTS;
  checkNotEmpty(where, 'weights', weights);
  weights.forEach((weight, i) => {
    checkRange(where, `weights[${i}]`, weight);
  });

  const precisions = weights.map(() => ({ matches: 0, total: 0 }));
  let hypothesisLength = 0;
  let referenceLength = 0;
  hypotheses.forEach((hypothesis, pair) => {
    precisions.forEach((sum, i) => {
      const { matches, total } = modifiedPrecision(hypothesis, references[pair]!, i + 1);
      sum.matches += matches;
      sum.total += total;
    });
    hypothesisLength += hypothesis.length;
    referenceLength += closestLength(
      references[pair]!.map((reference) => reference.length),
      hypothesis.length,
    );
  });
  if (precisions[0]!.matches === 0) return 0;

  const isDefault = weights.length === 4 && weights.every((weight) => weight === 0.25);
  if (options.autoReweigh && isDefault && hypothesisLength < 4) {
    weights = new Array<number>(hypothesisLength).fill(1 / hypothesisLength);
  }
  const last = { hypothesis: hypotheses.at(-1)!, references: references.at(-1)! };
  const smoothed = smooth(where, precisions, { ...options, ...last, hypothesisLength });
  let logPrecision = 0;
  // What a smoothing method leaves at 0 is skipped, as in NLTK.
  weights.forEach((weight, i) => {
    if (smoothed[i]! > 0) logPrecision += weight * Math.log(smoothed[i]!);
  });
  const brevityPenalty =
    hypothesisLength > referenceLength ? 1 : Math.exp(1 - referenceLength / hypothesisLength);
  return brevityPenalty * Math.exp(logPrecision);
}

/** Matches of one order, each n-gram counted at most as often as in the reference that has it most often. */
function modifiedPrecision(
  hypothesis: readonly string[],
  references: readonly (readonly string[])[],
  n: number,
): Precision {
  const allowed = maxCounts(references.map((reference) => countNgrams(reference, n)));
  return {
    matches: countMatches(countNgrams(hypothesis, n), allowed),
    total: Math.max(1, hypothesis.length - n + 1),
  };
}

interface SmoothingContext extends BleuOptions {
  hypothesis: readonly string[];
  references: readonly (readonly string[])[];
  hypothesisLength: number;
}

/** Precisions as numbers, none of the first orders 0 unless the method leaves it so. */
function smooth(where: string, precisions: readonly Precision[], context: SmoothingContext): number[] {
  const { smoothing = 0, epsilon = 0.1, alpha = 5, k = 5, hypothesisLength } = context;
  const plain = precisions.map(({ matches, total }) => matches / total);
  switch (smoothing) {
    case 0:
      return plain.map((value) => (value === 0 ? SMALLEST_NORMAL : value));
    case 1:
      return precisions.map(({ matches, total }) => (matches === 0 ? epsilon : matches) / total);
    case 2:
      return precisions.map(({ matches, total }, i) =>
        i === 0 ? matches / total : (matches + 1) / (total + 1),
      );
    case 3:
      return halve(precisions, 1);
    case 4:
      return hypothesisLength > 1 ? halve(precisions, Math.log(hypothesisLength) / k) : plain;
    case 5:
      return averageNeighbours(plain, context);
    case 6:
      return interpolate(where, precisions, { hypothesis: context.hypothesis, alpha });
    case 7: {
      const halved = hypothesisLength > 1 ? halve(precisions, Math.log(hypothesisLength) / k) : plain;
      return averageNeighbours(halved, context);
    }
    default:
      throw new Error(`${where}: smoothing is ${String(smoothing)}; give a method from 0 to 7.`);
  }
}

/** Methods 3 and 4: the i-th order without a match gets `scale / 2^i` matches. */
function halve(precisions: readonly Precision[], scale: number): number[] {
  let zeros = 0;
  return precisions.map(({ matches, total }) => {
    if (matches > 0) return matches / total;
    zeros++;
    return scale / 2 ** zeros / total;
  });
}

/** Method 5. NLTK takes order 5 as the neighbour above the last, whichever order the last is. */
function averageNeighbours(values: readonly number[], context: SmoothingContext): number[] {
  const { matches, total } = modifiedPrecision(context.hypothesis, context.references, 5);
  const above = [...values.slice(1), matches / total];
  let below = values[0]! + 1;
  return values.map((value, i) => {
    below = (below + value + above[i]!) / 3;
    return below;
  });
}

/** Method 6: orders above 2 are drawn towards the ratio of the two orders below. */
function interpolate(
  where: string,
  precisions: readonly Precision[],
  { hypothesis, alpha }: { hypothesis: readonly string[]; alpha: number },
): number[] {
  if (precisions.length < 3 || precisions[2]!.matches === 0) {
    throw new Error(
      `${where}: smoothing method 6 needs a matching trigram and there is none; use another method.`,
    );
  }
  const values = precisions.map(({ matches, total }) => matches / total);
  for (let i = 2; i < values.length; i++) {
    const prior = values[i - 2] === 0 ? 0 : values[i - 1]! ** 2 / values[i - 2]!;
    const ngrams = Math.max(0, hypothesis.length - i);
    values[i] = (precisions[i]!.matches + alpha * prior) / (ngrams + alpha);
  }
  return values;
}
