/** Byte pair encoding's one operation: joining neighbours, best pair first. */

/** Which two tokens may be joined into which, and how early. */
export interface Merges {
  /** The number of a merge, the lower the earlier; `NONE` where the two aren't joined. */
  find(left: number, right: number): number;
  /** What a merge makes. */
  joined(merge: number): number;
  /** Every merge, with what it makes. */
  forEach(visit: (merge: number, joined: number) => void): void;
}

/** No merge: later than any. */
export const NONE = 0x7fffffff;

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
    return this.#table.get(left, right) ?? NONE;
  }

  joined(merge: number): number {
    return this.#joined[merge] as number;
  }

  forEach(visit: (merge: number, joined: number) => void): void {
    this.#joined.forEach((joined, merge) => {
      visit(merge, joined);
    });
  }
}

/** Of polynomial hashes: odd, and its powers spread over all bits. */
const BASE = 0x01000193;

/** Bytes of tokens, found without making strings of them. What is read together lies together. */
export class ByteTokens {
  readonly #pool: Uint8Array;
  /** For each id where in the pool its bytes begin, how many they are, and their hash. */
  readonly #entries: Int32Array;
  /** `BASE` to the power of a length. */
  readonly #powers: Int32Array;
  /** Ids with their hashes, where these say. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** @param tokens bytes by id; ids may have gaps */
  constructor(tokens: readonly (Uint8Array | undefined)[]) {
    let [bytes, count, longest] = [0, 0, 0];
    tokens.forEach((token) => {
      bytes += token?.length ?? 0;
      count += token ? 1 : 0;
      longest = Math.max(longest, token?.length ?? 0);
    });
    this.#pool = new Uint8Array(bytes);
    this.#entries = new Int32Array(4 * tokens.length);
    this.#powers = new Int32Array(longest + 1).fill(1);
    for (let i = 1; i <= longest; i++) this.#powers[i] = Math.imul(this.#powers[i - 1] as number, BASE);
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * count)));
    this.#mask = capacity - 1;
    this.#slots = new Int32Array(2 * capacity).fill(EMPTY);
    let at = 0;
    tokens.forEach((token, id) => {
      if (!token) return;
      this.#pool.set(token, at);
      let hash = 0;
      for (const byte of token) hash = (Math.imul(hash, BASE) + byte + 1) | 0;
      this.#entries.set([at, token.length, hash], 4 * id);
      at += token.length;
      let slot = this.#slotOf(hash);
      while (this.#slots[2 * slot] !== EMPTY) slot = (slot + 1) & this.#mask;
      this.#slots[2 * slot] = id;
      this.#slots[2 * slot + 1] = hash;
    });
  }

  forEach(visit: (id: number) => void): void {
    for (let id = 0; 4 * id < this.#entries.length; id++) if (this.#entries[4 * id + 1] !== 0) visit(id);
  }

  #slotOf(hash: number): number {
    return (hash ^ (hash >>> 15)) & this.#mask;
  }

  /** The token whose bytes are those of `left` and then of `right`; `NONE` where there is none. */
  join(left: number, right: number): number {
    const entries = this.#entries;
    const leftLength = entries[4 * left + 1] as number;
    const rightLength = entries[4 * right + 1] as number;
    const length = leftLength + rightLength;
    if (length >= this.#powers.length) return NONE;
    const shifted = Math.imul(entries[4 * left + 2] as number, this.#powers[rightLength] as number);
    const hash = (shifted + (entries[4 * right + 2] as number)) | 0;
    const slots = this.#slots;
    for (let slot = this.#slotOf(hash); ; slot = (slot + 1) & this.#mask) {
      const id = slots[2 * slot] as number;
      if (id === EMPTY) return NONE;
      if (
        slots[2 * slot + 1] === hash &&
        entries[4 * id + 1] === length &&
        this.#same(id, 0, left, leftLength) &&
        this.#same(id, leftLength, right, rightLength)
      ) {
        return id;
      }
    }
  }

  #same(id: number, offset: number, other: number, length: number): boolean {
    const a = (this.#entries[4 * id] as number) + offset;
    const b = this.#entries[4 * other] as number;
    for (let i = 0; i < length; i++) if (this.#pool[a + i] !== this.#pool[b + i]) return false;
    return true;
  }
}

/** Pairs whose merge is kept at hand; a power of two. Few pairs make most of any text. */
const KEPT_PAIRS = 1 << 14;

/** Any two tokens whose bytes together are a token are joined into that, lowest id first: as tiktoken does it. */
export class ImpliedMerges implements Merges {
  readonly #tokens: ByteTokens;
  /** Left, right and merge of pairs that were looked for, where their hash says. */
  readonly #kept = new Int32Array(4 * KEPT_PAIRS).fill(EMPTY);

  /** @param tokens bytes by id */
  constructor(tokens: readonly (Uint8Array | undefined)[]) {
    this.#tokens = new ByteTokens(tokens);
  }

  find(left: number, right: number): number {
    const kept = this.#kept;
    const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    const slot = 4 * ((hash ^ (hash >>> 15)) & (KEPT_PAIRS - 1));
    if (kept[slot] === left && kept[slot + 1] === right) return kept[slot + 2] as number;
    const merge = this.#tokens.join(left, right);
    kept[slot] = left;
    kept[slot + 1] = right;
    kept[slot + 2] = merge;
    return merge;
  }

  joined(merge: number): number {
    return merge;
  }

  forEach(visit: (merge: number, joined: number) => void): void {
    this.#tokens.forEach((id) => {
      visit(id, id);
    });
  }
}

