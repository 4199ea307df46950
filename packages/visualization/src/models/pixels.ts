/** Numbers and pictures as PNG. */
import { type ColorScale, colorAt } from '../palettes.ts';
import { encodePng } from '../static/canvas.js';
import type { Shaped } from './tensor-input.ts';

/** What isn't a number, and what is infinite: colours that no scale has. */
export const NAN_COLOR = [255, 0, 255, 255] as const;
export const INFINITE_COLOR = [255, 0, 0, 255] as const;

const STEPS = 64;

/**
 * A matrix as a picture of a pixel for each number, as a data URL.
 * @param values (R, C); NaN is magenta and the infinities are red
 */
export function picture(
  { shape, data }: Shaped,
  { scale, range: [low, high] }: { scale: ColorScale; range: readonly [number, number] },
): string {
  const colors = Array.from({ length: STEPS }, (_, i) => rgb(colorAt(scale, i / (STEPS - 1))));
  return pixelsUrl(shape[1]!, shape[0]!, (i) => {
    const value = data[i]!;
    if (Number.isNaN(value)) return NAN_COLOR;
    if (!Number.isFinite(value)) return INFINITE_COLOR;
    const t = high > low ? (value - low) / (high - low) : 0.5;
    return colors[Math.max(0, Math.min(STEPS - 1, Math.round(t * (STEPS - 1))))]!;
  });
}

/** Red, green, blue and opacity, each from 0 to 255, of each pixel, as a data URL. */
export function pixelsUrl(
  width: number,
  height: number,
  color: (index: number) => ArrayLike<number>,
): string {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) pixels.set(Array.from(color(i)), 4 * i);
  return `data:image/png;base64,${encodePng(pixels, width, height).toString('base64')}`;
}

export function rgb(color: string): [number, number, number, number] {
  const at = (i: number): number => Number.parseInt(color.slice(i, i + 2), 16);
  return [at(1), at(3), at(5), 255];
}
