import { type Model, remembering, type Unreachable, VocabularyModel, type Word } from './model.ts';

export interface WordPieceOptions {
  vocabulary: Iterable<readonly [token: string, id: number]>;
  unreachable?: Unreachable;
  /** `[UNK]` where not given. */
  unknown?: string;
  /** Marks a token that continues a word: `##` where not given. */
  continuingPrefix?: string;
  /** Longer words, in code points, are unknown: 100 where not given. */
  longestWord?: number;
}

/** WordPiece: from the left, the longest token that fits (Schuster and Nakajima 2012; BERT's `WordpieceTokenizer`). */
export class WordPiece extends VocabularyModel implements Model {
  readonly #beginnings = new Map<string, number>();
  readonly #continuations = new Map<string, number>();
  /** Of the longest token, in UTF-16 units. */
  readonly #longestToken: number;
  readonly #longestWord: number;
  readonly #unknown: number;
  readonly tokenize: Model['tokenize'];

  /** @throws {Error} where the unknown token isn't in the vocabulary. */
  constructor({
    vocabulary,
    unreachable,
    unknown = '[UNK]',
    continuingPrefix = '##',
    longestWord = 100,
  }: WordPieceOptions) {
    super(vocabulary);
    const id = this.vocabulary.idOf(unknown);
    if (id === undefined) throw new Error(`The vocabulary lacks the unknown token ${unknown}.`);
    this.#unknown = id;
    this.#longestWord = longestWord;
    let longest = 0;
    for (const [token, id] of this.vocabulary.ids) {
      if (unreachable?.has(token)) continue;
      this.#beginnings.set(token, id);
      if (token.startsWith(continuingPrefix))
        this.#continuations.set(token.slice(continuingPrefix.length), id);
      longest = Math.max(longest, token.length);
    }
    this.#longestToken = longest;
    this.tokenize = remembering((word) => this.#tokenize(word));
  }

  #tokenize(word: string): Word | number {
    if (word.length > this.#longestWord && Array.from(word).length > this.#longestWord) {
      return this.#unknown;
    }
    const ids: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    let from = 0;
    while (from < word.length) {
      const tokens = from === 0 ? this.#beginnings : this.#continuations;
      let to = Math.min(word.length, from + this.#longestToken);
      let id: number | undefined;
      for (; to > from; to--) {
        id = tokens.get(word.slice(from, to));
        if (id !== undefined) break;
      }
      if (id === undefined) return this.#unknown;
      ids.push(id);
      starts.push(from);
      ends.push(to);
      from = to;
    }
    return { ids, starts, ends };
  }
}
