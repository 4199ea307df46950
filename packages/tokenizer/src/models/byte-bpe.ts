import { binaryKey, fromByteLevel, utf8Size } from '../bytes.ts';
import { ImpliedMerges, ListedMerges, type Merges, mergeSymbols } from './merges.ts';
import { type Model, remembering, type Unreachable, Vocabulary, type Word, wholeWord } from './model.ts';

const ASCII = /^[\0-\x7f]*$/;

export interface ByteBpeOptions {
  /** Tokens and ids, the tokens in byte-level characters (`Ġthe`). */
  vocabulary: Iterable<readonly [token: string, id: number]>;
  unreachable?: Unreachable;
  /** Pairs of tokens; without them any two tokens that make a third are joined, lowest id first. */
  merges?: readonly (readonly [left: string, right: string])[];
  /** A word that is a token is that token, whatever the merges say. */
  wholeWords?: boolean;
}

/** Byte pair encoding over the bytes of UTF-8 (Radford et al. 2019). Every text can be encoded. */
export class ByteBpe implements Model {
  readonly #vocabulary: Vocabulary;
  readonly #merges: Merges;
  readonly #byteIds = new Int32Array(256).fill(-1);
  readonly #bytes = new Map<string, number>();
  /** Tokens that are text by themselves, where a word that is a token is that token. */
  readonly #texts = new Map<string, number>();
  readonly tokenize: (word: string) => Word;

  /** @throws {Error} where a byte has no token, or a merge is of tokens that aren't there. */
  constructor({ vocabulary, unreachable, merges, wholeWords = merges === undefined }: ByteBpeOptions) {
    this.#vocabulary = new Vocabulary(vocabulary);
    const binary: string[] = [];
    for (const [token, id] of this.#vocabulary.ids) {
      if (unreachable?.has(token)) continue;
      const bytes = fromByteLevel(token);
      // Special tokens are listed as they are, and may have other characters.
      if (bytes === undefined) continue;
      const key = binaryKey(bytes);
      this.#bytes.set(key, id);
      binary[id] = key;
      if (wholeWords) {
        const text = ASCII.test(key) ? key : Buffer.from(bytes).toString('utf8');
        // Half a character is no word.
        if (binaryKey(Buffer.from(text, 'utf8')) === key) this.#texts.set(text, id);
      }
      if (bytes.length === 1) this.#byteIds[bytes[0] as number] = id;
    }
    this.#merges = merges
      ? new ListedMerges(
          merges.flatMap((pair) => {
            const joined = pair.join('');
            return unreachable?.has(joined) ? [] : [mergeOfIds(pair, joined, this.#vocabulary)];
          }),
        )
      : new ImpliedMerges(this.#bytes, (id) => binary[id] as string);
    this.tokenize = remembering((word) => this.#tokenize(word));
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

  #tokenize(word: string): Word {
    const whole = this.#texts.get(word);
    if (whole !== undefined) return wholeWord(whole, word);
    const bytes = Buffer.from(word, 'utf8');
    const ids: number[] = [];
    for (const byte of bytes) {
      const id = this.#byteIds[byte] as number;
      // As the reference does with a vocabulary that lacks a byte: it is left out.
      if (id >= 0) ids.push(id);
    }
    if (ids.length < bytes.length) return this.#tokenizeWithGaps(word);
    const sizes = new Array<number>(ids.length).fill(1);
    mergeSymbols(ids, sizes, this.#merges);
    return wordOfBytes(word, ids, sizes);
  }

  /** For vocabularies that lack some byte: what has no token counts for the one before. */
  #tokenizeWithGaps(word: string): Word {
    const ids: number[] = [];
    const places: [from: number, to: number][] = [];
    for (let i = 0; i < word.length; ) {
      const { units } = utf8Size(word, i);
      for (const byte of Buffer.from(word.slice(i, i + units), 'utf8')) {
        const id = this.#byteIds[byte] as number;
        if (id < 0) continue;
        ids.push(id);
        places.push([i, i + units]);
      }
      i += units;
    }
    const sizes = new Array<number>(ids.length).fill(1);
    mergeSymbols(ids, sizes, this.#merges);
    let at = 0;
    const ranges = sizes.map((size) => {
      const [first, last] = [places[at], places[at + size - 1]] as [[number, number], [number, number]];
      at += size;
      return [first[0], last[1]] as const;
    });
    return { ids, starts: ranges.map(([from]) => from), ends: ranges.map(([, to]) => to) };
  }
}

/** Ranges in UTF-16 units of tokens that cover so many bytes each. */
function wordOfBytes(word: string, ids: number[], sizes: readonly number[]): Word {
  const starts: number[] = [];
  const ends: number[] = [];
  /** The character at `unit` begins at the byte `at`. */
  let [unit, at, byte] = [0, 0, 0];
  for (const size of sizes) {
    starts.push(unit);
    byte += size;
    let end = unit;
    while (at < byte) {
      const character = utf8Size(word, unit);
      end = unit + character.units;
      if (at + character.bytes > byte) break;
      at += character.bytes;
      unit = end;
    }
    ends.push(end);
  }
  return { ids, starts, ends };
}

/** @throws {Error} where one of the tokens isn't in the vocabulary. */
export function mergeOfIds(
  [left, right]: readonly [string, string],
  joined: string,
  vocabulary: Vocabulary,
): readonly [number, number, number] {
  return [left, right, joined].map((token) => {
    const id = vocabulary.idOf(token);
    if (id === undefined) {
      throw new Error(
        `The merge of ${JSON.stringify(left)} and ${JSON.stringify(right)} needs the token ${JSON.stringify(token)}, which the vocabulary doesn't have.`,
      );
    }
    return id;
  }) as [number, number, number];
}
