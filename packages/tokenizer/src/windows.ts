/** Cutting encodings to a length, and filling them up to one. */
import { sliceTokens, type Tokens } from './encoding.ts';

export interface Truncation {
  /** The most tokens, those that the post-processor adds included. */
  maxLength: number;
  /** Which of two texts is cut: the longer one, token by token, where not given. */
  strategy?: 'longestFirst' | 'onlyFirst' | 'onlySecond';
  /** How many tokens of a window are in the next one too: 0 where not given. */
  stride?: number;
  /** The side that is cut: `'right'` where not given. */
  side?: 'left' | 'right';
}

export interface Padding {
  /** Tokens, or as many as the longest of the batch has. */
  length: number | 'longest';
  /** Up to the next multiple of this. */
  multipleOf?: number;
  /** The side that is filled: `'right'` where not given. */
  side?: 'left' | 'right';
  id: number;
  /** 0 where not given. */
  typeId?: number;
}

/** A text's tokens within a limit, and the further windows over what was cut. */
export interface Windows {
  tokens: Tokens;
  more: Tokens[];
}

/**
 * @throws {RangeError} where the stride isn't below the length.
 */
export function windowsOf(
  tokens: Tokens,
  length: number,
  { stride = 0, side = 'right' }: Truncation,
): Windows {
  const count = tokens.ids.length;
  if (length >= count) return { tokens, more: [] };
  if (length === 0) return { tokens: sliceTokens(tokens, 0, 0), more: [tokens] };
  if (!(stride >= 0 && stride < length)) {
    throw new RangeError(
      `A stride of ${stride} doesn't fit into windows of ${length} tokens: it must be below.`,
    );
  }
  const windows: Tokens[] = [];
  for (let moved = 0; ; moved += length - stride) {
    const from = side === 'right' ? moved : Math.max(0, count - moved - length);
    const to = side === 'right' ? Math.min(count, moved + length) : count - moved;
    windows.push(sliceTokens(tokens, from, to));
    if (side === 'right' ? to === count : from === 0) break;
  }
  const [first, ...more] = windows as [Tokens, ...Tokens[]];
  return { tokens: first, more };
}

/**
 * How many tokens of each text stay.
 *
 * @param limit the most tokens of both texts together
 * @throws {RangeError} where the strategy's text is too short for what has to be cut.
 */
export function keptLengths(
  lengths: readonly number[],
  limit: number,
  strategy: Truncation['strategy'],
): number[] {
  const [first = 0, second] = lengths;
  const excess = first + (second ?? 0) - limit;
  if (excess <= 0) return [...lengths];
  if (strategy === 'onlySecond' && second === undefined) {
    throw new RangeError("Truncating 'onlySecond' needs a pair of texts.");
  }
  if (strategy === 'onlyFirst' || strategy === 'onlySecond') {
    const cut = strategy === 'onlyFirst' ? 0 : 1;
    const left = (lengths[cut] as number) - excess;
    if (left <= 0) {
      throw new RangeError(
        `${excess} tokens have to be cut, and the ${cut === 0 ? 'first' : 'second'} text has ${lengths[cut]}: use 'longestFirst'.`,
      );
    }
    return lengths.map((length, i) => (i === cut ? left : length));
  }
  if (second === undefined) return [Math.max(0, limit)];
  const shorter = Math.min(first, second);
  let [short, long] = [shorter, shorter > limit ? shorter : Math.max(shorter, limit - shorter)];
  if (short + long > limit) [short, long] = [Math.floor(limit / 2), Math.floor(limit / 2) + (limit % 2)];
  return first <= second ? [short, long] : [long, short];
}

/** How long encodings of these lengths become. */
export function paddedLength(lengths: readonly number[], { length, multipleOf }: Padding): number {
  const wanted = length === 'longest' ? lengths.reduce((a, b) => Math.max(a, b), 0) : length;
  return multipleOf && wanted % multipleOf > 0 ? wanted + multipleOf - (wanted % multipleOf) : wanted;
}
