export { type AttentionOptions, attention } from './attention.ts';
export { BlockMatrix, type BlockOptions } from './block-matrix.ts';
export { type CrossEntropyOptions, crossEntropy } from './cross-entropy.ts';
export { gelu } from './gelu.ts';
export { groupNorm } from './group-norm.ts';
export { type ActivationRange, Int8Matrix, type Int8Options } from './int8-matrix.ts';
export { layerNorm } from './layer-norm.ts';
export { quantizedMatMul } from './quantized-mat-mul.ts';
export { type MatrixLayout, QuantizedMatrix } from './quantized-matrix.ts';
