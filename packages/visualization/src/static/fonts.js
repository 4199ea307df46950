/**
 * Widths of text in the font that pictures are drawn with, read from its TrueType file:
 * https://learn.microsoft.com/typography/opentype/spec/
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The files of the font, regular first. */
export const FONT_FILES = [
  '@expo-google-fonts/open-sans/400Regular/OpenSans_400Regular.ttf',
  '@expo-google-fonts/open-sans/600SemiBold/OpenSans_600SemiBold.ttf',
  '@expo-google-fonts/open-sans/700Bold/OpenSans_700Bold.ttf',
  '@expo-google-fonts/open-sans/400Regular_Italic/OpenSans_400Regular_Italic.ttf',
].map((name) => require.resolve(name));

/** Of a character that the font lacks, in em: another font's, so a guess. */
const MISSING = 0.62;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|[\u{1f000}-\u{1faff}]/u;

/** @param {string} path */
function readFont(path) {
  const file = readFileSync(path);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  /** @type {Record<string, number>} */
  const tables = {};
  for (let i = 0; i < view.getUint16(4); i++) {
    const entry = 12 + 16 * i;
    tables[file.toString('latin1', entry, entry + 4)] = view.getUint32(entry + 8);
  }
  const unitsPerEm = view.getUint16(/** @type {number} */ (tables.head) + 18);
  const metrics = view.getUint16(/** @type {number} */ (tables.hhea) + 34);
  const hmtx = /** @type {number} */ (tables.hmtx);
  const cmap = /** @type {number} */ (tables.cmap);
  let segments = 0;
  for (let i = 0; i < view.getUint16(cmap + 2); i++) {
    const offset = cmap + view.getUint32(cmap + 8 + 8 * i);
    if (view.getUint16(offset) === 4) segments = offset;
  }
  const count = view.getUint16(segments + 6) / 2;

  /** @param {number} code a character of the basic plane */
  const glyph = (code) => {
    for (let i = 0; i < count; i++) {
      const end = view.getUint16(segments + 14 + 2 * i);
      if (code > end) continue;
      const start = view.getUint16(segments + 16 + 2 * (count + i));
      if (code < start) return 0;
      const delta = view.getUint16(segments + 16 + 2 * (2 * count + i));
      const at = segments + 16 + 2 * (3 * count + i);
      const range = view.getUint16(at);
      if (range === 0) return (code + delta) & 0xffff;
      const found = view.getUint16(at + range + 2 * (code - start));
      return found === 0 ? 0 : (found + delta) & 0xffff;
    }
    return 0;
  };
  /** @type {Map<string, number>} */
  const widths = new Map();
  return {
    glyph,
    /** The advance in em. @param {string} character */
    width(character) {
      let width = widths.get(character);
      if (width === undefined) {
        const code = /** @type {number} */ (character.codePointAt(0));
        const id = code > 0xffff ? 0 : glyph(code);
        width =
          id === 0
            ? WIDE.test(character)
              ? 1
              : MISSING
            : view.getUint16(hmtx + 4 * Math.min(id, metrics - 1)) / unitsPerEm;
        widths.set(character, width);
      }
      return width;
    },
  };
}

/** @type {ReturnType<typeof readFont> | undefined} */
let regular;
/** @type {ReturnType<typeof readFont> | undefined} */
let bold;

/**
 * The width of one line of text in pixels, without kerning.
 * @param {string} text
 * @param {number} size in pixels
 * @param {boolean} isBold
 */
export function textWidth(text, size, isBold = false) {
  regular ??= readFont(/** @type {string} */ (FONT_FILES[0]));
  if (isBold) bold ??= readFont(/** @type {string} */ (FONT_FILES[2]));
  const font = isBold && bold ? bold : regular;
  let width = 0;
  for (const character of text) width += font.width(character);
  return width * size;
}

/** Whether the font has all characters of `text`. @param {string} text */
export function isCovered(text) {
  regular ??= readFont(/** @type {string} */ (FONT_FILES[0]));
  for (const character of new Set(text.replace(/[\s\x20-\x7e]+/g, ''))) {
    const code = /** @type {number} */ (character.codePointAt(0));
    if (code > 0xffff || regular.glyph(code) === 0) return false;
  }
  return true;
}
