/** Text that was changed, and for each part of it where in the original it came from. */

/**
 * A piece of text after normalization. Positions in the original are in UTF-16 units. Where nothing was changed there
 * are no tables: position i is `base + i`.
 */
export class AlignedText {
  readonly text: string;
  /** Where the piece begins in the original; positions without a table count from here. */
  readonly base: number;
  /** For each unit of `text`, the range of the original code points that it came from. */
  readonly #starts: Int32Array | undefined;
  readonly #ends: Int32Array | undefined;

  constructor(text: string, base = 0, starts?: Int32Array, ends?: Int32Array) {
    this.text = text;
    this.base = base;
    this.#starts = starts;
    this.#ends = ends;
  }

  /** Where the original of the unit at `i` begins. */
  start(i: number): number {
    return this.#starts ? (this.#starts[i] as number) : this.base + i;
  }

  /** Where the original of the unit before `i` ends. */
  end(i: number): number {
    return this.#ends ? (this.#ends[i - 1] as number) : this.base + i;
  }

  slice(from: number, to: number): AlignedText {
    if (from === 0 && to === this.text.length) return this;
    const text = this.text.slice(from, to);
    return new AlignedText(
      text,
      this.#starts ? (this.#starts[from] ?? this.base) : this.base + from,
      this.#starts?.subarray(from, to),
      this.#ends?.subarray(from, to),
    );
  }

  /** The same alignment with a text of the same length. */
  withText(text: string): AlignedText {
    return new AlignedText(text, this.base, this.#starts, this.#ends);
  }

  /** The text with something before it, which counts as part of the first character. */
  prepend(prefix: string): AlignedText {
    if (this.text === '') return this;
    const edit = new Edit(this);
    const first = codePointLength(this.text, 0);
    edit.put(prefix, 0, first);
    edit.copy(0, this.text.length);
    return edit.finish();
  }

  /** Every match of `pattern` replaced; the new text stands for the match's last character. */
  replace(pattern: RegExp, content: string): AlignedText {
    if (this.text.search(pattern) < 0) return this;
    pattern.lastIndex = 0;
    const edit = new Edit(this);
    let done = 0;
    for (const match of this.text.matchAll(pattern)) {
      if (match[0] === '') continue;
      const end = match.index + match[0].length;
      edit.copy(done, match.index);
      edit.put(content, end - lastCodePointLength(this.text, end), end);
      done = end;
    }
    edit.copy(done, this.text.length);
    return edit.finish();
  }

  /** Only the characters that `pattern`, a global one, doesn't match. */
  without(pattern: RegExp): AlignedText {
    return this.replace(pattern, '');
  }

  /** `change` applied to every code point; undefined leaves it as it is. */
  mapCodePoints(change: (character: string) => string | undefined): AlignedText {
    const edit = new Edit(this);
    let at = 0;
    let changed = false;
    for (const character of this.text) {
      const replaced = change(character);
      if (replaced === undefined) edit.copy(at, at + character.length);
      else edit.put(replaced, at, at + character.length);
      changed ||= replaced !== undefined;
      at += character.length;
    }
    return changed ? edit.finish() : this;
  }
}

/** Builds an aligned text from parts of another. */
export class Edit {
  readonly #source: AlignedText;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #text = '';

  constructor(source: AlignedText) {
    this.#source = source;
  }

  copy(from: number, to: number): void {
    const { text } = this.#source;
    for (let i = from; i < to; ) {
      const next = i + codePointLength(text, i);
      this.put(text.slice(i, next), i, next);
      i = next;
    }
  }

  /** `text` in place of the units from `from` to `to`. */
  put(text: string, from: number, to: number): void {
    const [start, end] = [this.#source.start(from), this.#source.end(to)];
    this.#text += text;
    for (let i = 0; i < text.length; i++) {
      this.#starts.push(start);
      this.#ends.push(end);
    }
  }

  finish(): AlignedText {
    const { base } = this.#source;
    return new AlignedText(this.#text, base, Int32Array.from(this.#starts), Int32Array.from(this.#ends));
  }
}

export function codePointLength(text: string, i: number): 1 | 2 {
  const unit = text.charCodeAt(i);
  if (unit < 0xd800 || unit >= 0xdc00) return 1;
  const next = text.charCodeAt(i + 1);
  return next >= 0xdc00 && next < 0xe000 ? 2 : 1;
}

/** Units of the code point that ends at `end`. */
export function lastCodePointLength(text: string, end: number): 1 | 2 {
  return end >= 2 && codePointLength(text, end - 2) === 2 ? 2 : 1;
}

/** The range of each code point in UTF-16 units. */
export function codePointRanges(text: string): [from: number, to: number][] {
  let at = 0;
  return Array.from(text, (character): [number, number] => {
    const from = at;
    at += character.length;
    return [from, at];
  });
}
