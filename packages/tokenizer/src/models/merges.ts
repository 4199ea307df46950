/** Byte pair encoding's one operation: joining neighbours, best pair first. */

/** Which two tokens may be joined into which, and how early: the lower the rank, the earlier. */
export interface Merges {
  /** The number of a merge, for `rank` and `joined`; -1 where the two aren't joined. */
  find(left: number, right: number): number;
  rank(merge: number): number;
  joined(merge: number): number;
}

const EMPTY = -1;

/** A hash table from pairs of ids to numbers, in flat arrays. */
class PairTable {
  #lefts: Int32Array;
  #rights: Int32Array;
  #values: Int32Array;
  #mask: number;
  #size = 0;

  constructor(expected: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * expected)));
    this.#lefts = new Int32Array(capacity).fill(EMPTY);
    this.#rights = new Int32Array(capacity);
    this.#values = new Int32Array(capacity);
    this.#mask = capacity - 1;
  }

  #slot(left: number, right: number): number {
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & this.#mask;
    for (;;) {
      const found = this.#lefts[slot];
      if (found === EMPTY || (found === left && this.#rights[slot] === right)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Undefined where nothing was set. */
  get(left: number, right: number): number | undefined {
    const slot = this.#slot(left, right);
    return this.#lefts[slot] === EMPTY ? undefined : this.#values[slot];
  }

  set(left: number, right: number, value: number): void {
    if (2 * this.#size > this.#mask) this.#grow();
    const slot = this.#slot(left, right);
    if (this.#lefts[slot] === EMPTY) this.#size++;
    this.#lefts[slot] = left;
    this.#rights[slot] = right;
    this.#values[slot] = value;
  }

  #grow(): void {
    const [lefts, rights, values] = [this.#lefts, this.#rights, this.#values];
    const larger = new PairTable(2 * lefts.length);
    lefts.forEach((left, i) => {
      if (left !== EMPTY) larger.set(left, rights[i] as number, values[i] as number);
    });
    this.#lefts = larger.#lefts;
    this.#rights = larger.#rights;
    this.#values = larger.#values;
    this.#mask = larger.#mask;
  }
}

/** Merges as a list, each pair with what it is joined into: the earlier in the list, the lower the rank. */
export class ListedMerges implements Merges {
  readonly #table: PairTable;
  readonly #joined: Int32Array;

  constructor(list: readonly (readonly [left: number, right: number, joined: number])[]) {
    this.#table = new PairTable(list.length);
    this.#joined = new Int32Array(list.length);
    list.forEach(([left, right, joined], rank) => {
      this.#table.set(left, right, rank);
      this.#joined[rank] = joined;
    });
  }

  find(left: number, right: number): number {
    return this.#table.get(left, right) ?? -1;
  }

  rank(merge: number): number {
    return merge;
  }

  joined(merge: number): number {
    return this.#joined[merge] as number;
  }
}

/** Any two tokens whose bytes together are a token are joined into that, lowest id first: as tiktoken does it. */
export class ImpliedMerges implements Merges {
  readonly #found = new PairTable(1 << 14);
  readonly #bytesOf: (id: number) => string;
  readonly #ids: ReadonlyMap<string, number>;

  constructor(ids: ReadonlyMap<string, number>, bytesOf: (id: number) => string) {
    this.#ids = ids;
    this.#bytesOf = bytesOf;
  }

  find(left: number, right: number): number {
    const known = this.#found.get(left, right);
    if (known !== undefined) return known;
    const joined = this.#ids.get(this.#bytesOf(left) + this.#bytesOf(right)) ?? -1;
    this.#found.set(left, right, joined);
    return joined;
  }

  rank(merge: number): number {
    return merge;
  }

  joined(merge: number): number {
    return merge;
  }
}

/** Longer words are joined with a heap, shorter ones by looking through all pairs. */
const SHORT = 48;

/**
 * Joins the symbols of a word until no two neighbours can be joined: the pair of lowest rank first, of equal ones the
 * leftmost (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909).
 *
 * @param ids the word's symbols; shortened in place
 * @param sizes how much of the word each symbol covers, in any unit; shortened in place alike
 */
export function mergeSymbols(ids: number[], sizes: number[], merges: Merges): void {
  if (ids.length < 2) return;
  if (ids.length <= SHORT) mergeShort(ids, sizes, merges);
  else mergeLong(ids, sizes, merges);
}

function mergeShort(ids: number[], sizes: number[], merges: Merges): void {
  const found: number[] = [];
  for (let i = 0; i + 1 < ids.length; i++) found.push(merges.find(ids[i] as number, ids[i + 1] as number));
  for (;;) {
    let best = -1;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let i = 0; i < found.length; i++) {
      const merge = found[i] as number;
      if (merge < 0) continue;
      const rank = merges.rank(merge);
      if (rank < bestRank) [best, bestRank] = [i, rank];
    }
    if (best < 0) return;
    ids[best] = merges.joined(found[best] as number);
    sizes[best] = (sizes[best] as number) + (sizes[best + 1] as number);
    ids.splice(best + 1, 1);
    sizes.splice(best + 1, 1);
    found.splice(best, 1);
    if (best > 0) found[best - 1] = merges.find(ids[best - 1] as number, ids[best] as number);
    if (best < found.length) found[best] = merges.find(ids[best] as number, ids[best + 1] as number);
  }
}

const POSITIONS = 2 ** 31;

function mergeLong(ids: number[], sizes: number[], merges: Merges): void {
  const count = ids.length;
  const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
  const queue = new MinimumHeap();
  const consider = (i: number): void => {
    const j = next[i] as number;
    if (j < 0) return;
    const merge = merges.find(ids[i] as number, ids[j] as number);
    if (merge >= 0) queue.push(merges.rank(merge) * POSITIONS + i);
  };
  for (let i = 0; i + 1 < count; i++) consider(i);
  for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
    const i = top % POSITIONS;
    const j = next[i] as number;
    if ((sizes[i] as number) === 0 || j < 0) continue;
    const merge = merges.find(ids[i] as number, ids[j] as number);
    // What was queued may have been joined otherwise since.
    if (merge < 0 || merges.rank(merge) !== Math.floor(top / POSITIONS)) continue;
    ids[i] = merges.joined(merge);
    sizes[i] = (sizes[i] as number) + (sizes[j] as number);
    sizes[j] = 0;
    const after = next[j] as number;
    next[i] = after;
    next[j] = -1;
    if (after >= 0) previous[after] = i;
    if ((previous[i] as number) >= 0) consider(previous[i] as number);
    consider(i);
  }
  let kept = 0;
  for (let i = 0; i < count; i++) {
    if (sizes[i] === 0) continue;
    ids[kept] = ids[i] as number;
    sizes[kept++] = sizes[i] as number;
  }
  ids.length = kept;
  sizes.length = kept;
}

class MinimumHeap {
  readonly #items: number[] = [];

  push(item: number): void {
    const items = this.#items;
    let i = items.length;
    items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((items[parent] as number) <= item) break;
      items[i] = items[parent] as number;
      i = parent;
    }
    items[i] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child++;
      if ((items[child] as number) >= last) break;
      items[i] = items[child] as number;
      i = child;
    }
    items[i] = last;
    return top;
  }
}
