/** Tokens as coloured pieces of their text, for a page. */
import { escapeAttribute, escapeText } from 'entities';

/** What is shown of a token. */
export interface Piece {
  id: number;
  /** As the vocabulary writes it. */
  token: string;
  /** Whether it isn't of the text, as `[CLS]`. */
  special: boolean;
  /** The part of the text that it came from, in UTF-16 units. */
  offset: readonly [start: number, end: number];
}

/** Legible on light and dark pages; neighbours differ for the colour-blind too. After Okabe and Ito (2008). */
const COLOURS = ['86,180,233', '230,159,0', '0,158,115', '204,121,167', '213,94,0', '240,228,66'];

/** More tokens than this aren't shown: a page has to stay light. */
const MOST_SHOWN = 2000;

const STYLE =
  'font-family:ui-monospace,monospace;line-height:1.9;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext';

/**
 * HTML of the text in pieces, each with its id and offsets on hover. Everything from outside is escaped.
 *
 * @param text what the pieces' offsets count in; characters of which a token has only a part stand in its first token
 */
export function htmlOfPieces(text: string, pieces: readonly Piece[]): string {
  let done = 0;
  let colour = 0;
  const spans = pieces.slice(0, MOST_SHOWN).map((piece) => {
    const { special, offset } = piece;
    const [start, end] = offset;
    if (special)
      return span(piece, escapeText(piece.token), 'border:1px solid rgba(128,128,128,.6);opacity:.7');
    // What no token stands for, as white space that a pre-tokenizer drops, is shown without colour.
    const gap = start > done ? visible(text.slice(done, start)) : '';
    const shown = visible(text.slice(Math.max(start, done), end)) || (start < end ? '…' : '∅');
    done = Math.max(done, end);
    return gap + span(piece, shown, `background:rgba(${COLOURS[colour++ % COLOURS.length]},.38)`);
  });
  const rest =
    pieces.length > MOST_SHOWN
      ? `<i> … and ${pieces.length - MOST_SHOWN} more tokens</i>`
      : visible(text.slice(done));
  return `<div style="${STYLE}">${spans.join('')}${rest}</div>`;
}

function span({ id, token, offset, special }: Piece, content: string, style: string): string {
  const place = special ? 'not of the text' : `characters ${offset[0]} to ${offset[1]}`;
  const title = escapeAttribute(`${token} · id ${id} · ${place}`);
  return `<span title="${title}" style="${style};border-radius:3px;padding:1px 0">${content}</span>`;
}

/** Escaped, and with marks for what would not be seen. */
function visible(text: string): string {
  return escapeText(text)
    .replaceAll(' ', '<span style="opacity:.45">·</span>')
    .replaceAll('\t', '<span style="opacity:.45">→</span>\t')
    .replaceAll(/\r?\n/g, '<span style="opacity:.45">⏎</span>\n');
}
