export {
  balancedClassWeights,
  type ClassBalance,
  type CrossEntropyWeights,
  crossEntropy,
} from './cross-entropy.ts';
export { binaryFocal, type FocalOptions, focal } from './focal.ts';
export { generalizedCrossEntropy } from './generalized-cross-entropy.ts';
export { huber, logCosh } from './regression.ts';
export { weightedMean } from './weighted-mean.ts';
