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

/**
 * Tiles in rows, as SVG.
 * @param size pixels of a tile's picture
 * @param room pixels in a row, where the columns aren't given
 * @throws {RangeError} for columns that aren't a whole number above 0
 */
export function tileGrid(
  what: string,
  tiles: readonly Tile[],
  {
    size: [w, h],
    room,
    columns: given,
  }: { size: [number, number]; room: number; columns?: number | undefined },
): { svg: string; width: number; height: number } {
  const isLabelled = tiles.some(({ label }) => label !== undefined);
  const cell = Math.max(w, isLabelled ? 44 : 0) + 8;
  const columns = given ?? Math.max(1, Math.min(tiles.length, Math.floor((room - 8) / cell)));
  if (!(Number.isInteger(columns) && columns >= 1)) {
    throw new RangeError(`${what}: columns has to be a whole number above 0, not ${columns}.`);
  }
  const row = h + (isLabelled ? 26 : 8);
  const svg = tiles.map(({ source, hint, label }, i) => {
    const [x, y] = [8 + (i % columns) * cell, 8 + Math.floor(i / columns) * row];
    const caption =
      label === undefined
        ? ''
        : svgText(shorten(label, Math.max(4, Math.floor(cell / 7))), x + (cell - 8) / 2, y + h + 14, {
            size: 11,
            anchor: 'middle',
          });
    return (
      `<g><title>${escapeHtml(hint)}</title>` +
      `<image x="${x + (cell - 8 - w) / 2}" y="${y}" width="${w}" height="${h}" href="${source}"${PIXELATED}/></g>${caption}`
    );
  });
  return {
    svg: svg.join(''),
    width: Math.max(16 + Math.min(columns, tiles.length) * cell - 8, 160),
    height: 8 + Math.ceil(tiles.length / columns) * row,
  };
}

/** Pixels of a tile whose picture has `height` by `width` numbers: whole multiples where it is small. */
export function tileSize(height: number, width: number, side = 96): [number, number] {
  const longer = Math.max(height, width);
  const scale = Math.max(1, Math.min(8, Math.floor(side / longer))) * (longer > 160 ? 160 / longer : 1);
  return [width * scale, height * scale];
}