/** Longer words are joined with a heap, shorter ones by looking through all pairs. */
const SHORT = 160;

/**
 * The symbols of the word that is being joined, and how much of it each covers, in any unit. There is one such place: words
 * are joined one after the other, without making anything new for each.
 */
export const symbols = {
  ids: new Int32Array(256),
  sizes: new Int32Array(256),
  /** Merges of each symbol with the next one. */
  found: new Int32Array(256),

  /** Room for so many. */
  reserve(count: number): void {
    if (count <= symbols.ids.length) return;
    const room = 2 ** Math.ceil(Math.log2(count));
    symbols.ids = new Int32Array(room);
    symbols.sizes = new Int32Array(room);
    symbols.found = new Int32Array(room);
  },
};

/**
 * Joins the first `count` of `symbols` until no two neighbours can be joined: the pair of lowest rank first, of equal ones
 * the leftmost (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909).
 *
 * @returns how many are left, at the beginning of `symbols`
 */
export function mergeSymbols(count: number, merges: Merges): number {
  if (count < 2) return count;
  return count <= SHORT ? mergeShort(count, merges) : mergeLong(count, merges);
}

function mergeShort(length: number, merges: Merges): number {
  const { ids, sizes, found } = symbols;
  let count = length;
  for (let i = 0; i + 1 < count; i++) found[i] = merges.find(ids[i] as number, ids[i + 1] as number);
  for (;;) {
    let best = 0;
    let lowest = NONE;
    for (let i = 0; i + 1 < count; i++) {
      const merge = found[i] as number;
      if (merge < lowest) {
        lowest = merge;
        best = i;
      }
    }
    if (lowest === NONE) return count;
    ids[best] = merges.joined(lowest);
    sizes[best] = (sizes[best] as number) + (sizes[best + 1] as number);
    count--;
    for (let i = best + 1; i < count; i++) {
      ids[i] = ids[i + 1] as number;
      sizes[i] = sizes[i + 1] as number;
      found[i] = found[i + 1] as number;
    }
    if (best > 0) found[best - 1] = merges.find(ids[best - 1] as number, ids[best] as number);
    if (best + 1 < count) found[best] = merges.find(ids[best] as number, ids[best + 1] as number);
  }
}

/** More symbols than a string can have, and so few that ranks of 21 bits times as many are still exact. */
const POSITIONS = 2 ** 32;

function mergeLong(count: number, merges: Merges): number {
  const { ids, sizes } = symbols;
  const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
  const queue = new MinimumHeap();
  const consider = (i: number): void => {
    const j = next[i] as number;
    if (j < 0) return;
    const merge = merges.find(ids[i] as number, ids[j] as number);
    if (merge !== NONE) queue.push(merge * POSITIONS + i);
  };
  for (let i = 0; i + 1 < count; i++) consider(i);
  for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
    const i = top % POSITIONS;
    const j = next[i] as number;
    if ((sizes[i] as number) === 0 || j < 0) continue;
    const merge = merges.find(ids[i] as number, ids[j] as number);
    // What was queued may have been joined otherwise since.
    if (merge === NONE || merge !== Math.floor(top / POSITIONS)) continue;
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
  return kept;
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
