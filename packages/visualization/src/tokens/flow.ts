/** Pieces of text one after the other, in lines: as HTML, which the page wraps, and as SVG, which is wrapped here. */
import { round, svgText } from '../drawing.ts';
import { textWidth } from '../static/fonts.js';
import { escapeHtml } from '../text.ts';
import { INK, MUTED } from '../theme.ts';

export interface Piece {
  text: string;
  /** `#rrggbb` behind the text, and how much of it from 0 to 1. */
  background?: string;
  opacity?: number;
  /** Under the text, small. */
  caption?: string;
  decoration?: 'underline' | 'line-through' | 'dotted';
  /** What is told of it under the pointer. */
  hint?: string;
  /** The HTML element. Default: `span`. */
  element?: 'span' | 'ins' | 'del';
  /** Further attributes of the HTML element, and what else it holds; both escaped. */
  attributes?: string;
  inner?: string;
  /** Whether lines may be broken inside of it. */
  breaks?: boolean;
}

const CONTROLS: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text whose control characters are seen: `\n`, `\t`, `\x1b`. */
export function visible(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (c) => CONTROLS[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** `#rrggbb` and an opacity as CSS, which lies over light and dark pages alike. */
function tint(color: string, opacity: number): string {
  const at = (i: number): number => Number.parseInt(color.slice(i, i + 2), 16);
  return `rgba(${at(1)},${at(3)},${at(5)},${round(opacity)})`;
}

const DECORATIONS = {
  underline: 'text-decoration:underline',
  'line-through': 'text-decoration:line-through',
  dotted: 'text-decoration:underline dotted',
} as const;

/** Of `pieces`, one element each. Where a piece ends with a new line, so does the line. */
export function flowHtml(pieces: readonly Piece[]): string {
  const spans = pieces.map((piece) => {
    const { text, background, opacity = 0, decoration, hint, element = 'span', caption } = piece;
    const styles = [
      'white-space:pre-wrap;border-radius:3px;padding:2px 0',
      background === undefined || opacity === 0 ? '' : `background-color:${tint(background, opacity)}`,
      decoration === undefined ? 'text-decoration:none' : DECORATIONS[decoration],
      element === 'span' ? '' : 'color:inherit',
    ].filter(Boolean);
    const title = hint === undefined ? '' : ` title="${escapeHtml(hint)}"`;
    const written = piece.breaks
      ? escapeHtml(text.replace(/[^\n]/g, (c) => (c === '\t' ? c : visible(c))))
      : escapeHtml(visible(text)) + '<br>'.repeat(text.endsWith('\n') ? 1 : 0);
    const under = caption === undefined ? '' : ` data-caption="${escapeHtml(caption)}"`;
    return `<${element} style="${styles.join(';')}"${title}${under}${piece.attributes ?? ''}>${written}${piece.inner ?? ''}</${element}>`;
  });
  return `<div style="line-height:1.9;overflow-wrap:anywhere">${spans.join('')}</div>`;
}

const SIZE = 15;
const CAPTION = 10;

/** @param width of the lines in pixels */
export function flowSvg(pieces: readonly Piece[], width: number): { svg: string; height: number } {
  const captioned = pieces.some(({ caption }) => caption !== undefined);
  const lineHeight = captioned ? 42 : 28;
  let [x, y] = [0, 0];
  let svg = '';
  const place = (text: string, piece: Piece, isEnd: boolean): void => {
    const natural = textWidth(text, SIZE);
    const caption = piece.caption ?? '';
    const room = Math.min(width, Math.max(natural, caption === '' ? 0 : textWidth(caption, CAPTION) + 4));
    if (x > 0 && x + room > width) [x, y] = [0, y + lineHeight];
    const { background, opacity = 0, decoration } = piece;
    if (background !== undefined && opacity > 0) {
      svg += `<rect x="${round(x)}" y="${y + 2}" width="${round(room)}" height="23" rx="3" fill="${background}" fill-opacity="${round(opacity)}"/>`;
    }
    if (text.trim() !== '') svg += svgText(text, x, y + 19, { size: SIZE, fit: Math.min(natural, width) });
    if (decoration !== undefined) {
      const at = decoration === 'line-through' ? y + 14 : y + 22.5;
      const dashes = decoration === 'dotted' ? ' stroke-dasharray="2 2"' : '';
      svg += `<path d="M${round(x)} ${at}h${round(room)}" stroke="${INK}" stroke-width="1.2"${dashes}/>`;
    }
    if (caption !== '' && isEnd) {
      svg += svgText(caption, x + room / 2, y + 36, { size: CAPTION, color: MUTED, anchor: 'middle' });
    }
    x += room + (caption === '' ? 0 : 2);
  };
  for (const piece of pieces) {
    if (piece.breaks) {
      for (const part of piece.text.match(/\n|[^\S\n]+|\S+/g) ?? []) {
        if (part === '\n') [x, y] = [0, y + lineHeight];
        else place(visible(part), piece, false);
      }
      continue;
    }
    place(visible(piece.text), piece, true);
    if (piece.text.endsWith('\n')) [x, y] = [0, y + lineHeight];
  }
  return { svg, height: y + (x > 0 ? lineHeight : 0) };
}
