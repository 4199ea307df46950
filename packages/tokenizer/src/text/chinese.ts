import type { Jieba } from '@node-rs/jieba';
import { lazy } from './lazy.ts';

export interface SegmentChineseOptions {
  /**
   * `precise`: each character is in one word (default). `search`: the words inside long words too. `all`: every word of the
   * dictionary that occurs.
   */
  mode?: 'precise' | 'search' | 'all';
  /** Whether a hidden Markov model finds words that the dictionary lacks, such as names. Default true. */
  unknownWords?: boolean;
}

const jieba = lazy((require): Jieba => {
  const library = require('@node-rs/jieba') as typeof import('@node-rs/jieba');
  const { dict } = require('@node-rs/jieba/dict') as { dict: Uint8Array };
  return library.Jieba.withDict(dict);
});

/**
 * Chinese text in words, by jieba. Punctuation and text in other scripts are pieces too; white space isn't. The first call
 * loads the dictionary, which takes a moment.
 */
export function segmentChinese(text: string, options: SegmentChineseOptions = {}): string[] {
  return chinesePieces(text, options).filter((piece) => piece.trim() !== '');
}

/** The pieces with white space: in mode `precise` they are the whole text, with U+FFFD for lone surrogates. */
export function chinesePieces(
  text: string,
  { mode = 'precise', unknownWords = true }: SegmentChineseOptions = {},
): string[] {
  const wellFormed = text.toWellFormed();
  if (mode === 'precise') return jieba().cut(wellFormed, unknownWords);
  if (mode === 'search') return jieba().cutForSearch(wellFormed, unknownWords);
  if (mode === 'all') return jieba().cutAll(wellFormed);
  throw new RangeError(`segmentChinese: mode is ${String(mode)}; give precise, search or all.`);
}
