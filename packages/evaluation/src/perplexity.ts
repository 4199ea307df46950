/**
 * How surprised a language model is by a text. Perplexity depends on what a token is, so it compares only models that
 * share a tokenizer; bits per byte and per character compare any two.
 */

import { characterCount } from './characters.ts';
import { checkNotEmpty, checkRange } from './check.ts';

/** Room for rounding where a log-probability is about 0. */
const ROUNDING = 1e-6;

/**
 * The mean negative log-probability, in nats per token.
 * @param logProbabilities the natural logarithm of the probability given to each of T tokens.
 * @throws when there are none, or one is NaN, positive, or -Infinity (a token with probability 0).
 */
export function crossEntropy(logProbabilities: readonly number[]): number {
  return negativeLogLikelihood('crossEntropy', logProbabilities) / logProbabilities.length;
}

/**
 * The exponential of the cross-entropy: the number of equally likely tokens that would surprise as much. At least 1.
 * @param logProbabilities the natural logarithm of the probability given to each of T tokens.
 * @throws when there are none, or one is NaN, positive, or -Infinity (a token with probability 0).
 */
export function perplexity(logProbabilities: readonly number[]): number {
  return Math.exp(negativeLogLikelihood('perplexity', logProbabilities) / logProbabilities.length);
}

/**
 * Perplexity from totals, where the unit counted isn't the model's own token (such as words for a subword model), or
 * where sums were kept over batches.
 * @param nats the total negative log-probability of the text, in nats.
 * @param tokenCount how many units the text has.
 * @throws when `nats` is negative or not finite, or `tokenCount` isn't positive.
 */
export function perplexityFromTotals(nats: number, tokenCount: number): number {
  checkRange('perplexityFromTotals', 'nats', nats, { minimum: 0 });
  checkRange('perplexityFromTotals', 'tokenCount', tokenCount, { minimum: Number.MIN_VALUE });
  return Math.exp(nats / tokenCount);
}

/**
 * The bits that an ideal coder using the model would need for each byte of the text.
 * @param logProbabilities the natural logarithm of the probability given to each token of the text.
 * @param text the whole text, whose UTF-8 bytes are counted, or their number.
 * @throws when a log-probability is NaN, positive or -Infinity, or when either is empty.
 */
export function bitsPerByte(logProbabilities: readonly number[], text: string | number): number {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text).length : text;
  return bitsPer('bitsPerByte', logProbabilities, bytes);
}

/**
 * The bits that an ideal coder using the model would need for each character of the text.
 * @param logProbabilities the natural logarithm of the probability given to each token of the text.
 * @param text the whole text, whose Unicode code points are counted, or their number.
 * @throws when a log-probability is NaN, positive or -Infinity, or when either is empty.
 */
export function bitsPerCharacter(logProbabilities: readonly number[], text: string | number): number {
  const characters = typeof text === 'string' ? characterCount(text) : text;
  return bitsPer('bitsPerCharacter', logProbabilities, characters);
}

function bitsPer(where: string, logProbabilities: readonly number[], units: number): number {
  const nats = negativeLogLikelihood(where, logProbabilities);
  if (units === 0)
    throw new Error(`${where}: text is empty; give the text that the log-probabilities are of.`);
  checkRange(where, 'the length of text', units, { minimum: 1 });
  return nats / Math.LN2 / units;
}

function negativeLogLikelihood(where: string, logProbabilities: readonly number[]): number {
  checkNotEmpty(where, 'logProbabilities', logProbabilities);
  let nats = 0;
  for (let i = 0; i < logProbabilities.length; i++) {
    const value = logProbabilities[i]!;
    if (value === -Infinity) {
      throw new Error(
        `${where}: logProbabilities[${i}] is -Infinity, so the model gave that token probability 0; smooth the model.`,
      );
    }
    checkRange(where, `logProbabilities[${i}]`, value, { maximum: ROUNDING });
    nats -= value;
  }
  return Math.max(0, nats);
}
