/** Regular expressions of tokenizer files, which are written for Rust's and Oniguruma's engines, as JavaScript's. */

/** What `\w` is to Oniguruma: fractions and raised digits of Latin-1 are in it. */
const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u00b2\\u00b3\\u00b9\\u00bc-\\u00be';
/** What stands for itself in a pattern with the flag `u` only if it has no backslash. */
const NEEDS_BACKSLASH = /[\^$\\.*+?()[\]{}|/]/;
/** Letters that match others besides their own two cases where case is ignored. */
const FOLDED: Record<string, string> = { s: 'ſ', k: '\u212a' };

/**
 * @throws {SyntaxError} where the pattern has what can't be said in JavaScript.
 */
export function translatePattern(pattern: string): string {
  return new Translator(pattern).translate();
}

/** A global regular expression of a tokenizer file's pattern. */
export function compilePattern(pattern: string): RegExp {
  const translated = translatePattern(pattern);
  try {
    return new RegExp(translated, 'gu');
  } catch (error) {
    throw new SyntaxError(`The pattern ${pattern} can't be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A global regular expression that finds `text` as it is. */
export function literalPattern(text: string): RegExp {
  return new RegExp(text.replaceAll(/[\^$\\.*+?()[\]{}|/]/g, '\\$&'), 'gu');
}

class Translator {
  readonly #source: string;
  #at = 0;
  #out = '';
  /** Where in `#out` the thing begins that a quantifier would apply to. */
  #atom = 0;
  #atomics = 0;
  #ignoreCase = false;
  readonly #groups: { start: number; ignoreCase: boolean; close: string }[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  translate(): string {
    while (this.#at < this.#source.length) this.#next();
    return this.#out;
  }

  #peek(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #put(text: string): void {
    this.#atom = this.#out.length;
    this.#out += text;
  }

  #next(): void {
    const character = this.#source[this.#at] as string;
    if (character === '\\') {
      this.#put(this.#escape(false));
    } else if (character === '[') {
      this.#put(this.#class());
    } else if (character === '(') {
      this.#open();
    } else if (character === ')') {
      const group = this.#groups.pop();
      if (!group) throw new SyntaxError(`The pattern ${this.#source} closes a group that isn't open.`);
      this.#out += group.close;
      this.#atom = group.start;
      this.#ignoreCase = group.ignoreCase;
      this.#at++;
    } else if (/[*+?{]/.test(character) && this.#quantifier()) {
      return;
    } else {
      this.#at++;
      this.#put(
        this.#ignoreCase && /[a-z]/i.test(character)
          ? anyCase(character)
          : character === '/' || character === '}' || character === ']'
            ? `\\${character}`
            : character,
      );
    }
  }

  /** `(?i:`, `(?>`, `(?P<name>` as JavaScript has them. */
  #open(): void {
    const start = this.#out.length;
    const ignoreCase = this.#ignoreCase;
    let close = ')';
    if (this.#peek('(?i:')) {
      this.#ignoreCase = true;
      this.#out += '(?:';
      this.#at += 4;
    } else if (this.#peek('(?>')) {
      const name = `atomic${this.#atomics++}`;
      this.#out += `(?:(?=(?<${name}>`;
      close = `))\\k<${name}>)`;
      this.#at += 3;
    } else if (this.#peek('(?P<')) {
      this.#out += '(?<';
      this.#at += 4;
    } else {
      const opening = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(this.#source.slice(this.#at))?.[0] as string;
      if (opening === '(' && this.#source[this.#at + 1] === '?') {
        throw new SyntaxError(`The pattern ${this.#source} has a group that JavaScript doesn't have.`);
      }
      // Groups that are only for grouping cost nothing when they capture nothing.
      this.#out += opening === '(' ? '(?:' : opening;
      this.#at += opening.length;
    }
    this.#groups.push({ start, ignoreCase, close });
  }

  /** @returns whether there was one: `{` may stand for itself. */
  #quantifier(): boolean {
    const found = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(this.#source.slice(this.#at))?.[0];
    if (found === undefined) return false;
    this.#at += found.length;
    if (this.#peek('+') && !found.startsWith('{')) {
      this.#at++;
      // What is matched possessively is never given back: a look-ahead isn't gone back into either.
      const name = `atomic${this.#atomics++}`;
      const repeated = this.#out.slice(this.#atom) + found;
      this.#out = `${this.#out.slice(0, this.#atom)}(?:(?=(?<${name}>${repeated}))\\k<${name}>)`;
      return true;
    }
    this.#out += found;
    if (this.#peek('?')) {
      this.#out += '?';
      this.#at++;
    }
    return true;
  }

  #escape(inClass: boolean): string {
    const rest = this.#source.slice(this.#at);
    const property = /^\\[pP](?:\{\^?[^}]+\}|[A-Za-z])/.exec(rest)?.[0];
    if (property !== undefined) {
      this.#at += property.length;
      if (/^\\[pP][A-Za-z]$/.test(property)) return `${property.slice(0, 2)}{${property[2]}}`;
      return property.startsWith('\\p{^') ? `\\P{${property.slice(4)}` : property;
    }
    const hex = /^\\x\{([0-9A-Fa-f]+)\}/.exec(rest);
    if (hex) {
      this.#at += hex[0].length;
      return `\\u{${hex[1]}}`;
    }
    const kept = /^\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]+\}|[nrtfv0])/.exec(rest)?.[0];
    if (kept !== undefined) {
      this.#at += kept.length;
      return kept;
    }
    const letter = rest[1];
    if (letter === undefined) throw new SyntaxError(`The pattern ${this.#source} ends with a backslash.`);
    this.#at += 2;
    if (letter === 's') return '\\p{White_Space}';
    if (letter === 'S') return '\\P{White_Space}';
    if (letter === 'd') return '\\p{Nd}';
    if (letter === 'D') return '\\P{Nd}';
    if (letter === 'w') return inClass ? WORD : `[${WORD}]`;
    if (letter === 'W' && !inClass) return `[^${WORD}]`;
    if (letter === 'A' && !inClass) return '^';
    if ((letter === 'z' || letter === 'Z') && !inClass) return '$';
    if (letter === 'b' && !inClass) return `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`;
    if (/[A-Za-z0-9]/.test(letter)) {
      throw new SyntaxError(`The pattern ${this.#source} has \\${letter}, which isn't known.`);
    }
    return NEEDS_BACKSLASH.test(letter) || (inClass && letter === '-') ? `\\${letter}` : letter;
  }

  #class(): string {
    let out = '[';
    this.#at++;
    if (this.#peek('^')) {
      out += '^';
      this.#at++;
    }
    for (let first = true; ; first = false) {
      const character = this.#source[this.#at];
      if (character === undefined) throw new SyntaxError(`The pattern ${this.#source} has an open class.`);
      if (character === ']' && !first) break;
      if (character === '\\') {
        out += this.#escape(true);
        continue;
      }
      if (character === '[' || this.#peek('&&')) {
        throw new SyntaxError(`The pattern ${this.#source} has a class within a class.`);
      }
      this.#at++;
      if (this.#ignoreCase && /[a-z]/i.test(character)) out += anyCase(character).slice(1, -1);
      else out += /[\^/(){}|\]]/.test(character) ? `\\${character}` : character;
    }
    this.#at++;
    return `${out}]`;
  }
}

function anyCase(letter: string): string {
  const lower = letter.toLowerCase();
  return `[${lower}${lower.toUpperCase()}${FOLDED[lower] ?? ''}]`;
}
