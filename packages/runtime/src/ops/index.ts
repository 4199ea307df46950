export { type AttentionOptions, attention } from './attention.ts';
export { type CrossEntropyOptions, crossEntropy } from './cross-entropy.ts';
export { gelu } from './gelu.ts';
export { layerNorm } from './layer-norm.ts';
