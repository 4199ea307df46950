export { type SpecAugmentOptions, specAugment } from './spec-augment.ts';
export { addNoise, mixNoise, timeShift } from './waves.ts';
