import { chinesePieces } from './chinese.ts';
import { segments } from './segment.ts';
import type { Span } from './span.ts';

export interface WordOptions {
  /** A BCP 47 tag, default `en`. With `zh`, jieba makes the words. */
  language?: string;
  /** Whether punctuation and symbols are words too. Default false. */
  punctuation?: boolean;
}

/**
 * The words of a text, and where they are, by Unicode's rules (Unicode Standard Annex 29) and dictionaries for Thai, Lao,
 * Khmer, Burmese, Chinese and Japanese. `don't` and `3.14` are one word each.
 * @throws {RangeError} where the language is no BCP 47 tag.
 */
export function findWords(text: string, { language = 'en', punctuation = false }: WordOptions = {}): Span[] {
  const words: Span[] = [];
  const pieces = /^zh\b/i.test(language)
    ? chineseSegments(text)
    : segments(text, { granularity: 'word', language });
  for (const { start, end, text: word, isWordLike } of pieces) {
    if (isWordLike || (punctuation && word.trim() !== '')) words.push({ start, end, text: word });
  }
  return words;
}

/** The words that `findWords` finds. */
export function splitWords(text: string, options: WordOptions = {}): string[] {
  return findWords(text, options).map((word) => word.text);
}

function* chineseSegments(text: string): Generator<Span & { isWordLike: boolean }> {
  let start = 0;
  for (const piece of chinesePieces(text)) {
    const end = start + piece.length;
    yield { start, end, text: text.slice(start, end), isWordLike: /[\p{L}\p{N}]/u.test(piece) };
    start = end;
  }
}
