import type { Picture } from '../picture.ts';
import { type AffineOptions, affine, rotate } from './affine.ts';
import { type Augmentation, integerBetween } from './augmentation.ts';
import {
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  adjustSharpness,
  autoContrast,
  equalize,
  posterize,
  solarize,
} from './color.ts';

/** @param strength from 0 to 1, or from -1 to 1 where the operation has a direction */
type Operation = (picture: Picture, strength: number, options: AffineOptions) => Picture;

/** With a direction, which is drawn. */
const SIGNED: Readonly<Record<string, Operation>> = {
  shearX: (picture, s, options) => affine(picture, [1, 0.3 * s, 0, 0, 1, 0], options),
  shearY: (picture, s, options) => affine(picture, [1, 0, 0, 0.3 * s, 1, 0], options),
  translateX: (picture, s, options) =>
    affine(picture, [1, 0, Math.trunc((150 / 331) * picture.width * s), 0, 1, 0], options),
  translateY: (picture, s, options) =>
    affine(picture, [1, 0, 0, 0, 1, Math.trunc((150 / 331) * picture.height * s)], options),
  rotate: (picture, s, options) => rotate(picture, 30 * s, options),
  brightness: (picture, s) => adjustBrightness(picture, 1 + 0.9 * s),
  color: (picture, s) => adjustSaturation(picture, 1 + 0.9 * s),
  contrast: (picture, s) => adjustContrast(picture, 1 + 0.9 * s),
  sharpness: (picture, s) => adjustSharpness(picture, 1 + 0.9 * s),
};

const UNSIGNED: Readonly<Record<string, Operation>> = {
  identity: (picture) => picture,
  posterize: (picture, s) => posterize(picture, 8 - Math.round(4 * s)),
  solarize: (picture, s) => solarize(picture, 255 * (1 - s)),
  autoContrast: (picture) => autoContrast(picture),
  equalize: (picture) => equalize(picture),
};

const NAMES = [...Object.keys(SIGNED), ...Object.keys(UNSIGNED)];

/**
 * RandAugment (Cubuk et al. 2019, https://arxiv.org/abs/1909.13719) with torchvision's fourteen operations and their
 * ranges.
 *
 * @param options.operations drawn for a picture, one after the other; 2 where not given
 * @param options.magnitude from 0 to 30; 9 where not given
 */
export function randAugment({
  operations = 2,
  magnitude = 9,
  ...options
}: { operations?: number; magnitude?: number } & AffineOptions = {}): Augmentation {
  if (!(magnitude >= 0 && magnitude <= 30)) {
    throw new RangeError(`randAugment: magnitude is from 0 to 30, not ${magnitude}.`);
  }
  return (picture, random) => {
    let result = picture;
    for (let i = 0; i < operations; i++) {
      const name = NAMES[integerBetween(random, 0, NAMES.length - 1)]!;
      const signed = SIGNED[name];
      const strength = (magnitude / 30) * (signed && random() < 0.5 ? -1 : 1);
      result = (signed ?? UNSIGNED[name]!)(result, strength, options);
    }
    return result;
  };
}
