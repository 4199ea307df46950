/** Changes of pictures that leave their meaning as it is, drawn at random. */
import type { Random } from '@quire/evaluation';
import type { Picture } from '../picture.ts';
import type { ResizeOptions } from '../resample.ts';

/** Makes a new picture of one, by draws of `random`; pictures that it is given stay as they are. */
export type Augmentation = (picture: Picture, random: Random) => Picture;

/** An augmentation that is nothing but a resizing, which can be done in another thread. */
export interface Resizing extends Augmentation {
  resizing(picture: Picture, random: Random): ResizeOptions;
}

/** One after the other. */
export function compose(...augmentations: readonly Augmentation[]): Augmentation {
  return (picture, random) =>
    augmentations.reduce((changed, augmentation) => augmentation(changed, random), picture);
}

/** An augmentation with a probability, and else none. */
export function sometimes(probability: number, augmentation: Augmentation): Augmentation {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`sometimes: ${probability} is not a probability.`);
  }
  return (picture, random) => (random() < probability ? augmentation(picture, random) : picture);
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** A whole number from low to high, both included. */
export function integerBetween(random: Random, low: number, high: number): number {
  return Math.min(high, low + Math.floor((high - low + 1) * random()));
}
