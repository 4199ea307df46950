export { type AccumulateState, accumulate } from './accumulate.ts';
export { type AdafactorOptions, type AdafactorState, adafactor } from './adafactor.ts';
export { type AdamOptions, type AdamState, adam, adamW } from './adam.ts';
export { movingAverage } from './average.ts';
export { clipByGlobalNorm, clipByValue } from './clip.ts';
export { type LionOptions, type LionState, lion } from './lion.ts';
export type { DecayMask, LearningRate, Optimizer, WeightDecay } from './optimizer.ts';
export { type RmsPropOptions, type RmsPropState, rmsProp } from './rms-prop.ts';
export { type SgdOptions, type SgdState, sgd } from './sgd.ts';
