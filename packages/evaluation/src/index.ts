export { accuracy } from './accuracy.ts';
export { type BleuOptions, type BleuSmoothing, corpusBleu, sentenceBleu } from './bleu.ts';
export { type BootstrapOptions, bootstrapConfidenceInterval, type ConfidenceInterval } from './bootstrap.ts';
export {
  type CalibrationBin,
  type CalibrationOptions,
  calibrationBins,
  expectedCalibrationError,
} from './calibration.ts';
export { type ChrfOptions, corpusChrf, sentenceChrf } from './chrf.ts';
export {
  type ClassificationReport,
  type ClassificationReportOptions,
  classificationReport,
} from './classification-report.ts';
export { type ConfusionMatrix, type ConfusionMatrixOptions, confusionMatrix } from './confusion-matrix.ts';
export type { Label } from './labels.ts';
export {
  bitsPerByte,
  bitsPerCharacter,
  crossEntropy,
  perplexity,
  perplexityFromTotals,
} from './perplexity.ts';
export {
  type Average,
  type AverageOptions,
  averageScores,
  type ClassScores,
  classScores,
  f1,
  type PrecisionRecallF1,
  precision,
  recall,
} from './precision-recall.ts';
export { brierScore, logLoss, type ProbabilityScoreOptions } from './probability-scores.ts';
export { mulberry32, type Random } from './random.ts';
export {
  type RougeOptions,
  type RougeScore,
  rouge1,
  rouge2,
  rougeL,
  rougeN,
  tokenizeRouge,
} from './rouge.ts';
export {
  corpusSacreBleu,
  type SacreBleuOptions,
  type SacreBleuScore,
  sentenceSacreBleu,
} from './sacrebleu.ts';
export { tokenize13a } from './tokenize-13a.ts';
