import { foldCase } from './case.ts';
import { lazy } from './lazy.ts';
import { normalizeUnicode } from './normalize-unicode.ts';
import { findWords } from './words.ts';

export interface StopWordOptions {
  /** A BCP 47 tag, default `en`; `stopWordLanguages()` tells which there are. */
  language?: string;
  /** Words to remove besides. */
  add?: readonly string[];
  /** Words to leave, such as `not`. */
  keep?: readonly string[];
}

const lists = lazy((require) => require('stopwords-iso') as Record<string, string[]>);
const sets = new Map<string, ReadonlySet<string>>();

/** The languages with a list of stop words, as ISO 639-1 codes. */
export function stopWordLanguages(): string[] {
  return Object.keys(lists()).sort();
}

/**
 * The stop words of a language, case folded, from the collection `stopwords-iso`. Its lists are long: English's has 1,298
 * words, and `not` is one of them.
 * @throws {RangeError} where there is no list for the language.
 */
export function stopWords(language = 'en'): ReadonlySet<string> {
  const subtag = language.split(/[-_]/)[0]!.toLowerCase();
  const code = subtag === 'nb' || subtag === 'nn' ? 'no' : subtag;
  let words = sets.get(code);
  if (!words) {
    const list = Object.hasOwn(lists(), code) ? lists()[code] : undefined;
    if (!list) {
      throw new RangeError(
        `stopWords: there is no list for ${JSON.stringify(language)}; there is one for ${stopWordLanguages().join(', ')}.`,
      );
    }
    words = new Set(list.map(key));
    sets.set(code, words);
  }
  return words;
}

/** A function that tells stop words, whatever their case. */
export function stopWordTest({
  language = 'en',
  add = [],
  keep = [],
}: StopWordOptions = {}): (word: string) => boolean {
  const words = stopWords(language);
  const added = new Set(add.map(key));
  const kept = new Set(keep.map(key));
  return (word) => {
    const folded = key(word);
    return !kept.has(folded) && (words.has(folded) || added.has(folded));
  };
}

/** Removes stop words from a text, each with the white space after it. Punctuation stays. */
export function removeStopWords(text: string, options: StopWordOptions = {}): string {
  const isStopWord = stopWordTest(options);
  let rest = '';
  let end = 0;
  for (const word of findWords(text, { language: options.language ?? 'en' })) {
    if (!isStopWord(word.text)) continue;
    rest += text.slice(end, word.start);
    end = word.end;
    while (/[\s\u0085]/.test(text[end] ?? '')) end++;
  }
  return (rest + text.slice(end)).trimEnd();
}

function key(word: string): string {
  return foldCase(normalizeUnicode(word)).replaceAll('’', "'");
}
