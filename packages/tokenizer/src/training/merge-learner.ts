import type { WordCounts } from './corpus.ts';
import { checkFits } from './options.ts';
import type { Pace } from './pace.ts';

export interface MergeTask {
  words: WordCounts;
  vocabSize: number;
  /** Pairs that occur less often are not joined. */
  minFrequency: number;
  specialTokens: readonly string[];
  /** Characters to have, whether they occur or not. */
  initialAlphabet: readonly string[];
  /** How many different characters to keep, the most frequent ones; words lose the others. */
  limitAlphabet?: number | undefined;
  /** Before every symbol of a word but the first. */
  continuingPrefix?: string | undefined;
  /** After the last symbol of a word. */
  wordSuffix?: string | undefined;
  /** Of new tokens, in characters. */
  maxTokenLength?: number | undefined;
  /** In which order symbols with prefix or suffix get their ids: by code points where not given. */
  orderSymbols?: (symbols: readonly string[]) => readonly string[];
}

export interface LearnedMerges {
  /** By id: special tokens, characters, characters with prefix or suffix, joined pairs. */
  tokens: string[];
  /** Pairs of tokens, in the order in which a model joins them. */
  merges: [left: string, right: string][];
}

/**
 * Byte pair encoding's training (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909): joins the most frequent pair
 * of neighbouring symbols, of equally frequent ones that of the lowest ids, until the vocabulary is full. Gives the
 * tokens and merges of Hugging Face's `tokenizers`, also where that counts oddly:
 * - A pair that comes up anew, from another division of the same token, is joined in its new words first.
 * - With `maxTokenLength`, a pair that would become too long is never counted when it appears, but is when it
 *   disappears; counts below zero come before all others.
 *
 * @throws {RangeError} where special tokens and characters don't fit into the vocabulary.
 */
export async function learnMerges(task: MergeTask, pace: Pace): Promise<LearnedMerges> {
  const tokens: string[] = [];
  const ids = new Map<string, number>();
  const idOf = (token: string): number => {
    const known = ids.get(token);
    if (known !== undefined) return known;
    ids.set(token, tokens.length);
    return tokens.push(token) - 1;
  };
  for (const token of task.specialTokens) idOf(token);
  for (const character of alphabetOf(task)) idOf(character);
  const words = Words.from(task, idOf, (symbol) => ids.has(symbol));
  checkFits(task.vocabSize, task.specialTokens.length, tokens.length - task.specialTokens.length);

  const limit = task.maxTokenLength ?? Number.POSITIVE_INFINITY;
  const pairs = new Pairs();
  const queue = new CandidateQueue();
  words.countPairs(pairs);
  pairs.flush(queue);
  const ranks = new Map<number, true>();
  const before = tokens.length;
  const progress = () =>
    ({ stage: 'learning', done: tokens.length - before, total: task.vocabSize - before }) as const;
  while (tokens.length < task.vocabSize) {
    if (pace.due) await pace.rest(progress());
    const top = queue.pop();
    if (!top) break;
    const priority = priorityOf(pairs.counts[top.pair] as number);
    if (top.priority !== priority) {
      // Its count has changed since.
      top.priority = priority;
      queue.push(top);
      continue;
    }
    if (priority < 1 || priority < task.minFrequency) break;
    const { left, right } = top;
    const token = idOf(joined(tokens[left] as string, tokens[right] as string, task.continuingPrefix));
    // A pair that is joined again has the later rank.
    ranks.delete(top.pair);
    ranks.set(top.pair, true);
    for (const word of top.words) words.join(word, left, right, token, limit, pairs);
    pairs.flush(queue);
  }
  const { done } = progress();
  pace.report({ stage: 'learning', done, total: done });
  return {
    tokens,
    merges: Array.from(ranks.keys(), (pair) => [
      tokens[pairs.lefts[pair] as number] as string,
      tokens[pairs.rights[pair] as number] as string,
    ]),
  };
}

function joined(left: string, right: string, prefix: string | undefined): string {
  return left + (prefix && right.startsWith(prefix) ? right.slice(prefix.length) : right);
}

