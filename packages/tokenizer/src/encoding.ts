/** What a text becomes: ids, and for each of them where it came from. */

/** One token after another, while they are put together. */
export interface Tokens {
  ids: number[];
  typeIds: number[];
  /** 1 for what the post-processor added. */
  special: number[];
  /** UTF-16 range in the text; an empty one at 0 for what was added. */
  starts: number[];
  ends: number[];
  /** Number of the word within its text; -1 for what was added. */
  words: number[];
  /** 0 for the text, 1 for its pair; -1 for what was added. */
  sequences: number[];
}

const FIELDS = ['ids', 'typeIds', 'special', 'starts', 'ends', 'words', 'sequences'] as const;

export function noTokens(): Tokens {
  return { ids: [], typeIds: [], special: [], starts: [], ends: [], words: [], sequences: [] };
}

export function sliceTokens(tokens: Tokens, from: number, to: number): Tokens {
  return Object.fromEntries(
    FIELDS.map((field) => [field, tokens[field].slice(from, to)]),
  ) as unknown as Tokens;
}

export function joinTokens(parts: readonly Tokens[]): Tokens {
  return Object.fromEntries(
    FIELDS.map((field) => [field, parts.flatMap((part) => part[field])]),
  ) as unknown as Tokens;
}

/** How positions in a text are counted: JavaScript's strings in UTF-16 units, Python's in code points. */
export type OffsetUnit = 'utf16' | 'codePoints';

export interface EncodingFields {
  tokens: Tokens;
  attentionMask: Int32Array;
  texts: readonly string[];
  tokenOf: (id: number) => string | undefined;
  overflowing?: Encoding[];
}

/** A text, or two, as a model takes them. All arrays have one number for each token. */
export class Encoding {
  readonly ids: Int32Array;
  /** 0 for the first text and 1 for the second, where the model tells them apart. */
  readonly typeIds: Int32Array;
  /** 0 for padding. */
  readonly attentionMask: Int32Array;
  /** 1 for tokens that aren't of the text: `[CLS]`, padding. */
  readonly specialTokensMask: Int32Array;
  /** Number of the word that a token is of, counted within its text; -1 where it is of none. */
  readonly wordIds: Int32Array;
  /** 0 or 1 for the text that a token is of; -1 where it is of none. */
  readonly sequenceIds: Int32Array;
  /** Further windows of a text that was truncated with `overflow`. */
  readonly overflowing: readonly Encoding[];
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #texts: readonly string[];
  readonly #tokenOf: (id: number) => string | undefined;

  constructor({ tokens, attentionMask, texts, tokenOf, overflowing = [] }: EncodingFields) {
    this.ids = Int32Array.from(tokens.ids);
    this.typeIds = Int32Array.from(tokens.typeIds);
    this.attentionMask = attentionMask;
    this.specialTokensMask = Int32Array.from(tokens.special);
    this.wordIds = Int32Array.from(tokens.words);
    this.sequenceIds = Int32Array.from(tokens.sequences);
    this.overflowing = overflowing;
    this.#starts = Int32Array.from(tokens.starts);
    this.#ends = Int32Array.from(tokens.ends);
    this.#texts = texts;
    this.#tokenOf = tokenOf;
  }

  get length(): number {
    return this.ids.length;
  }

  /** The tokens as the vocabulary writes them. */
  get tokens(): string[] {
    return Array.from(this.ids, (id) => this.#tokenOf(id) ?? '');
  }

  /**
   * For each token, the range of its text that it came from: so that `text.slice(...offset)` is what the token says. A
   * token that isn't of the text has [0, 0].
   */
  get offsets(): [start: number, end: number][] {
    return this.offsetsIn('utf16');
  }

  offsetsIn(unit: OffsetUnit): [start: number, end: number][] {
    const counters = this.#texts.map((text) => (unit === 'utf16' ? undefined : codePointCounter(text)));
    return Array.from(this.#starts, (start, i) => {
      const end = this.#ends[i] as number;
      const count = counters[this.sequenceIds[i] as number];
      return count ? [count(start), count(end)] : [start, end];
    });
  }

  /** The part of its text that the token at `i` came from; empty for tokens that aren't of a text. */
  textOf(i: number): string {
    const text = this.#texts[this.sequenceIds[i] as number] ?? '';
    return text.slice(this.#starts[i], this.#ends[i]);
  }

  /** The number of the token that the character at `position`, in UTF-16 units, is in; undefined where it is in none. */
  tokenAt(position: number, sequence: 0 | 1 = 0): number | undefined {
    const found = this.ids.findIndex(
      (_, i) =>
        this.sequenceIds[i] === sequence &&
        (this.#starts[i] as number) <= position &&
        position < (this.#ends[i] as number),
    );
    return found < 0 ? undefined : found;
  }
}

/** From positions in UTF-16 units to positions in code points. */
function codePointCounter(text: string): ((position: number) => number) | undefined {
  if (!/[\ud800-\udbff]/.test(text)) return undefined;
  const counts = new Int32Array(text.length + 1);
  let count = 0;
  let at = 0;
  for (const character of text) {
    counts[at] = count;
    if (character.length === 2) counts[at + 1] = count;
    at += character.length;
    count++;
  }
  counts[text.length] = count;
  return (position) => counts[position] as number;
}
