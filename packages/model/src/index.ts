export type { Architecture } from './architectures/architecture.ts';
export * from './architectures/index.ts';
export type { GenerationConfig } from './checkpoints/generation-config.ts';
export {
  type LoadPretrainedOptions,
  loadPretrained,
  type Pretrained,
  type PretrainedModel,
} from './checkpoints/load.ts';
export { SafetensorsFile, type StoredTensor, writeSafetensors } from './checkpoints/safetensors.ts';
export {
  type ModelToSave,
  type SavedDType,
  type SavePretrainedOptions,
  savePretrained,
} from './checkpoints/save.ts';
export * as compression from './compression/index.ts';
export * as distillation from './distillation/index.ts';
export * as ensembling from './ensembling/index.ts';
export * as fineTuning from './fine-tuning/index.ts';
export { type BeamOptions, beamSearch, type Hypothesis } from './generation/beam-search.ts';
export { type DecoderArchitecture, Decoding, type LanguageModel } from './generation/decoding.ts';
export {
  type Candidates,
  candidates,
  draw,
  logProbabilities,
  type SamplingOptions,
} from './generation/distribution.ts';
export {
  type FinishReason,
  type GeneratedText,
  type GenerateOptions,
  Generation,
  generate,
  type TextModel,
} from './generation/generate.ts';
export {
  type SpeculativeOptions,
  type SpeculativeStep,
  speculativeTokens,
} from './generation/speculative.ts';
export { type GeneratedToken, generateTokens, type TokenOptions } from './generation/tokens.ts';
export * as layers from './layers/index.ts';
export { emptyCache, type KeyValueCache } from './layers/key-value-cache.ts';
export * as losses from './losses/index.ts';
export { initialize } from './parameters/initialize.ts';
export { type Named, namedLeaves } from './parameters/names.ts';
export { merge, type PartOf, partition, trainable, type Whole } from './parameters/partition.ts';
export {
  constant,
  normal,
  ones,
  ParameterSpec,
  type ParametersOf,
  uniform,
  zeros,
} from './parameters/spec.ts';
export * as selfSupervision from './self-supervision/index.ts';
export type { CallbackState } from './training/callback-state.ts';
export { type LookAheadOptions, lookAhead } from './training/look-ahead.ts';
export type { LossScaling } from './training/loss-scaling.ts';
export { NonFiniteError } from './training/non-finite.ts';
export {
  type ScalarWriter,
  type Summaries,
  type SummaryImage,
  type SummaryOptions,
  type SummaryWriter,
  tensorBoardLog,
  tensorBoardSummaries,
} from './training/tensor-board.ts';
export {
  type Checkpoints,
  type CollateContext,
  type EarlyStopping,
  type LossAndMetrics,
  type LossContext,
  type MetricLog,
  type Metrics,
  type StepDetails,
  type StepReport,
  Trainer,
  type TrainerCallback,
  type TrainerOptions,
  type TrainingResult,
  type Validation,
} from './training/trainer.ts';
