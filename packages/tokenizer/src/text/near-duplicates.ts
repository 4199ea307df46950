import {
  estimateJaccard,
  jaccard,
  type MinHashOptions,
  minHash,
  type ShingleOptions,
  shingles,
} from './min-hash.ts';

export interface NearDuplicateOptions extends ShingleOptions, MinHashOptions {
  /** Texts whose shingles have at least this Jaccard similarity are near-duplicates; above 0, at most 1. Default 0.8. */
  threshold?: number;
  /** `exact`: candidates are compared by their shingles (default). `estimate`: by their signatures, which saves memory. */
  compare?: 'exact' | 'estimate';
}

/** A text that is much like one before it. */
export interface NearDuplicate {
  /** Its index. */
  readonly index: number;
  /** The index of the text that is kept for it. */
  readonly of: number;
  /** Their Jaccard similarity, from 0 to 1. */
  readonly similarity: number;
}

/**
 * Finds texts that are nearly equal to an earlier one, by MinHash with locality-sensitive hashing (Broder 1997; Leskovec,
 * Rajaraman and Ullman, Mining of Massive Datasets, chapter 3): signatures are cut into bands, and texts with an equal band
 * are compared. Each text is compared with those that are kept: the first of a group. A text without words is equal to
 * another without.
 *
 * Similar texts are missed only if no band agrees; at the threshold itself that is fewer than one pair in
 * 1,000.
 * @throws {RangeError} where the threshold isn't above 0 and at most 1.
 */
export function findNearDuplicates(
  texts: readonly string[],
  options: NearDuplicateOptions = {},
): NearDuplicate[] {
  const { threshold = 0.8, compare = 'exact', hashes = 128, seed = 1 } = options;
  if (!(threshold > 0 && threshold <= 1)) {
    throw new RangeError(
      `findNearDuplicates: threshold is ${threshold}; give a number above 0 and at most 1.`,
    );
  }
  const rows = bandRows(threshold, hashes);
  const buckets = new Map<string, number[]>();
  const kept = new Map<number, { set: ReadonlySet<string> | undefined; signature: Uint32Array }>();
  const found: NearDuplicate[] = [];
  for (const [index, text] of texts.entries()) {
    const set = shingles(text, options);
    const signature = minHash(set, { hashes, seed });
    const keys = bandKeys(signature, rows);
    const candidates = new Set(keys.flatMap((key) => buckets.get(key) ?? []));
    let best: NearDuplicate | undefined;
    for (const of of candidates) {
      const other = kept.get(of)!;
      const similarity = other.set ? jaccard(set, other.set) : estimateJaccard(signature, other.signature);
      if (similarity >= threshold && similarity > (best?.similarity ?? 0)) best = { index, of, similarity };
    }
    if (best) {
      found.push(best);
      continue;
    }
    kept.set(index, { set: compare === 'exact' ? set : undefined, signature });
    for (const key of keys) {
      const bucket = buckets.get(key);
      if (bucket) bucket.push(index);
      else buckets.set(key, [index]);
    }
  }
  return found;
}

/** The texts without those that `findNearDuplicates` finds: of each group the first. */
export function removeNearDuplicates(texts: readonly string[], options: NearDuplicateOptions = {}): string[] {
  const duplicates = new Set(findNearDuplicates(texts, options).map((duplicate) => duplicate.index));
  return texts.filter((_, index) => !duplicates.has(index));
}

/**
 * The most rows R of a band with which a pair at the threshold is a candidate with a probability of at least 0.999. A pair of
 * similarity s is one with probability 1 - (1 - s^R)^B, where B = floor(H / R) bands.
 */
export function bandRows(threshold: number, hashes: number): number {
  for (let rows = hashes; rows > 1; rows--) {
    if (1 - (1 - threshold ** rows) ** Math.floor(hashes / rows) >= 0.999) return rows;
  }
  return 1;
}

function bandKeys(signature: Uint32Array, rows: number): string[] {
  const keys: string[] = [];
  for (let start = 0; start + rows <= signature.length; start += rows) {
    keys.push(`${start} ${signature.subarray(start, start + rows).join(' ')}`);
  }
  return keys;
}
