/** Small pictures side by side. */
import { PIXELATED, svgText } from '../drawing.ts';
import { escapeHtml, shorten } from '../text.ts';

export interface Tile {
  /** A data URL. */
  source: string;
  /** Under the pointer. */
  hint: string;
  label?: string | undefined;
}

/** Pixels that a letter of a caption takes, about. */
const LETTER = 7;

/** A text in one line or two, the second cut where it is longer than `most` letters. */
function captionLines(text: string, most: number): string[] {
  if (text.length <= most) return [text];
  const space = text.lastIndexOf(' ', most);
  return space > 0 ? [text.slice(0, space), shorten(text.slice(space + 1), most)] : [shorten(text, most)];
}

/**
 * Tiles in rows, as SVG.
 * @param size pixels of a tile's picture
 * @param room pixels in a row, where the columns aren't given
 * @param rowLabels a text before each row
 * @throws {RangeError} for columns that aren't a whole number above 0
 */
export function tileGrid(
  what: string,
  tiles: readonly Tile[],
  {
    size: [w, h],
    room,
    columns: given,
    rowLabels = [],
  }: {
    size: [number, number];
    room: number;
    columns?: number | undefined;
    rowLabels?: readonly string[] | undefined;
  },
): { svg: string; width: number; height: number } {
  const isLabelled = tiles.some(({ label }) => label !== undefined);
  const cell = Math.max(w, isLabelled ? 44 : 0) + 8;
  const names = rowLabels.map((text) => shorten(text, 24));
  const left = 8 + (names.length > 0 ? LETTER * Math.max(...names.map(({ length }) => length)) + 8 : 0);
  const columns = given ?? Math.max(1, Math.min(tiles.length, Math.floor((room - left) / cell)));
  if (!(Number.isInteger(columns) && columns >= 1)) {
    throw new RangeError(`${what}: columns has to be a whole number above 0, not ${columns}.`);
  }
  const captions = tiles.map(({ label }) =>
    label === undefined ? [] : captionLines(label, Math.max(4, Math.floor(cell / LETTER))),
  );
  const row = h + (isLabelled ? 26 : 8) + (captions.some(({ length }) => length > 1) ? 13 : 0);
  const svg = tiles.map(({ source, hint }, i) => {
    const [x, y] = [left + (i % columns) * cell, 8 + Math.floor(i / columns) * row];
    const caption = captions[i]!.map((line, k) =>
      svgText(line, x + (cell - 8) / 2, y + h + 14 + 13 * k, { size: 11, anchor: 'middle' }),
    ).join('');
    return (
      `<g><title>${escapeHtml(hint)}</title>` +
      `<image x="${x + (cell - 8 - w) / 2}" y="${y}" width="${w}" height="${h}" href="${source}"${PIXELATED}/></g>${caption}`
    );
  });
  const before = names.map((text, i) => svgText(text, left - 8, 8 + i * row + h / 2 + 4, { anchor: 'end' }));
  return {
    svg: before.join('') + svg.join(''),
    width: Math.max(left + 8 + Math.min(columns, tiles.length) * cell - 8, 160),
    height: 8 + Math.ceil(tiles.length / columns) * row,
  };
}

/** Pixels of a tile whose picture has `height` by `width` numbers: whole multiples where it is small. */
export function tileSize(height: number, width: number, side = 96): [number, number] {
  const longer = Math.max(height, width);
  const scale = Math.max(1, Math.min(8, Math.floor(side / longer))) * (longer > 160 ? 160 / longer : 1);
  return [width * scale, height * scale];
}
