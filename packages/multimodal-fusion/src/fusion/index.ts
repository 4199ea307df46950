export * as bilinear from './bilinear.ts';
export * as crossAttention from './cross-attention.ts';
export * as early from './early.ts';
export * as gated from './gated.ts';
export * as late from './late.ts';
export * as lowRank from './low-rank.ts';
export * as mixtureOfExperts from './mixture-of-experts.ts';
export {
  type FusionInputs,
  type FusionOutputs,
  type Modalities,
  modalityDropout,
  type TokenInputs,
} from './modalities.ts';
export * as MultiModalModel from './multi-modal-model.ts';
export * as perceiver from './perceiver.ts';
export * as tensor from './tensor.ts';
