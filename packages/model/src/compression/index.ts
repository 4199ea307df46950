export { halfPrecision } from './float16.ts';
export { GradualPruning, type GradualPruningOptions } from './gradual-pruning.ts';
export { expandLowRank, type LowRankOptions, lowRank, truncatedSvd } from './low-rank.ts';
export { applyMasks, type MagnitudeOptions, type Masks, magnitudeMasks, pruned } from './masks.ts';
export {
  type ActivationRanges,
  type CalibrateOptions,
  calibrate,
  type DynamicOptions,
  dequantize,
  type QuantizeOptions,
  quantizeDynamic,
  quantizeStatic,
  quantizeWeights,
  type StaticOptions,
  type WeightOptions,
} from './quantization.ts';
export { type Compared, type CompressionReport, compressionReport } from './report.ts';
export { type SparsitySchedule, sparsityAt } from './sparsity.ts';
export { type TransformerSizes, type TransformerUnits, transformerUnits } from './transformer-units.ts';
export {
  removeUnits,
  type UnitGroup,
  type UnitMember,
  type UnitOptions,
  unitMasks,
  unitScores,
} from './units.ts';
