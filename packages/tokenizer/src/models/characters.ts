import { type Merges, NONE, symbols } from './merges.ts';

const UNKNOWN = -1;
/** Units below are one byte. */
const ASCII_END = 0x80;
/** What a lone surrogate is in UTF-8. */
const REPLACEMENT = 0xfffd;
/** Which of the two characters at a boundary is torn. */
const LEFT = 1;
const RIGHT = 2;

/**
 * Characters that byte pair encoding joins to one token each before it joins anything else with them, so that words may
 * begin with those tokens in place of bytes. That is so for a character if
 * - its bytes alone become one token,
 * - no token consists of a part of it and of something beside it, where it stands,
 * - every merge that makes a token of it and others comes after the merges of its own bytes: then what is joined without
 *   it meanwhile is the same, whether it is joined already or not.
 */
export class WholeCharacters {
  readonly #merges: Merges;
  readonly #byteIds: Int32Array;
  /** For each UTF-16 unit the token, `NONE` where there is none that is safe, `UNKNOWN` before it was looked for. */
  readonly #ids = new Int32Array(1 << 16).fill(UNKNOWN);
  /** For each UTF-16 unit the earliest merge into a token that has it and more. */
  readonly #earliest = new Int32Array(1 << 16).fill(NONE);
  /** Whether some token has a part of a character beside another: by the last byte before the boundary and the first after it. */
  readonly #torn = new Uint8Array(1 << 16);

  /**
   * @param byteIds the token of each byte, or -1
   * @param tokens bytes by id; ids may have gaps
   */
  constructor(merges: Merges, byteIds: Int32Array, tokens: readonly (Uint8Array | undefined)[]) {
    this.#merges = merges;
    this.#byteIds = byteIds;
    merges.forEach((merge, joined) => {
      const token = tokens[joined];
      if (token) this.#note(token, merge);
    });
  }

  /**
   * Writes a word's characters into the shared symbols, as one symbol where that is safe, else as bytes.
   *
   * @returns how many symbols there are; a byte that has no token is -1
   */
  write(word: string): number {
    const { ids } = symbols;
    let count = 0;
    /** Of the character before: its last byte, and its unit if it is one symbol of several bytes. */
    let last = 0;
    let whole = 0;
    for (let i = 0; i < word.length; i++) {
      let point = word.charCodeAt(i);
      if (point >= 0xd800 && point < 0xe000) {
        point = word.codePointAt(i) as number;
        if (point >= 0x10000) i++;
        else point = REPLACEMENT;
      }
      const first = firstByte(point);
      const torn = this.#torn[(last << 8) | first] as number;
      if (torn !== 0 && count > 0) {
        if (torn & LEFT && whole > 0) count = this.#writeBytes(whole, count - 1);
        if (torn & RIGHT && point >= ASCII_END) {
          count = this.#writeBytes(point, count);
          [last, whole] = [0x80 | (point & 0x3f), 0];
          continue;
        }
      }
      if (point < ASCII_END) {
        ids[count++] = this.#byteIds[point] as number;
        [last, whole] = [point, 0];
        continue;
      }
      last = 0x80 | (point & 0x3f);
      whole = 0;
      let id = point < 0x10000 ? (this.#ids[point] as number) : NONE;
      if (id === UNKNOWN) id = this.#find(point, count);
      if (id === NONE) count = this.#writeBytes(point, count);
      else {
        ids[count++] = id;
        whole = point;
      }
    }
    return count;
  }

  /** Writes the bytes of a character that has several, from the symbol `count` on. */
  #writeBytes(point: number, count: number): number {
    const { ids } = symbols;
    const bytes = this.#byteIds;
    let at = count;
    const rest = (shift: number): void => {
      ids[at++] = bytes[0x80 | ((point >> shift) & 0x3f)] as number;
    };
    ids[at++] = bytes[firstByte(point)] as number;
    if (point >= 0x10000) rest(12);
    if (point >= 0x800) rest(6);
    rest(0);
    return at;
  }

  /** Notes what a token that a merge makes says about the characters in it. */
  #note(token: Uint8Array, merge: number): void {
    let at = 0;
    while (at < token.length && isContinuation(token[at] as number)) at++;
    if (at > 0 && at < token.length) this.#tear(token, at, LEFT);
    while (at < token.length) {
      const first = token[at] as number;
      const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      if (at + size > token.length) {
        if (at > 0) this.#tear(token, at, RIGHT);
        return;
      }
      if (size < token.length && (size === 2 || size === 3)) {
        const [second = 0, third = 0] = [token[at + 1], token[at + 2]];
        const unit =
          size === 2
            ? ((first & 0x1f) << 6) | (second & 0x3f)
            : ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
        if (merge < (this.#earliest[unit] as number)) this.#earliest[unit] = merge;
      }
      at += size;
    }
  }

  #tear(token: Uint8Array, at: number, side: number): void {
    const boundary = ((token[at - 1] as number) << 8) | (token[at] as number);
    this.#torn[boundary] = (this.#torn[boundary] as number) | side;
  }

  /** Looks for the token of a unit, with the shared symbols from `at` on to work with. */
  #find(unit: number, at: number): number {
    const joined = this.#join(at, this.#writeBytes(unit, at));
    const id = joined && joined.latest < (this.#earliest[unit] as number) ? joined.id : NONE;
    this.#ids[unit] = id;
    return id;
  }

  /** The one token that the symbols from `at` to `end` become, and the latest of the merges that make it. */
  #join(at: number, end: number): { id: number; latest: number } | undefined {
    const { ids } = symbols;
    for (let i = at; i < end; i++) if ((ids[i] as number) < 0) return undefined;
    let latest = 0;
    for (let left = end - 1; left > at; left--) {
      let merge = NONE;
      let best = at;
      for (let i = at; i < left; i++) {
        const found = this.#merges.find(ids[i] as number, ids[i + 1] as number);
        if (found < merge) [merge, best] = [found, i];
      }
      if (merge === NONE) return undefined;
      latest = Math.max(latest, merge);
      ids[best] = this.#merges.joined(merge);
      ids.copyWithin(best + 1, best + 2, left + 1);
    }
    return { id: ids[at] as number, latest };
  }
}

/** Of a code point's UTF-8. */
function firstByte(point: number): number {
  if (point < 0x80) return point;
  if (point < 0x800) return 0xc0 | (point >> 6);
  return point < 0x10000 ? 0xe0 | (point >> 12) : 0xf0 | (point >> 18);
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}
