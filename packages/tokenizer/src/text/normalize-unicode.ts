export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** Runs of marks of at least this length are no text of any language. */
const LONG_RUN = /\p{M}{256,}/gu;
/** Stream-safe text has at most 30 marks in a row: Unicode Standard Annex 15, section 13. */
const STREAM_SAFE = /\p{M}{30}(?=\p{M})/gu;
const COMBINING_GRAPHEME_JOINER = '\u034f';

/**
 * The text in a normalization form of Unicode (Unicode Standard Annex 15): NFC and NFD make equal what is written with the
 * same characters, composed or decomposed; NFKC and NFKD also what only looks different (ﬁ and fi, Ａ and A, ² and 2).
 *
 * Ordering marks takes time quadratic in how many follow each other. Runs of 256 and more therefore get U+034F after every
 * 30th, as in the annex's Stream-Safe Text Format.
 * @throws {RangeError} where `form` is none of the four.
 */
export function normalizeUnicode(text: string, form: UnicodeForm = 'NFC'): string {
  if (!['NFC', 'NFD', 'NFKC', 'NFKD'].includes(form)) {
    throw new RangeError(`normalizeUnicode: form is ${String(form)}; give NFC, NFD, NFKC or NFKD.`);
  }
  return text
    .replace(LONG_RUN, (run) => run.replace(STREAM_SAFE, `$&${COMBINING_GRAPHEME_JOINER}`))
    .normalize(form);
}

/** The text with U+FFFD for each surrogate that has no partner: what can be written as UTF-8. */
export function replaceLoneSurrogates(text: string): string {
  return text.toWellFormed();
}
