export { type AttentionOptions, attentionLoss, teacherLayers } from './attentions.ts';
export { type HiddenStateOptions, hiddenStateLoss } from './hidden-states.ts';
export { logitsLoss } from './logits.ts';
