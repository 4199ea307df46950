import { byteToken } from '../bytes.ts';
import { numbersOf } from '../numbers.ts';
import { mergeOfIds } from './byte-bpe.ts';
import { ListedMerges, mergeSymbols, symbols as shared } from './merges.ts';
import { type Model, remembering, type Unreachable, VocabularyModel, type Word } from './model.ts';

export interface BpeOptions {
  vocabulary: Iterable<readonly [token: string, id: number]>;
  merges: readonly (readonly [left: string, right: string])[];
  unreachable?: Unreachable;
  /** Stands for characters that have no token. Without it they are left out. */
  unknown?: string;
  /** Neighbouring unknown characters are one token. */
  fuseUnknown?: boolean;
  /** Characters that have no token are the tokens of their bytes: `<0xE2>`. */
  byteFallback?: boolean;
  /** Before every symbol of a word but the first: `##`. */
  continuingPrefix?: string;
  /** After the last symbol of a word: `</w>`. */
  wordSuffix?: string;
  /** A word that is a token is that token, whatever the merges say. */
  wholeWords?: boolean;
}

/** Byte pair encoding over characters (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909). */
export class Bpe extends VocabularyModel implements Model {
  readonly #merges: ListedMerges;
  readonly #options: Omit<BpeOptions, 'vocabulary' | 'merges' | 'unknown'>;
  readonly #unknown: number | undefined;
  /** For each byte its token, or -1. */
  readonly #byteIds: Int32Array;
  readonly tokenize: Model['tokenize'];

  /** @throws {Error} where a merge or `unknown` names a token that isn't there. */
  constructor({ vocabulary, merges, unknown, ...options }: BpeOptions) {
    super(vocabulary);
    this.#options = options;
    const prefix = options.continuingPrefix ?? '';
    this.#merges = new ListedMerges(
      merges.flatMap((pair) => {
        const joined = pair[0] + pair[1].slice(prefix.length);
        return options.unreachable?.has(joined) ? [] : [mergeOfIds(pair, joined, this.vocabulary)];
      }),
    );
    this.#unknown = unknown === undefined ? undefined : this.vocabulary.idOf(unknown);
    this.#byteIds = Int32Array.from(
      { length: 256 },
      (_, byte) => this.vocabulary.idOf(byteToken(byte)) ?? -1,
    );
    this.tokenize = remembering((word) => this.#tokenize(word));
  }

  #tokenize(word: string): Word | number {
    const { continuingPrefix = '', wordSuffix = '', wholeWords = false } = this.#options;
    if (wholeWords) {
      const id = this.#options.unreachable?.has(word) ? undefined : this.vocabulary.idOf(word);
      if (id !== undefined) return id;
    }
    const symbols = new Symbols();
    let at = 0;
    for (const character of word) {
      const end = at + character.length;
      const symbol = `${at > 0 ? continuingPrefix : ''}${character}${end === word.length ? wordSuffix : ''}`;
      const id = this.vocabulary.idOf(symbol);
      if (id !== undefined) symbols.add(id, at, end);
      else if (!this.#addBytes(symbols, symbol, at, end)) this.#addUnknown(symbols, at, end);
      at = end;
    }
    return symbols.merged(this.#merges);
  }

  #addBytes(symbols: Symbols, symbol: string, from: number, to: number): boolean {
    if (!this.#options.byteFallback) return false;
    const ids = Array.from(Buffer.from(symbol, 'utf8'), (byte) => this.#byteIds[byte] as number);
    if (ids.includes(-1)) return false;
    for (const id of ids) symbols.add(id, from, to);
    return true;
  }

  #addUnknown(symbols: Symbols, from: number, to: number): void {
    if (this.#unknown === undefined) return;
    if (this.#options.fuseUnknown && symbols.extendUnknown(to)) return;
    symbols.add(this.#unknown, from, to);
    symbols.lastIsUnknown = true;
  }
}

/** The symbols of a word with their ranges in it. */
class Symbols {
  readonly #ids: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  lastIsUnknown = false;

  add(id: number, from: number, to: number): void {
    this.#ids.push(id);
    this.#starts.push(from);
    this.#ends.push(to);
    this.lastIsUnknown = false;
  }

  extendUnknown(to: number): boolean {
    if (!this.lastIsUnknown) return false;
    this.#ends[this.#ends.length - 1] = to;
    return true;
  }

  merged(merges: ListedMerges): Word {
    const count = this.#ids.length;
    shared.reserve(count);
    shared.ids.set(this.#ids);
    shared.sizes.fill(1, 0, count);
    const left = mergeSymbols(count, merges);
    const starts: number[] = [];
    const ends: number[] = [];
    let at = 0;
    for (let i = 0; i < left; i++) {
      starts.push(this.#starts[at] as number);
      at += shared.sizes[i] as number;
      ends.push(this.#ends[at - 1] as number);
    }
    return { ids: numbersOf(shared.ids, 0, left), starts, ends };
  }
}
