/** Two texts, and what the second has that the first hasn't. */
import { diffArrays, diffChars, diffLines, diffWordsWithSpace } from 'diff';
import { named } from '../data.ts';
import { Drawing, type DrawingOptions, svgText } from '../drawing.ts';
import { readTexts } from '../finite.ts';
import { MUTED } from '../theme.ts';
import { flowHtml, flowSvg, type Piece } from './flow.ts';
import { NEGATIVE, POSITIVE } from './tokens.ts';

export interface DiffOptions extends DrawingOptions {
  /** What is compared as a whole. Default: `'word'`. Of tokens it is the tokens. */
  by?: 'word' | 'character' | 'line';
}

interface Change {
  text: string;
  added: boolean;
  removed: boolean;
  /** Words, characters, lines or tokens. */
  count: number;
}

/**
 * What `after` has and `before` hasn't is blue and underlined, what it lost orange and struck through. Both are texts, or
 * both are lists of tokens. The differences are the fewest (Myers, "An O(ND) Difference Algorithm", 1986).
 * @throws {TypeError} when one is a text and the other isn't
 */
export function diff(
  before: string | readonly string[],
  after: string | readonly string[],
  options: DiffOptions = {},
): Drawing {
  const { width = 700, by = 'word' } = options;
  const changes = compare(before, after, by);
  const flow = changes.map(
    ({ text, added, removed }): Piece => ({
      text,
      breaks: true,
      ...(added ? { element: 'ins', background: NEGATIVE, opacity: 0.25, decoration: 'underline' } : {}),
      ...(removed ? { element: 'del', background: POSITIVE, opacity: 0.25, decoration: 'line-through' } : {}),
    }),
  );
  const total = (side: 'added' | 'removed'): number =>
    changes.reduce((sum, change) => sum + (change[side] ? change.count : 0), 0);
  const unit = typeof before === 'string' ? by : 'token';
  const counted = (count: number): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
  const summary =
    total('added') + total('removed') === 0
      ? 'No difference.'
      : `${counted(total('removed'))} removed, ${counted(total('added'))} added.`;
  const inner = flowSvg(flow, width - 16);
  return new Drawing(
    {
      html: `${flowHtml(flow)}<div style="font-size:12px;opacity:0.7;padding-top:6px">${summary}</div>`,
      svg:
        `<g transform="translate(8,4)">${inner.svg}</g>` +
        svgText(summary, 8, inner.height + 22, { size: 11, color: MUTED }),
      width,
      height: inner.height + 34,
      alt: `Comparison of two texts: ${summary}`,
    },
    options,
  );
}

function compare(
  before: string | readonly string[],
  after: string | readonly string[],
  by: 'word' | 'character' | 'line',
): Change[] {
  if (typeof before === 'string' && typeof after === 'string') {
    const changes =
      by === 'word'
        ? diffWordsWithSpace(before, after)
        : by === 'character'
          ? diffChars(before, after)
          : by === 'line'
            ? diffLines(before, after)
            : undefined;
    if (!changes) throw new TypeError(`diff: by is 'word', 'character' or 'line', not ${named(by)}.`);
    return changes.map(({ value, added, removed }) => ({
      text: value,
      added,
      removed,
      count:
        by === 'word'
          ? (value.match(/\S+/g) ?? []).length
          : by === 'line'
            ? value.replace(/\n$/, '').split('\n').length
            : [...value].length,
    }));
  }
  if (typeof before === 'string' || typeof after === 'string') {
    throw new TypeError('diff: before and after have to be both texts or both lists of tokens.');
  }
  return diffArrays(readTexts('diff', 'before', before), readTexts('diff', 'after', after)).map(
    ({ value, added, removed, count }) => ({ text: value.join(''), added, removed, count }),
  );
}
