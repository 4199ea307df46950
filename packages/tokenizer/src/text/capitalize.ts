import { sentenceGoesOn } from './abbreviations.ts';

export interface CapitalizeOptions {
  /** A BCP 47 tag, default `en`: `i` becomes `İ` in Turkish, `ij` becomes `IJ` in Dutch, and English writes `I`. */
  language?: string;
}

/** What ends a sentence, with quotes and brackets that it closes, and white space; or a blank line. */
const SENTENCE_END = /(?:[.!?।؟]|\.{3})["'”’»)\]]{0,3}\s+|[。！？]["'”’»)\]」』]{0,3}|\n\s*\n/gu;
/** A letter that a sentence begins with, after quotes, brackets and inverted marks. */
const FIRST_LETTER = /^[\s\p{Pi}\p{Ps}"'¿¡—–-]*(\p{L}\p{M}{0,8})/u;

/**
 * Writes the first letter of each sentence large, and leaves the others. A sentence ends here before a small letter too,
 * unless the period belongs to an abbreviation. A word that begins small and has capitals, such as `iPhone`, stays.
 */
export function capitalizeSentences(text: string, { language = 'en' }: CapitalizeOptions = {}): string {
  let result = '';
  let start = 0;
  for (const match of text.matchAll(SENTENCE_END)) {
    const end = match.index + match[0].length;
    const isPeriod = match[0].startsWith('.') && !match[0].startsWith('..');
    const before = text.slice(Math.max(start, end - 60), end);
    if (isPeriod && sentenceGoesOn(before, text.slice(end, end + 40), language)) continue;
    result += capitalizeFirst(text.slice(start, end), language);
    start = end;
  }
  return result + capitalizeFirst(text.slice(start), language);
}

/**
 * Sentence case: capitalizes sentences, and in English the pronoun `I` with its contractions (`i'm`). Other letters stay, so
 * that names and acronyms do; lower the case first for text in capitals.
 */
export function sentenceCase(text: string, options: CapitalizeOptions = {}): string {
  const { language = 'en' } = options;
  const capitalized = capitalizeSentences(text, options);
  return /^en\b/i.test(language) ? capitalizePronoun(capitalized) : capitalized;
}

/** Writes the English pronoun `i` large, also in `i'm`, `i’ve`, `i'll` and `i'd`; not in `i.e.`, `i)`, or `i = 0`. */
export function capitalizePronoun(text: string): string {
  return text.replace(
    /(?<![\p{L}\p{M}\p{N}_.'’\-/@#&])i(?=['’](?:m|ve|ll|d|s)(?![\p{L}\p{M}\p{N}])|\s+\p{L}|[,;!?…]|\.(?!\p{L})|\s*$)/gu,
    'I',
  );
}

function capitalizeFirst(sentence: string, language: string): string {
  const found = FIRST_LETTER.exec(sentence);
  if (!found) return sentence;
  const at = found[0].length - found[1]!.length;
  const word = /^[\p{L}\p{M}\p{N}]{0,40}/u.exec(sentence.slice(at))![0];
  if (/^\p{Ll}.*\p{Lu}/u.test(word)) return sentence;
  const letter = /^nl\b/i.test(language) && word.startsWith('ij') ? 'ij' : found[1]!;
  return sentence.slice(0, at) + titleCase(letter, language) + sentence.slice(at + letter.length);
}

/** Letters that are two in one, with their title case. */
const DIGRAPHS: Record<string, string> = { ǆ: 'ǅ', ǉ: 'ǈ', ǌ: 'ǋ', ǳ: 'ǲ' };

function titleCase(letter: string, language: string): string {
  if (letter === 'ij') return 'IJ';
  const digraph = DIGRAPHS[letter];
  if (digraph) return digraph;
  const upper = letter.toLocaleUpperCase(language);
  const [first = '', ...rest] = upper;
  return [...letter].length < [...upper].length ? first + rest.join('').toLocaleLowerCase(language) : upper;
}
