export { type AffineMatrix, type AffineOptions, affine, rotate } from './affine.ts';
export { type Augmentation, compose, type Resizing, sometimes } from './augmentation.ts';
export { gaussianBlur } from './blur.ts';
export {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  adjustSharpness,
  autoContrast,
  equalize,
  posterize,
  solarize,
} from './color.ts';
export { mirror, turnOver } from './flip.ts';
export { cutMix, type Mixed, mixUp } from './mix.ts';
export { randAugment } from './rand-augment.ts';
export {
  type ColorJitterOptions,
  colorJitter,
  randomCrop,
  randomErasing,
  randomGaussianBlur,
  randomHorizontalFlip,
  randomResizedCrop,
  randomRotation,
  randomVerticalFlip,
} from './transforms.ts';