/** Characters in the order of their code points. */
function alphabetOf({ words, initialAlphabet, limitAlphabet }: MergeTask): string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words) {
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  for (const character of initialAlphabet) counts.set(character, Number.POSITIVE_INFINITY);
  const characters = Array.from(counts.keys()).sort(byCodePoint);
  if (limitAlphabet === undefined || characters.length <= limitAlphabet) return characters;
  return characters
    .sort((a, b) => (counts.get(b) as number) - (counts.get(a) as number))
    .slice(0, limitAlphabet)
    .sort(byCodePoint);
}

/** Texts by code points, as UTF-8 sorts them. */
export function byCodePoint(a: string, b: string): number {
  const [first, second] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < first.length && i < second.length; i++) {
    const difference = (first[i]?.codePointAt(0) as number) - (second[i]?.codePointAt(0) as number);
    if (difference !== 0) return difference;
  }
  return first.length - second.length;
}

/** The different words as symbols, in flat arrays. */
class Words {
  /** For each word the place of its first symbol. */
  readonly #starts: Int32Array;
  /** For each word its number of symbols. */
  readonly #lengths: Int32Array;
  readonly #counts: Float64Array;
  readonly #symbols: Int32Array;
  /** For each symbol its number of characters. */
  readonly #sizes: Int32Array;

  private constructor(starts: Int32Array, lengths: Int32Array, counts: Float64Array, symbols: Int32Array) {
    this.#starts = starts;
    this.#lengths = lengths;
    this.#counts = counts;
    this.#symbols = symbols;
    this.#sizes = new Int32Array(symbols.length).fill(1);
  }

  static from(task: MergeTask, idOf: (symbol: string) => number, has: (symbol: string) => boolean): Words {
    const { continuingPrefix = '', wordSuffix = '', orderSymbols } = task;
    /** By where in a word it is, the symbol of each character; none for those that words lose. */
    const symbols = Array.from({ length: 4 }, () => new Map<string, string | undefined>());
    const symbolOf = (character: string, isFirst: boolean, isLast: boolean): string | undefined => {
      const known = symbols[(isFirst ? 0 : 1) + (isLast ? 2 : 0)] as Map<string, string | undefined>;
      if (!known.has(character)) {
        const symbol = `${isFirst ? '' : continuingPrefix}${character}${isLast ? wordSuffix : ''}`;
        known.set(character, has(character) ? symbol : undefined);
      }
      return known.get(character);
    };
    const eachSymbol = (visit: (symbol: string, word: number) => void): void => {
      let number = 0;
      for (const word of task.words.keys()) {
        let at = 0;
        for (const character of word) {
          const end = at + character.length;
          const symbol = symbolOf(character, at === 0, end === word.length);
          if (symbol !== undefined) visit(symbol, number);
          at = end;
        }
        number++;
      }
    };
    const marked = new Set<string>();
    let total = 0;
    eachSymbol((symbol) => {
      total++;
      if (!has(symbol)) marked.add(symbol);
    });
    const all = Array.from(marked);
    for (const symbol of orderSymbols?.(all) ?? all.sort(byCodePoint)) idOf(symbol);
    const flat = new Int32Array(total);
    const lengths = new Int32Array(task.words.size);
    let filled = 0;
    eachSymbol((symbol, word) => {
      flat[filled++] = idOf(symbol);
      lengths[word] = (lengths[word] as number) + 1;
    });
    const starts = new Int32Array(lengths.length);
    for (let word = 1; word < starts.length; word++) {
      starts[word] = (starts[word - 1] as number) + (lengths[word - 1] as number);
    }
    return new Words(starts, lengths, Float64Array.from(task.words.values()), flat);
  }

