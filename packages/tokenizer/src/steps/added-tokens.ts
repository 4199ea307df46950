/** Tokens that are looked for in the text itself, before anything else is done to it. */
import { AlignedText } from '../aligned.ts';
import type { AddedTokenConfig } from '../load/config.ts';
import type { Normalizer } from './normalizers.ts';

export interface AddedToken {
  id: number;
  content: string;
  /** Not within a word. */
  singleWord: boolean;
  /** With the white space before it, or after it. */
  stripLeft: boolean;
  stripRight: boolean;
  /** Looked for in the normalized text, in its own normalized form. */
  normalized: boolean;
  /** Has a meaning for the model, as `[SEP]`: left out when decoding, and not looked for in text that isn't trusted. */
  special: boolean;
}

export function addedTokenOf(config: AddedTokenConfig): AddedToken {
  const special = config.special ?? false;
  return {
    id: config.id,
    content: config.content,
    singleWord: config.single_word ?? false,
    stripLeft: config.lstrip ?? false,
    stripRight: config.rstrip ?? false,
    normalized: config.normalized ?? !special,
    special,
  };
}

/** A part of a text that is to be tokenized, or is a token already. */
export interface Part {
  piece: AlignedText;
  id?: number;
}

const WORD_BEFORE = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]$/u;
const WORD_AFTER = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]/u;
const SPACE_BEFORE = /\p{White_Space}+$/u;
const SPACE_AFTER = /^\p{White_Space}+/u;

export class AddedTokens {
  readonly tokens: readonly AddedToken[];
  readonly #normalizer: Normalizer | undefined;
  readonly #plain: Finder;
  readonly #normalized: Finder;
  readonly #plainUnspecial: Finder;
  readonly #normalizedUnspecial: Finder;

  constructor(tokens: readonly AddedToken[], normalizer: Normalizer | undefined) {
    this.tokens = tokens;
    this.#normalizer = normalizer;
    const finder = (normalized: boolean, special: boolean): Finder =>
      new Finder(
        tokens
          .filter((token) => token.normalized === normalized && (special || !token.special))
          .map((token) => ({
            token,
            content:
              normalized && normalizer ? normalizer(new AlignedText(token.content)).text : token.content,
          })),
      );
    this.#plain = finder(false, true);
    this.#normalized = finder(true, true);
    this.#plainUnspecial = finder(false, false);
    this.#normalizedUnspecial = finder(true, false);
  }

  /** Finds the tokens, and normalizes what is between them. */
  split(text: string, special: boolean): Part[] {
    const [plain, normalized] = special
      ? [this.#plain, this.#normalized]
      : [this.#plainUnspecial, this.#normalizedUnspecial];
    return plain.split(new AlignedText(text)).flatMap((part) => {
      if (part.id !== undefined) return [part];
      const piece = this.#normalizer ? this.#normalizer(part.piece) : part.piece;
      return normalized.split(piece);
    });
  }
}

/** Finds any of several texts, the leftmost first, of those the longest. */
class Finder {
  readonly #pattern: RegExp | undefined;
  readonly #tokens: ReadonlyMap<string, AddedToken>;

  constructor(entries: readonly { token: AddedToken; content: string }[]) {
    const known = entries.filter(({ content }) => content !== '');
    this.#tokens = new Map(known.map(({ token, content }) => [content, token]));
    const alternatives = [...this.#tokens.keys()]
      .sort((a, b) => b.length - a.length)
      .map((content) => content.replaceAll(/[\^$\\.*+?()[\]{}|/]/g, '\\$&'));
    this.#pattern = alternatives.length > 0 ? new RegExp(alternatives.join('|'), 'gu') : undefined;
  }

  split(piece: AlignedText): Part[] {
    const { text } = piece;
    if (text === '') return [];
    if (!this.#pattern) return [{ piece }];
    const parts: Part[] = [];
    let done = 0;
    for (const { 0: found, index } of text.matchAll(this.#pattern)) {
      const token = this.#tokens.get(found) as AddedToken;
      let [from, to] = [index, index + found.length];
      if (token.singleWord && (WORD_BEFORE.test(text.slice(0, from)) || WORD_AFTER.test(text.slice(to))))
        continue;
      if (token.stripLeft)
        from = Math.max(done, from - (SPACE_BEFORE.exec(text.slice(0, from))?.[0].length ?? 0));
      if (token.stripRight) to += SPACE_AFTER.exec(text.slice(to))?.[0].length ?? 0;
      if (from > done) parts.push({ piece: piece.slice(done, from) });
      parts.push({ piece: piece.slice(from, to), id: token.id });
      done = to;
    }
    if (done < text.length) parts.push({ piece: piece.slice(done, text.length) });
    return parts;
  }
}
