/** Rotation, shear and shift, as Pillow's `Image.transform` does them. */
import { checkPicture, type Picture } from '../picture.ts';

export interface AffineOptions {
  interpolation?: 'nearest' | 'bilinear';
  /** Of what comes from outside, in each channel; 0 where not given. */
  fill?: number;
}

/** [a, b, c, d, e, f]: a pixel at (x, y) of the result is taken from (ax + by + c, dx + ey + f). */
export type AffineMatrix = readonly [number, number, number, number, number, number];

/** A picture of the same size whose pixels are taken from where the matrix says; centres of pixels are at halves. */
export function affine<P extends Picture>(
  picture: P,
  [a, b, c, d, e, f]: AffineMatrix,
  { interpolation = 'nearest', fill = 0 }: AffineOptions = {},
): P {
  checkPicture('affine', picture);
  const { data: source, height, width, channels } = picture;
  const data = new Uint8Array(source.length).fill(fill);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = a * (x + 0.5) + b * (y + 0.5) + c;
      const fromY = d * (x + 0.5) + e * (y + 0.5) + f;
      if (!(fromX >= 0 && fromX < width && fromY >= 0 && fromY < height)) continue;
      const to = (y * width + x) * channels;
      if (interpolation === 'nearest') {
        const from = (Math.floor(fromY) * width + Math.floor(fromX)) * channels;
        for (let k = 0; k < channels; k++) data[to + k] = source[from + k]!;
        continue;
      }
      const [left, top] = [Math.floor(fromX - 0.5), Math.floor(fromY - 0.5)];
      const [right, down] = [fromX - 0.5 - left, fromY - 0.5 - top];
      const [x0, x1] = [Math.max(0, left), Math.min(width - 1, left + 1)];
      const [y0, y1] = [Math.max(0, top), Math.min(height - 1, top + 1)];
      for (let k = 0; k < channels; k++) {
        const at = (row: number, column: number): number => source[(row * width + column) * channels + k]!;
        const upper = at(y0, x0) + (at(y0, x1) - at(y0, x0)) * right;
        const lower = at(y1, x0) + (at(y1, x1) - at(y1, x0)) * right;
        data[to + k] = Math.trunc(upper + (lower - upper) * down);
      }
    }
  }
  return { ...picture, data };
}

/** A picture of the same size, turned about its middle. @param degrees counterclockwise */
export function rotate<P extends Picture>(picture: P, degrees: number, options: AffineOptions = {}): P {
  const angle = (-degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [picture.width / 2, picture.height / 2];
  return affine(picture, [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y], options);
}
