export { adversarialStrength, reverseGradient } from './domain-adversarial.ts';
export {
  applyLora,
  initLora,
  type LoraAdapter,
  type LoraAdapters,
  type LoraOptions,
  mergeLora,
  unmergeLora,
} from './lora.ts';
export {
  type Task,
  type TaskHeads,
  type TaskLabels,
  type Tasks,
  taskHeadsSpec,
  taskLogits,
  taskLosses,
  uncertaintyWeighted,
} from './multi-task.ts';
export { anyOf, layerIndex, layersFrom, type NamePredicate, named, not } from './predicates.ts';
export { type LayerwiseDecay, layerwiseDecay, type RateMultiplier, scaledRates } from './rates.ts';
