export { type AttentionOptions, attentionLoss, teacherLayers } from './attentions.ts';
export { distilBertFrom } from './distilbert-from-bert.ts';
export { type HiddenStateOptions, hiddenStateLoss } from './hidden-states.ts';
export { logitsLoss } from './logits.ts';
