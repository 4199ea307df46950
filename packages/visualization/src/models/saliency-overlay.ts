/** What of a picture a model looked at. */
import { Drawing, type DrawingOptions, PIXELATED, svgText } from '../drawing.ts';
import { readable } from '../text.ts';
import { MUTED } from '../theme.ts';
import { imageUrl, pictureRange } from '../values/images.ts';
import { pixelsUrl, rgb } from './pixels.ts';
import { type ArrayInput, readArray } from './tensor-input.ts';

export interface SaliencyOverlayOptions extends DrawingOptions {
  /** How much the strongest value covers the picture, from 0 to 1. Default: 0.75. */
  opacity?: number;
}

const [POSITIVE, NEGATIVE] = ['#d55e00', '#0072b2'];
const SIDE = 280;

/**
 * A picture, and beside it the picture with a number for each of its parts laid over it: orange above 0 and blue below,
 * the stronger the farther from 0. The numbers may be a coarser grid, as those of occlusion or of patches are.
 * @param image (H, W, 1, 3 or 4), or (H, W)
 * @param values (h, w), without NaN
 * @throws {TypeError} when one has another rank
 * @throws {RangeError} when a value isn't finite, or there is another number of channels
 */
export function saliencyOverlay(
  image: ArrayInput,
  values: ArrayInput,
  options: SaliencyOverlayOptions = {},
): Drawing {
  const what = 'saliencyOverlay';
  const read = readArray(what, 'the image', image, [2, 3]);
  const [height, width, channels = 1] = read.shape as [number, number, number?];
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new RangeError(`${what}: an image has 1, 3 or 4 channels, not ${channels}.`);
  }
  const { opacity = 0.75 } = options;
  if (!(opacity > 0 && opacity <= 1))
    throw new RangeError(`${what}: opacity has to be above 0 and at most 1, not ${opacity}.`);
  const { shape, data } = readArray(what, 'values', values, [2]);
  const [rows, columns] = shape as [number, number];
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `${what}: values hold ${data[bad]} at [${Math.floor(bad / columns)}, ${bad % columns}].`,
    );
  }
  const most = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const colors = [rgb(POSITIVE!), rgb(NEGATIVE!)] as const;
  const overlay = pixelsUrl(columns, rows, (i) => {
    const value = data[i]!;
    const [r, g, b] = colors[value < 0 ? 1 : 0];
    return [r, g, b, most === 0 ? 0 : Math.round((255 * opacity * Math.abs(value)) / most)];
  });
  const scale = SIDE / Math.max(width, height);
  const [w, h] = [width * scale, height * scale];
  const source = imageUrl({ shape: [height, width, channels], data: read.data }, pictureRange(read));
  const size = `width="${w}" height="${h}"`;
  const at = data.reduce((best, value, i) => (Math.abs(value) > Math.abs(data[best]!) ? i : best), 0);
  const [row, column] = [Math.floor(at / columns), at % columns];
  const caption = `orange: above 0, blue: below; the strongest, ${readable(Number(data[at]!.toPrecision(3)))}, is at row ${row}, column ${column} of ${rows} by ${columns}`;
  return new Drawing(
    {
      svg:
        `<image x="8" y="8" ${size} href="${source}"${PIXELATED}/>` +
        `<image x="${w + 24}" y="8" ${size} href="${source}"${PIXELATED}/>` +
        `<image x="${w + 24}" y="8" ${size} href="${overlay}"${PIXELATED}/>` +
        svgText(caption, 8, h + 26, { size: 11, color: MUTED }),
      width: Math.max(2 * w + 32, 480),
      height: h + 36,
      alt: `A picture of ${width} by ${height} pixels, and what of it counts: ${caption}.`,
    },
    options,
  );
}
