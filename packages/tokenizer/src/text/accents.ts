import { normalizeUnicode } from './normalize-unicode.ts';

export interface RemoveAccentsOptions {
  /** Letters that stay as they are, such as `ñÑ` or `äöüÄÖÜ`. */
  keep?: string;
  /** Also replaces letters that Unicode doesn't decompose: ø by o, ł by l, ß by ss, æ by ae. By default they stay. */
  letters?: boolean;
}

/** Combining marks of Latin, Greek and Cyrillic. Those of other scripts are vowels and tones, not accents. */
const ACCENTS = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20dc\u20e1\u20e5-\u20f0\ufe20-\ufe2f]+/gu;

// biome-ignore format: a table
const LETTERS: Record<string, string> = {
  Æ: 'AE', æ: 'ae', Ð: 'D', ð: 'd', Đ: 'D', đ: 'd', Ħ: 'H', ħ: 'h', ı: 'i', ĸ: 'k', Ł: 'L', ł: 'l', Ŋ: 'N', ŋ: 'n',
  Œ: 'OE', œ: 'oe', Ø: 'O', ø: 'o', ß: 'ss', ẞ: 'SS', Þ: 'TH', þ: 'th', Ŧ: 'T', ŧ: 't', Ə: 'A', ə: 'a',
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/**
 * Removes the accents of Latin, Greek and Cyrillic letters, whether composed or combining; the marks of Devanagari, Thai,
 * Arabic, Hebrew, Japanese and other scripts stay. The result is in NFC.
 */
export function removeAccents(
  text: string,
  { keep = '', letters = false }: RemoveAccentsOptions = {},
): string {
  const kept = new Set(normalizeUnicode(keep));
  const composed = normalizeUnicode(text);
  const parts = kept.size === 0 ? [composed] : splitAt(composed, kept);
  let bare = '';
  for (const part of parts)
    bare += kept.has(part) ? part : normalizeUnicode(part, 'NFD').replace(ACCENTS, '');
  if (letters) bare = bare.replace(LETTER, (letter) => (kept.has(letter) ? letter : LETTERS[letter]!));
  return normalizeUnicode(bare);
}

/** The text in pieces: each character of the set by itself. */
function splitAt(text: string, characters: ReadonlySet<string>): string[] {
  const pieces: string[] = [];
  let start = 0;
  let at = 0;
  for (const character of text) {
    if (characters.has(character)) {
      pieces.push(text.slice(start, at), character);
      start = at + character.length;
    }
    at += character.length;
  }
  pieces.push(text.slice(start));
  return pieces;
}
