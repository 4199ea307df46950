/** A word as tokens. */
export interface Word {
  ids: readonly number[];
  /**
   * For each token, the range of the word that it covers, in UTF-16 units. A token of a part of a character's bytes
   * covers the whole character.
   */
  starts: readonly number[];
  ends: readonly number[];
}

/** What turns words into ids. */
export interface Model {
  readonly size: number;
  /** The tokens of a word; the id alone where the whole of it is one token. */
  tokenize(word: string): Word | number;
  idOf(token: string): number | undefined;
  /** Undefined where no token has the id. */
  tokenOf(id: number): string | undefined;
}

/** Tokens that no text is encoded to by the model itself: special tokens, which only those who are trusted may write. */
export type Unreachable = ReadonlySet<string>;

/** Words longer than this are not remembered. */
const LONGEST_REMEMBERED = 64;
const MOST_REMEMBERED = 1 << 16;

/** Remembers the tokens of words: texts have few different ones. */
export function remembering(tokenize: Model['tokenize']): Model['tokenize'] {
  const known = new Map<string, Word | number>();
  return (word) => {
    if (word.length > LONGEST_REMEMBERED) return tokenize(word);
    const earlier = known.get(word);
    if (earlier !== undefined) return earlier;
    const tokens = tokenize(word);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(word, tokens);
    return tokens;
  };
}

/** Ids by token and tokens by id. */
export class Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  readonly #tokens: (string | undefined)[] = [];

  constructor(entries: Iterable<readonly [token: string, id: number]>) {
    const ids = new Map<string, number>();
    for (const [token, id] of entries) {
      if (!Number.isInteger(id) || id < 0)
        throw new Error(`The vocabulary gives ${JSON.stringify(token)} the id ${id}.`);
      ids.set(token, id);
      this.#tokens[id] = token;
    }
    this.ids = ids;
  }

  get size(): number {
    return this.ids.size;
  }

  idOf(token: string): number | undefined {
    return this.ids.get(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#tokens[id];
  }
}

/** What models have in common whose tokens are in one vocabulary. */
export abstract class VocabularyModel implements Omit<Model, 'tokenize'> {
  protected readonly vocabulary: Vocabulary;

  constructor(entries: Iterable<readonly [token: string, id: number]>) {
    this.vocabulary = new Vocabulary(entries);
  }

  get size(): number {
    return this.vocabulary.size;
  }

  idOf(token: string): number | undefined {
    return this.vocabulary.idOf(token);
  }

  tokenOf(id: number): string | undefined {
    return this.vocabulary.tokenOf(id);
  }
}
