/** Widths of text in fixed-width cells. */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

/** How many columns a terminal gives `text`: two for wide East Asian characters and emoji, none for marks. */
export function columns(text: string): number {
  let width = 0;
  for (const char of text.replace(/\p{M}|\u200d|\ufe0f/gu, '')) width += WIDE.test(char) ? 2 : 1;
  return width;
}

/** `text` filled with spaces to `width` columns. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - columns(text)));
  return side === 'left' ? spaces + text : text + spaces;
}

/** At most `length` characters of `text`, with an ellipsis where it was cut. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
