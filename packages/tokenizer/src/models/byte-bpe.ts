import { fromByteLevel, utf8Size } from '../bytes.ts';
import { numbersOf } from '../numbers.ts';
import { WholeCharacters } from './characters.ts';
import { ImpliedMerges, ListedMerges, type Merges, mergeSymbols, symbols } from './merges.ts';
import {
  type Model,
  remembering,
  type Unreachable,
  type Vocabulary,
  VocabularyModel,
  type Word,
} from './model.ts';

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
export class ByteBpe extends VocabularyModel implements Model {
  readonly #merges: Merges;
  readonly #characters: WholeCharacters;
  readonly #byteIds = new Int32Array(256).fill(-1);
  /** Bytes of each token, by id. */
  readonly #lengths: Int32Array;
  /** Tokens that are text by themselves, where a word that is a token is that token. */
  readonly #texts = new Map<string, number>();
  readonly tokenize: Model['tokenize'];

  /** @throws {Error} where a byte has no token, or a merge is of tokens that aren't there. */
  constructor({ vocabulary, unreachable, merges, wholeWords = merges === undefined }: ByteBpeOptions) {
    super(vocabulary);
    const tokens: Uint8Array[] = [];
    for (const [token, id] of this.vocabulary.ids) {
      if (unreachable?.has(token)) continue;
      const bytes = fromByteLevel(token);
      // Special tokens are listed as they are, and may have other characters.
      if (bytes === undefined) continue;
      tokens[id] = bytes;
      if (bytes.length === 1) this.#byteIds[bytes[0] as number] = id;
      if (!wholeWords) continue;
      const text = Buffer.from(bytes).toString('utf8');
      // Half a character is no word.
      if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes)) this.#texts.set(text, id);
    }
    this.#lengths = Int32Array.from(tokens, (token) => token?.length ?? 0);
    this.#merges = merges
      ? new ListedMerges(
          merges.flatMap((pair) => {
            const joined = pair.join('');
            return unreachable?.has(joined) ? [] : [mergeOfIds(pair, joined, this.vocabulary)];
          }),
        )
      : new ImpliedMerges(tokens);
    this.#characters = new WholeCharacters(this.#merges, this.#byteIds, tokens);
    this.tokenize = remembering((word) => this.#tokenize(word));
  }

  #tokenize(word: string): Word | number {
    const whole = this.#texts.get(word);
    if (whole !== undefined) return whole;
    symbols.reserve(3 * word.length);
    const { ids, sizes } = symbols;
    const count = this.#characters.write(word);
    for (let i = 0; i < count; i++) {
      if ((ids[i] as number) < 0) return this.#tokenizeWithGaps(word);
      sizes[i] = 1;
    }
    const left = mergeSymbols(count, this.#merges);
    return new ByteWord(word, numbersOf(ids, 0, left), this.#lengths);
  }

  /** For vocabularies that lack some byte, which is left out as the reference does it: it counts for none. */
  #tokenizeWithGaps(word: string): Word {
    const places: [from: number, to: number][] = [];
    const { ids, sizes } = symbols;
    for (let i = 0; i < word.length; ) {
      const { units } = utf8Size(word, i);
      for (const byte of Buffer.from(word.slice(i, i + units), 'utf8')) {
        const id = this.#byteIds[byte] as number;
        if (id < 0) continue;
        ids[places.length] = id;
        places.push([i, i + units]);
      }
      i += units;
    }
    sizes.fill(1, 0, places.length);
    const left = mergeSymbols(places.length, this.#merges);
    let at = 0;
    const ranges = Array.from(sizes.subarray(0, left), (size) => {
      const [first, last] = [places[at], places[at + size - 1]] as [[number, number], [number, number]];
      at += size;
      return [first[0], last[1]] as const;
    });
    return {
      ids: numbersOf(ids, 0, left),
      starts: ranges.map(([from]) => from),
      ends: ranges.map(([, to]) => to),
    };
  }
}

/** A word whose tokens cover all of its bytes; where they begin and end is found when it is asked. */
class ByteWord implements Word {
  readonly ids: readonly number[];
  readonly #word: string;
  /** Of all tokens, by id. */
  readonly #lengths: Int32Array;
  #ranges: { starts: number[]; ends: number[] } | undefined;

  constructor(word: string, ids: readonly number[], lengths: Int32Array) {
    this.ids = ids;
    this.#word = word;
    this.#lengths = lengths;
  }

  get starts(): readonly number[] {
    return this.#found().starts;
  }

  get ends(): readonly number[] {
    return this.#found().ends;
  }

  #found(): { starts: number[]; ends: number[] } {
    this.#ranges ??= rangesOfBytes(
      this.#word,
      this.ids.map((id) => this.#lengths[id] as number),
    );
    return this.#ranges;
  }
}

/** In UTF-16 units. */
function rangesOfBytes(word: string, sizes: readonly number[]): { starts: number[]; ends: number[] } {
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
  return { starts, ends };
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
