/** What a text becomes: ids, and for each of them where it came from. */
import { htmlOfPieces, type Piece } from './display/pieces.ts';

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

/** What is the same for all tokens of a text, before a post-processor has added its own. */
export function ofOneText(length: number, sequence = 0): Pick<Tokens, 'typeIds' | 'special' | 'sequences'> {
  const [zeros, same] = [constant(0, length), constant(sequence, length)];
  return { typeIds: same, special: zeros, sequences: same };
}

/** Arrays of one value, by value and length. Most texts are short, and nothing writes into tokens. */
const constants: number[][][] = [[], []];
const LONGEST_SHARED = 1024;

function constant(value: number, length: number): number[] {
  const known = constants[value]?.[length];
  if (known) return known;
  const made = new Array<number>(length).fill(value);
  const shared = constants[value];
  if (shared && length <= LONGEST_SHARED) shared[length] = made;
  return made;
}

export function sliceTokens(tokens: Tokens, from: number, to: number): Tokens {
  return Object.fromEntries(
    FIELDS.map((field) => [field, tokens[field].slice(from, to)]),
  ) as unknown as Tokens;
}

export function joinTokens(parts: readonly Tokens[]): Tokens {
  if (parts.length === 1) return parts[0] as Tokens;
  const join = (field: keyof Tokens): number[] =>
    ([] as number[]).concat(...parts.map((part) => part[field]));
  return Object.fromEntries(FIELDS.map((field) => [field, join(field)])) as unknown as Tokens;
}

/** How positions in a text are counted: JavaScript's strings in UTF-16 units, Python's in code points. */
export type OffsetUnit = 'utf16' | 'codePoints';

export interface EncodingFields {
  tokens: Tokens;
  /** Ones where not given. */
  attentionMask?: Int32Array | undefined;
  texts: readonly string[];
  tokenOf: (id: number) => string | undefined;
  overflowing?: Encoding[];
}

/** A text, or two, as a model takes them. All arrays have one number for each token. */
export class Encoding {
  readonly ids: Int32Array;
  /** Further windows of a text that was truncated. */
  readonly overflowing: readonly Encoding[];
  readonly #fields: Tokens;
  readonly #texts: readonly string[];
  readonly #tokenOf: (id: number) => string | undefined;
  #attentionMask: Int32Array | undefined;
  readonly #arrays: { [field in keyof Tokens]?: Int32Array } = {};

  constructor({ tokens, attentionMask, texts, tokenOf, overflowing = [] }: EncodingFields) {
    this.ids = new Int32Array(tokens.ids);
    this.#attentionMask = attentionMask;
    this.overflowing = overflowing;
    this.#fields = tokens;
    this.#texts = texts;
    this.#tokenOf = tokenOf;
  }

  /** 0 for padding, 1 for all else. */
  get attentionMask(): Int32Array {
    this.#attentionMask ??= new Int32Array(this.length).fill(1);
    return this.#attentionMask;
  }

  /** 0 for the first text and 1 for the second, where the model tells them apart. */
  get typeIds(): Int32Array {
    return this.#array('typeIds');
  }

  /** 1 for tokens that aren't of the text: `[CLS]`, padding. */
  get specialTokensMask(): Int32Array {
    return this.#array('special');
  }

  /** Number of the word that a token is of, counted within its text; -1 where it is of none. */
  get wordIds(): Int32Array {
    return this.#array('words');
  }

  /** 0 or 1 for the text that a token is of; -1 where it is of none. */
  get sequenceIds(): Int32Array {
    return this.#array('sequences');
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
    const { starts, ends, sequences } = this.#fields;
    return starts.map((start, i) => {
      const end = ends[i] as number;
      const count = counters[sequences[i] as number];
      return count ? [count(start), count(end)] : [start, end];
    });
  }

  /** The part of its text that the token at `i` came from; empty for tokens that aren't of a text. */
  textOf(i: number): string {
    const text = this.#texts[this.sequenceIds[i] as number] ?? '';
    return text.slice(this.#fields.starts[i], this.#fields.ends[i]);
  }

  /** The number of the token that the character at `position`, in UTF-16 units, is in; undefined where it is in none. */
  tokenAt(position: number, sequence: 0 | 1 = 0): number | undefined {
    const { starts, ends, sequences } = this.#fields;
    const found = starts.findIndex(
      (start, i) => sequences[i] === sequence && start <= position && position < (ends[i] as number),
    );
    return found < 0 ? undefined : found;
  }

  /** The tokens of one of the texts as they are shown, with those that were added around them. */
  pieces(sequence: 0 | 1 = 0): Piece[] {
    const { ids, special, starts, ends, sequences } = this.#fields;
    const second = sequences.indexOf(1);
    const [from, to] = sequence === 1 ? [second, ids.length] : [0, second < 0 ? ids.length : second];
    if (from < 0) return [];
    return ids.slice(from, to).map((id, k): Piece => {
      const i = from + k;
      return {
        id,
        token: this.#tokenOf(id) ?? '',
        special: special[i] === 1,
        offset: [starts[i] as number, ends[i] as number],
      };
    });
  }

  /** The text with its tokens as coloured pieces, ids and offsets on hover. */
  [Symbol.for('Jupyter.display')](): Record<string, string> {
    const parts = this.#texts.map((text, i) => htmlOfPieces(text, this.pieces(i as 0 | 1)));
    const more = this.overflowing.length > 0 ? `, and ${this.overflowing.length} further windows` : '';
    return {
      'text/plain': this.toString(),
      'text/html': `${parts.join('')}<small>${this.length} tokens${more}</small>`,
    };
  }

  toString(): string {
    return `${this.length} tokens: ${this.tokens.join(' | ')}`;
  }

  #array(field: keyof Tokens): Int32Array {
    this.#arrays[field] ??= new Int32Array(this.#fields[field]);
    return this.#arrays[field];
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
