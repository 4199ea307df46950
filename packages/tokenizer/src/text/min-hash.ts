import { normalizeUnicode } from './normalize-unicode.ts';
import { splitWords } from './words.ts';

export interface ShingleOptions {
  /** Runs of words (default), by `findWords`, or of code points. */
  unit?: 'word' | 'character';
  /** How many units a shingle has: default 3 words, or 5 characters. A shorter text is one shingle. */
  size?: number;
}

/**
 * The shingles of a text (Broder 1997): all runs of `size` units of its lower case, each once.
 * @throws {RangeError} where the size isn't a whole number of at least 1.
 */
export function shingles(
  text: string,
  { unit = 'word', size = unit === 'word' ? 3 : 5 }: ShingleOptions = {},
): Set<string> {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`shingles: size is ${size}; give a whole number of at least 1.`);
  }
  const lower = normalizeUnicode(text).toLowerCase();
  const units = unit === 'word' ? splitWords(lower) : [...lower.replace(/\s+/g, ' ').trim()];
  const found = new Set<string>();
  if (units.length === 0) return found;
  const joint = unit === 'word' ? ' ' : '';
  for (let i = 0; i + size <= units.length || i === 0; i++) found.add(units.slice(i, i + size).join(joint));
  return found;
}

/** The Jaccard similarity of two sets, from 0 to 1: the size of their intersection over that of their union. Two empty sets are equal: 1. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  if (large.size === 0) return 1;
  let shared = 0;
  for (const element of small) if (large.has(element)) shared++;
  return shared / (a.size + b.size - shared);
}

export interface MinHashOptions {
  /** The number of hash functions H; the estimate's standard error is sqrt(J (1 - J) / H). Default 128. */
  hashes?: number;
  /** Only signatures of the same seed can be compared. Default 1. */
  seed?: number;
}

/**
 * A MinHash signature of a set (Broder 1997): for each of H hash functions, the smallest hash of any element. Two sets agree
 * in each place with the probability of their Jaccard similarity.
 * @returns H unsigned 32-bit numbers; all 2^32 - 1 for the empty set.
 * @throws {RangeError} where the number of hash functions isn't a whole number of at least 1.
 */
export function minHash(
  set: ReadonlySet<string>,
  { hashes = 128, seed = 1 }: MinHashOptions = {},
): Uint32Array {
  if (!Number.isInteger(hashes) || hashes < 1) {
    throw new RangeError(`minHash: hashes is ${hashes}; give a whole number of at least 1.`);
  }
  const signature = new Uint32Array(hashes).fill(0xffffffff);
  for (const element of set) {
    const [low, high] = hashString(element, seed);
    for (let i = 0; i < hashes; i++) {
      const hash = mix(low + Math.imul(i, high));
      if (hash < signature[i]!) signature[i] = hash;
    }
  }
  return signature;
}

/**
 * The Jaccard similarity of the sets of two signatures, estimated: the share of places in which they agree.
 * @throws {RangeError} where the signatures differ in length.
 */
export function estimateJaccard(a: Uint32Array, b: Uint32Array): number {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(
      `estimateJaccard: the signatures have lengths ${a.length} and ${b.length}; give two that minHash made with the same options.`,
    );
  }
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) same++;
  return same / a.length;
}

/** Two 32-bit hashes of a string's UTF-16 units, the second odd. */
function hashString(text: string, seed: number): [number, number] {
  let low = seed | 0;
  let high = ~seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
    high ^= high >>> 15;
  }
  return [mix(low ^ text.length), mix(high) | 1];
}

/** The finalizer of MurmurHash3: every bit of the input changes every bit of the output. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
