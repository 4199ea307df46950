export interface CollapseWhitespaceOptions {
  /** `space`: a line break is white space like any other (default). `keep`: it stays, and so does one blank line of several. */
  lineBreaks?: 'space' | 'keep';
}

const WHITE_SPACE = /[\s\u0085]+/g;
const LINE_BREAK = /\r\n|[\n\r\u0085\u2028]/g;

/** One space for each run of white space (Unicode's property White_Space, and U+FEFF), none at the ends. */
export function collapseWhitespace(
  text: string,
  { lineBreaks = 'space' }: CollapseWhitespaceOptions = {},
): string {
  return text.replace(WHITE_SPACE, (run: string, at: number) => {
    if (at === 0 || at + run.length === text.length) return '';
    if (lineBreaks === 'space') return ' ';
    const breaks = run.includes('\u2029') ? 2 : (run.match(LINE_BREAK)?.length ?? 0);
    return breaks === 0 ? ' ' : breaks === 1 ? '\n' : '\n\n';
  });
}
