import { type Model, type Unreachable, Vocabulary } from './model.ts';

/** Every word is a token, or unknown. */
export class WordLevel implements Model {
  readonly #vocabulary: Vocabulary;
  readonly #unknown: number | undefined;
  readonly #unreachable: Unreachable;

  constructor(
    vocabulary: Iterable<readonly [token: string, id: number]>,
    unreachable: Unreachable,
    unknown = '<unk>',
  ) {
    this.#unreachable = unreachable;
    this.#vocabulary = new Vocabulary(vocabulary);
    this.#unknown = this.#vocabulary.idOf(unknown);
  }

  get size(): number {
    return this.#vocabulary.size;
  }

  idOf(token: string): number | undefined {
    return this.#vocabulary.idOf(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#vocabulary.tokenOf(id);
  }

  /** @throws {Error} for an unknown word, where the vocabulary has no token for it. */
  tokenize(word: string): number {
    const known = this.#unreachable.has(word) ? undefined : this.#vocabulary.idOf(word);
    const id = known ?? this.#unknown;
    if (id === undefined) {
      throw new Error(
        `The word ${JSON.stringify(word)} isn't in the vocabulary, and there is no unknown token.`,
      );
    }
    return id;
  }
}
