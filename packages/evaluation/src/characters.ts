/** Text taken apart as Python does it, which the published metrics are defined by. */

/**
 * What Python's `str.split` splits at. JavaScript's `\s` lacks the separators U+001C–U+001F and U+0085, and adds U+FEFF.
 */
const WHITE_SPACE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Python splits at these.
  /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/** The words between white space. */
export function splitWhiteSpace(text: string): string[] {
  return text.split(WHITE_SPACE).filter((word) => word !== '');
}

/** The number of Unicode code points: an emoji counts once. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
