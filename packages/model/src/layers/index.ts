export { type Activation, activate } from './activations.ts';
export { type AttendOptions, attend, joinHeads, splitHeads } from './attention.ts';
export { Dropouts } from './dropout.ts';
export { type BlockLayers, layerNorm, type Norm } from './encoder.ts';
export { type Linear, type LinearSpec, linear, uniformLinearSpec } from './linear.ts';
export { layerNormSpec, type NormSpec, normalize } from './norm.ts';
export { type PreNormBlock, preNormBlock } from './pre-norm-block.ts';