  countPairs(pairs: Pairs): void {
    const symbols = this.#symbols;
    for (let word = 0; word < this.#starts.length; word++) {
      const start = this.#starts[word] as number;
      const end = start + (this.#lengths[word] as number);
      const count = this.#counts[word] as number;
      for (let i = start; i + 1 < end; i++) {
        pairs.add(symbols[i] as number, symbols[i + 1] as number, count, word);
      }
    }
  }

  /** Joins `left` and `right` in a word, and says to `pairs` which came and went. */
  join(word: number, left: number, right: number, token: number, limit: number, pairs: Pairs): void {
    const symbols = this.#symbols;
    const sizes = this.#sizes;
    const count = this.#counts[word] as number;
    const start = this.#starts[word] as number;
    const end = start + (this.#lengths[word] as number);
    let write = start;
    for (let read = start; read < end; write++) {
      const symbol = symbols[read] as number;
      if (symbol !== left || read + 1 === end || symbols[read + 1] !== right) {
        symbols[write] = symbol;
        sizes[write] = sizes[read] as number;
        read++;
        continue;
      }
      const size = (sizes[read] as number) + (sizes[read + 1] as number);
      if (write > start) {
        const previous = symbols[write - 1] as number;
        pairs.remove(previous, left, count);
        if ((sizes[write - 1] as number) + size < limit) pairs.add(previous, token, count, word);
      }
      read += 2;
      if (read < end) {
        const next = symbols[read] as number;
        pairs.remove(right, next, count);
        if ((sizes[read] as number) + size < limit) pairs.add(token, next, count, word);
      }
      symbols[write] = token;
      sizes[write] = size;
    }
    this.#lengths[word] = write - start;
  }
}

/** A pair to join, in some of the words that it is in. */
interface Candidate {
  pair: number;
  left: number;
  right: number;
  priority: number;
  words: readonly number[];
}

/** Counts of pairs by their number. The reference's counts below zero become the largest unsigned ones. */
function priorityOf(count: number): number {
  return count < 0 ? 2 ** 52 + count : count;
}

const LARGEST_ID = 2 ** 26;

/** Pairs of neighbouring symbols, numbered, with their counts. */
class Pairs {
  readonly lefts: number[] = [];
  readonly rights: number[] = [];
  readonly counts: number[] = [];
  /** For each pair the words in which it came up since the last `flush`. */
  readonly #words: (number[] | undefined)[] = [];
  readonly #changed: number[] = [];
  #keys = new Float64Array(1 << 16).fill(-1);
  #numbers = new Int32Array(1 << 16);

  add(left: number, right: number, count: number, word: number): void {
    const pair = this.#numberOf(left, right);
    this.counts[pair] = (this.counts[pair] as number) + count;
    const words = this.#words[pair];
    if (!words) {
      this.#words[pair] = [word];
      this.#changed.push(pair);
    } else if (words[words.length - 1] !== word) words.push(word);
  }

  remove(left: number, right: number, count: number): void {
    const pair = this.#numberOf(left, right);
    this.counts[pair] = (this.counts[pair] as number) - count;
  }

  /** Makes candidates of the pairs that came up. */
  flush(queue: CandidateQueue): void {
    for (const pair of this.#changed) {
      const count = this.counts[pair] as number;
      const words = this.#words[pair] as number[];
      this.#words[pair] = undefined;
      if (count > 0) {
        const [left, right] = [this.lefts[pair] as number, this.rights[pair] as number];
        queue.push({ pair, left, right, priority: count, words });
      }
    }
    this.#changed.length = 0;
  }

  #numberOf(left: number, right: number): number {
    const key = left * LARGEST_ID + right;
    const slot = this.#slotOf(left, right, key);
    if (this.#keys[slot] === key) return this.#numbers[slot] as number;
    const pair = this.counts.push(0) - 1;
    this.lefts.push(left);
    this.rights.push(right);
    this.#words.push(undefined);
    this.#keys[slot] = key;
    this.#numbers[slot] = pair;
    if (2 * this.counts.length > this.#keys.length) this.#grow();
    return pair;
  }

  #slotOf(left: number, right: number, key: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & mask;
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const size = 2 * this.#keys.length;
    this.#keys = new Float64Array(size).fill(-1);
    this.#numbers = new Int32Array(size);
    for (let pair = 0; pair < this.counts.length; pair++) {
      const [left, right] = [this.lefts[pair] as number, this.rights[pair] as number];
      const key = left * LARGEST_ID + right;
      const slot = this.#slotOf(left, right, key);
      this.#keys[slot] = key;
      this.#numbers[slot] = pair;
    }
  }
}

/** The most frequent candidate first, of equal ones that of the lowest ids. */
class CandidateQueue {
  readonly #items: Candidate[] = [];

  push(item: Candidate): void {
    const items = this.#items;
    let i = items.length;
    items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(item, items[parent] as Candidate)) break;
      items[i] = items[parent] as Candidate;
      i = parent;
    }
    items[i] = item;
  }

  pop(): Candidate | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1] as Candidate, items[child] as Candidate)) {
        child++;
      }
      if (!isBefore(items[child] as Candidate, last)) break;
      items[i] = items[child] as Candidate;
      i = child;
    }
    items[i] = last;
    return top;
  }
}

function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}
