/** Augmentations with torchvision's names, meanings and defaults (`torchvision.transforms.v2`). */
import type { Random } from '@quire/evaluation';
import { crop } from '../crop.ts';
import type { Box, Picture } from '../picture.ts';
import { type Interpolation, type ResizeOptions, resize } from '../resample.ts';
import { type AffineOptions, rotate } from './affine.ts';
import { type Augmentation, between, integerBetween, type Resizing, sometimes } from './augmentation.ts';
import { gaussianBlur } from './blur.ts';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './color.ts';
import { mirror, turnOver } from './flip.ts';

/**
 * A part of random area and shape, resized to a square (Szegedy et al. 2014, "Going deeper with convolutions",
 * https://arxiv.org/abs/1409.4842).
 *
 * @param size of the result, in pixels
 */
export function randomResizedCrop(
  size: number,
  {
    scale = [0.08, 1],
    ratio = [3 / 4, 4 / 3],
    interpolation = 'bilinear',
  }: {
    /** The part's share of the area; 0.08 to 1 where not given. */
    scale?: readonly [number, number];
    /** Width over height; 3/4 to 4/3 where not given. */
    ratio?: readonly [number, number];
    interpolation?: Interpolation;
  } = {},
): Resizing {
  const resizing = (picture: Picture, random: Random): ResizeOptions => {
    const box = randomBox(picture, random, scale, ratio) ?? middle(picture, ratio);
    return { height: size, width: size, interpolation, box };
  };
  return Object.assign(
    (picture: Picture, random: Random): Picture => resize(picture, resizing(picture, random)),
    { resizing },
  );
}

/** A part of `size` by `size` pixels, from the picture with `padding` pixels of `fill` around it. */
export function randomCrop(
  size: number,
  { padding = 0, fill = 0 }: { padding?: number; fill?: number } = {},
): Augmentation {
  return (picture, random) => {
    const [down, right] = [picture.height, picture.width].map((own) => own + 2 * padding - size) as [
      number,
      number,
    ];
    if (down < 0 || right < 0) {
      throw new RangeError(
        `randomCrop: ${size} pixels don't fit into ${picture.height} by ${picture.width} with ${padding} around.`,
      );
    }
    const top = integerBetween(random, 0, down) - padding;
    const left = integerBetween(random, 0, right) - padding;
    return crop(picture, { top, left, height: size, width: size }, { fill });
  };
}

export function randomHorizontalFlip(probability = 0.5): Augmentation {
  return sometimes(probability, mirror);
}

export function randomVerticalFlip(probability = 0.5): Augmentation {
  return sometimes(probability, turnOver);
}

/** @param degrees at most so many in either direction */
export function randomRotation(degrees: number, options: AffineOptions = {}): Augmentation {
  return (picture, random) => rotate(picture, between(random, -degrees, degrees), options);
}

/** Each a strength around none, such as 0.4 for factors from 0.6 to 1.4; 0 where not given. */
export interface ColorJitterOptions {
  brightness?: number;
  contrast?: number;
  saturation?: number;
  /** At most 0.5, half a turn. */
  hue?: number;
}

/** Changes brightness, contrast, saturation and hue, in any order. */
export function colorJitter({
  brightness = 0,
  contrast = 0,
  saturation = 0,
  hue = 0,
}: ColorJitterOptions): Augmentation {
  for (const [name, value] of Object.entries({ brightness, contrast, saturation, hue })) {
    if (!(value >= 0 && (name !== 'hue' || value <= 0.5))) {
      throw new RangeError(
        `colorJitter: ${name} is from 0 to ${name === 'hue' ? 0.5 : 'any number'}, not ${value}.`,
      );
    }
  }
  const factor = (random: Random, strength: number): number =>
    between(random, Math.max(0, 1 - strength), 1 + strength);
  const steps: [number, Augmentation][] = [
    [brightness, (picture, random) => adjustBrightness(picture, factor(random, brightness))],
    [contrast, (picture, random) => adjustContrast(picture, factor(random, contrast))],
    [saturation, (picture, random) => adjustSaturation(picture, factor(random, saturation))],
    [hue, (picture, random) => adjustHue(picture, between(random, -hue, hue))],
  ];
  const used = steps.filter(([strength]) => strength > 0).map(([, step]) => step);
  return (picture, random) => {
    const left = [...used];
    let result = picture;
    while (left.length > 0) {
      const [step] = left.splice(integerBetween(random, 0, left.length - 1), 1);
      result = step!(result, random);
    }
    return result;
  };
}

/** @param size of the kernel, odd; @param sigma from and to, in pixels */
export function randomGaussianBlur(size: number, sigma: readonly [number, number] = [0.1, 2]): Augmentation {
  return (picture, random) => gaussianBlur(picture, size, between(random, sigma[0], sigma[1]));
}

/** Erases a rectangle (Zhong et al. 2017, "Random erasing data augmentation", https://arxiv.org/abs/1708.04896). */
export function randomErasing({
  probability = 0.5,
  scale = [0.02, 0.33],
  ratio = [0.3, 3.3],
  fill = 0,
}: {
  probability?: number;
  /** The rectangle's share of the area. */
  scale?: readonly [number, number];
  /** Height over width. */
  ratio?: readonly [number, number];
  /** What is there then, in each channel, or `'random'` pixels. */
  fill?: number | 'random';
} = {}): Augmentation {
  return sometimes(probability, (picture, random) => {
    const box = randomBox(picture, random, scale, [1 / ratio[1], 1 / ratio[0]]);
    if (!box) return picture;
    const data = picture.data.slice();
    const { channels } = picture;
    for (let y = box.top; y < box.top + box.height; y++) {
      const row = (y * picture.width + box.left) * channels;
      for (let i = row; i < row + box.width * channels; i++) {
        data[i] = fill === 'random' ? Math.floor(256 * random()) : fill;
      }
    }
    return { ...picture, data };
  });
}

/** A rectangle by its share of the area and its width over height, which is uniform in its logarithm. */
function randomBox(
  picture: Picture,
  random: Random,
  scale: readonly [number, number],
  ratio: readonly [number, number],
): Box | undefined {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = picture.height * picture.width * between(random, scale[0], scale[1]);
    const shape = Math.exp(between(random, Math.log(ratio[0]), Math.log(ratio[1])));
    const width = Math.round(Math.sqrt(area * shape));
    const height = Math.round(Math.sqrt(area / shape));
    if (width >= 1 && width <= picture.width && height >= 1 && height <= picture.height) {
      const top = integerBetween(random, 0, picture.height - height);
      const left = integerBetween(random, 0, picture.width - width);
      return { top, left, height, width };
    }
  }
  return undefined;
}

/** The largest rectangle in the middle whose shape is allowed. */
function middle({ height, width }: Picture, ratio: readonly [number, number]): Box {
  const shape = width / height;
  const own = { height, width };
  if (shape < ratio[0]) own.height = Math.round(width / ratio[0]);
  else if (shape > ratio[1]) own.width = Math.round(height * ratio[1]);
  return {
    top: Math.floor((height - own.height) / 2),
    left: Math.floor((width - own.width) / 2),
    ...own,
  };
}
