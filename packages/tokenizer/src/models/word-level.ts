import { type Model, type Unreachable, VocabularyModel } from './model.ts';

/** Every word is a token, or unknown. */
export class WordLevel extends VocabularyModel implements Model {
  readonly #unknown: number | undefined;
  readonly #unreachable: Unreachable;

  constructor(
    vocabulary: Iterable<readonly [token: string, id: number]>,
    unreachable: Unreachable,
    unknown = '<unk>',
  ) {
    super(vocabulary);
    this.#unreachable = unreachable;
    this.#unknown = this.vocabulary.idOf(unknown);
  }

  /** @throws {Error} for an unknown word, where the vocabulary has no token for it. */
  tokenize(word: string): number {
    const known = this.#unreachable.has(word) ? undefined : this.vocabulary.idOf(word);
    const id = known ?? this.#unknown;
    if (id === undefined) {
      throw new Error(
        `The word ${JSON.stringify(word)} isn't in the vocabulary, and there is no unknown token.`,
      );
    }
    return id;
  }
}
