/** Widths of text in fixed-width cells, and text that is cut. */

const PLAIN = /^[\x20-\x7e]*$/;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18d8f}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;
/** Marks, format characters, and the vowels and finals that join a Hangul syllable. */
const ZERO_WIDTH = /[\p{M}\p{Cf}\p{Cc}\u1160-\u11ff]/gu;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;

let graphemes: Intl.Segmenter | undefined;

/**
 * How many columns a terminal gives `text`: two for wide East Asian characters and emoji, however many code points
 * an emoji is made of; none for marks and control characters.
 * Widths: https://www.unicode.org/reports/tr11/
 */
export function columns(text: string): number {
  if (PLAIN.test(text)) return text.length;
  if (!EMOJI.test(text)) return codePointColumns(text);
  graphemes ??= new Intl.Segmenter();
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += EMOJI.test(segment) ? 2 : codePointColumns(segment);
  }
  return width;
}

function codePointColumns(text: string): number {
  let width = 0;
  for (const char of text.replace(ZERO_WIDTH, '')) width += WIDE.test(char) ? 2 : 1;
  return width;
}

/** `text` filled with spaces to `width` columns. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - columns(text)));
  return side === 'left' ? spaces + text : text + spaces;
}

/** The first `length` UTF-16 units of `text`, or one fewer where that would halve a character. */
export function head(text: string, length: number): string {
  const cut = text.slice(0, length);
  return cut.length < text.length && /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** At most `length` characters of `text`, with an ellipsis where it was cut. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${head(text, length - 1)}…`;
}

/** `text` on one line, without control characters. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ');
}

/** `1,234,567` */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `2 more rows` */
export function more(count: number, what: string): string {
  return `${grouped(count)} more ${what}${count === 1 ? '' : 's'}`;
}

/** `text`, of which at most `length` characters are kept, and how many were not. */
export function bounded(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = head(text, length);
  return `${kept}… ${more(text.length - kept.length, 'character')}`;
}
