import { codePointLength } from '../aligned.ts';
import { byteToken } from '../bytes.ts';
import { type Model, remembering, type Unreachable, VocabularyModel, type Word } from './model.ts';

export interface UnigramOptions {
  /** Tokens with the natural logarithms of their probabilities; a token's id is its place. */
  vocabulary: readonly (readonly [token: string, logProbability: number])[];
  unreachable?: Unreachable;
  unknownId?: number;
  /** Characters that have no token are the tokens of their bytes. */
  byteFallback?: boolean;
}

/** How much less probable than the least probable token an unknown character is, as in SentencePiece. */
const UNKNOWN_PENALTY = 10;

/**
 * The most probable division of a word into tokens of a unigram language model (Kudo 2018,
 * https://arxiv.org/abs/1804.10959), by Viterbi's algorithm.
 */
export class Unigram extends VocabularyModel implements Model {
  readonly #scores: Float64Array;
  readonly #trie: Trie;
  readonly #unknown: number | undefined;
  readonly #unknownScore: number;
  readonly #byteIds: number[] | undefined;
  readonly tokenize: Model['tokenize'];

  /** @throws {Error} where the vocabulary is empty, or has no token of the unknown one's id. */
  constructor({ vocabulary, unreachable, unknownId, byteFallback = false }: UnigramOptions) {
    if (vocabulary.length === 0) throw new Error('The vocabulary is empty.');
    if (unknownId !== undefined && !(unknownId >= 0 && unknownId < vocabulary.length)) {
      throw new Error(
        `The unknown token's id ${unknownId} isn't one of the vocabulary's ${vocabulary.length}.`,
      );
    }
    super(vocabulary.map(([token], id) => [token, id]));
    this.#scores = Float64Array.from(vocabulary, ([, score]) => score);
    this.#unknown = unknownId;
    this.#unknownScore = this.#scores.reduce((a, b) => Math.min(a, b)) - UNKNOWN_PENALTY;
    this.#trie = new Trie([...this.vocabulary.ids].filter(([token]) => !unreachable?.has(token)));
    const bytes = Array.from({ length: 256 }, (_, byte) => this.vocabulary.idOf(byteToken(byte)) ?? -1);
    this.#byteIds = byteFallback ? bytes : undefined;
    this.tokenize = remembering((word) => this.#tokenize(word));
  }

  #tokenize(word: string): Word | number {
    const best = new Float64Array(word.length + 1);
    const from = new Int32Array(word.length + 1).fill(-1);
    const token = new Int32Array(word.length + 1);
    const reach = (end: number, start: number, id: number, score: number): void => {
      if (from[end] !== -1 && score <= (best[end] as number)) return;
      best[end] = score;
      from[end] = start;
      token[end] = id;
    };
    for (let start = 0; start < word.length; ) {
      const next = start + codePointLength(word, start);
      const score = best[start] as number;
      let single = false;
      this.#trie.walk(word, start, (end, id) => {
        reach(end, start, id, score + (this.#scores[id] as number));
        single ||= end === next;
      });
      if (!single) {
        if (this.#unknown === undefined) {
          throw new Error(
            `${JSON.stringify(word.slice(start, next))} has no token, and there is no unknown one.`,
          );
        }
        reach(next, start, -1, score + this.#unknownScore);
      }
      start = next;
    }
    const path: { id: number; start: number; end: number }[] = [];
    for (let end = word.length; end > 0; end = from[end] as number) {
      const id = token[end] as number;
      const known = path[0];
      const start = from[end] as number;
      // Neighbouring unknown characters are one token; the token of the unknown, should the text spell it, is another.
      if (known && id === -1 && known.id === -1) known.start = start;
      else path.unshift({ id, start, end });
    }
    const result = { ids: [] as number[], starts: [] as number[], ends: [] as number[] };
    for (const { id, start, end } of path) {
      for (const each of id === -1 ? this.#unknownIds(word.slice(start, end)) : [id]) {
        result.ids.push(each);
        result.starts.push(start);
        result.ends.push(end);
      }
    }
    return result;
  }

  #unknownIds(text: string): number[] {
    const bytes =
      this.#byteIds && Array.from(Buffer.from(text, 'utf8'), (byte) => this.#byteIds?.[byte] as number);
    return bytes && !bytes.includes(-1) ? bytes : [this.#unknown as number];
  }
}

/** Tokens by their beginnings, over UTF-16 units, in flat arrays. */
class Trie {
  #keys: Float64Array;
  #children: Int32Array;
  #mask: number;
  /** For each node the id of the token that ends there, or -1. */
  readonly #ids: number[] = [-1];

  constructor(tokens: readonly (readonly [token: string, id: number])[]) {
    let units = 0;
    for (const [token] of tokens) units += token.length;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * units)));
    this.#keys = new Float64Array(capacity).fill(-1);
    this.#children = new Int32Array(capacity);
    this.#mask = capacity - 1;
    for (const [token, id] of tokens) {
      let node = 0;
      for (let i = 0; i < token.length; i++) node = this.#childOrNew(node, token.charCodeAt(i));
      this.#ids[node] = id;
    }
  }

  #slot(node: number, unit: number): number {
    const key = node * 0x10000 + unit;
    let hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & this.#mask;
    while (this.#keys[slot] !== -1 && this.#keys[slot] !== key) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #childOrNew(node: number, unit: number): number {
    const slot = this.#slot(node, unit);
    if (this.#keys[slot] !== -1) return this.#children[slot] as number;
    this.#keys[slot] = node * 0x10000 + unit;
    this.#children[slot] = this.#ids.length;
    return this.#ids.push(-1) - 1;
  }

  /** Visits the tokens that `text` has at `from`, the shortest first. */
  walk(text: string, from: number, visit: (end: number, id: number) => void): void {
    let node = 0;
    for (let i = from; i < text.length; i++) {
      const slot = this.#slot(node, text.charCodeAt(i));
      if (this.#keys[slot] === -1) return;
      node = this.#children[slot] as number;
      const id = this.#ids[node] as number;
      if (id >= 0) visit(i + 1, id);
    }
  }
}
