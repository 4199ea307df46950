import './values/formatter.ts';

export type { AxisOptions } from './axes.ts';
export { type BarOptions, bar } from './bar.ts';
export { type BoxOptions, box, violin } from './box.ts';
export type { ColorOptions } from './color-axis.ts';
export type { ColumnName, Numbers, TableData } from './data.ts';
export { DISPLAY, type Displayable, type MimeBundle } from './display.ts';
export { Drawing, type DrawingOptions, type DrawingParts, svgText } from './drawing.ts';
export { type EmbeddingOptions, embedding } from './embeddings/embedding.ts';
export { type PrincipalComponents, principalComponents } from './embeddings/pca.ts';
export { type ProjectOptions, project } from './embeddings/project.ts';
export type { BandOptions, Truth } from './evaluation/binary.ts';
export { type ConfusionCounts, type ConfusionOptions, confusionHeatmap } from './evaluation/confusion.ts';
export {
  type ClassifierCurveOptions,
  precisionRecallCurve,
  rocCurve,
  type Scores,
} from './evaluation/curves.ts';
export {
  type DecisionPathsOptions,
  decisionPaths,
  type LayerDecisionsOptions,
  type LogitLensOptions,
  layerDecisions,
  logitLens,
} from './evaluation/decision-paths.ts';
export {
  type DecisionTreeNode,
  type DecisionTreeOptions,
  decisionTree,
} from './evaluation/decision-tree.ts';
export {
  type Correctness,
  type ErrorSlice,
  type ErrorSlicesOptions,
  errorSlices,
  type SliceErrors,
  type SliceOf,
  type SliceOptions,
  sliceErrors,
} from './evaluation/error-slices.ts';
export {
  hyperparameterImportance,
  hyperparameterImportances,
  hyperparameterMarginals,
  type Importance,
  type ImportanceOptions,
  type MarginalOptions,
  type TrialOptions,
} from './evaluation/hyperparameter-importance.ts';
export {
  type LearningCurvesOptions,
  type LearningScores,
  learningCurves,
} from './evaluation/learning-curves.ts';
export {
  type ReliabilityBin,
  type ReliabilityOptions,
  reliabilityDiagram,
} from './evaluation/reliability.ts';
export {
  type ThresholdOptions,
  type ThresholdScores,
  thresholdExplorer,
  thresholdScores,
} from './evaluation/threshold.ts';
export { Figure, type FigureOptions, type FigureParts, type SaveOptions } from './figure.ts';
export { type ContourOptions, contour, type HeatmapOptions, heatmap } from './heatmap.ts';
export { type HistogramOptions, histogram } from './histogram.ts';
export { type LineOptions, line } from './line.ts';
export {
  type ArchitectureOptions,
  architecture,
  type ModelWithParameters,
  type ModuleDescription,
} from './models/architecture.ts';
export {
  type AttentionGridOptions,
  type AttentionLinesOptions,
  type AttentionRolloutOptions,
  attentionGrid,
  attentionLines,
  attentionRollout,
} from './models/attention.ts';
export {
  type ChannelGridOptions,
  type FeatureMapsOptions,
  type FiltersOptions,
  featureMaps,
  filters,
} from './models/feature-maps.ts';
export {
  activationHistograms,
  type LayerHistogramOptions,
  type Layers,
  type LayersAtStep,
  weightHistograms,
} from './models/layer-histograms.ts';
export {
  type Direction,
  filterNormalizedDirections,
  type LossLandscapeOptions,
  type LossPlane,
  type LossPlaneOptions,
  lossLandscape,
  lossPlane,
  type PathDirections,
  pathDirections,
} from './models/loss-landscape.ts';
export { type OnnxNode, type ParsedOnnx, parseOnnx } from './models/onnx-file.ts';
export { type OnnxGraphOptions, onnxGraph } from './models/onnx-graph.ts';
export { type OperatorTimeRow, type OperatorTimesOptions, operatorTimes } from './models/operator-times.ts';
export {
  type LayerError,
  type QuantizationErrorOptions,
  type QuantizedPair,
  quantizationError,
  quantizationErrors,
} from './models/quantization-error.ts';
export { type SaliencyOverlayOptions, saliencyOverlay } from './models/saliency-overlay.ts';
export type { ArrayInput, ShapedNumbers, TensorLike } from './models/tensor-input.ts';
export { embedPlotly } from './page/html.ts';
export {
  BLUE_ORANGE,
  BLUES,
  CIVIDIS,
  COLOR_SCALES,
  type ColorScale,
  type ColorScaleName,
  OKABE_ITO,
  VIRIDIS,
} from './palettes.ts';
export { type Panel, Panels } from './panels.ts';
export { type ParallelCoordinatesOptions, parallelCoordinates } from './parallel-coordinates.ts';
export type { PlotlyConfig, PlotlyFigure, PlotlyLayout, PlotlyTrace } from './plotly.ts';
export { type SankeyLink, type SankeyOptions, sankey } from './sankey.ts';
export { type ScatterOptions, scatter } from './scatter.ts';
export { type SmallMultiplesOptions, smallMultiples } from './small-multiples.ts';
export { type TableOptions, table } from './table.ts';
export type { HistogramValue, ImageValue, SummaryValue, TensorBoardEvent } from './tensorboard/events.ts';
export { type Run, readEvents, readRuns, type TagSeries } from './tensorboard/reader.ts';
export { type TensorBoardOptions, tensorboard } from './tensorboard/tensorboard.ts';
export { EventWriter, type EventWriterOptions } from './tensorboard/writer.ts';
export { escapeHtml, plotText } from './text.ts';
export { setTheme, type Theme } from './theme.ts';
export { type Scatter3dOptions, type SurfaceOptions, scatter3d, surface } from './three-d.ts';
export { type DiffOptions, diff } from './tokens/diff.ts';
export {
  type GeneratedToken,
  type GenerationOptions,
  generation,
  type TokenProbability,
} from './tokens/generation.ts';
export { type TokensOptions, tokens } from './tokens/tokens.ts';
export { type CompareRunsOptions, compareRuns } from './training/compare-runs.ts';
export { type GradientNormsOptions, gradientNorms } from './training/gradient-norms.ts';
export {
  type LearningRateFinderOptions,
  learningRateFinder,
  suggestLearningRate,
} from './training/learning-rate-finder.ts';
export { LiveCurves, type LiveCurvesOptions, type LiveDisplay, liveCurves } from './training/live.ts';
export {
  monitorResources,
  type ResourceMonitor,
  type ResourceSample,
  resourceUse,
} from './training/resources.ts';
export { smooth } from './training/smoothing.ts';
export { type ImageGridOptions, imageGrid } from './values/images.ts';
export { type ShowOptions, show } from './values/show.ts';
export { type SoundOptions, type SpectrogramPicture, sound } from './values/sound.ts';
export {
  type HasShape,
  type ParameterRow,
  type ParameterTree,
  type Summary,
  type SummaryOptions,
  summary,
} from './values/summary.ts';
export * as widgets from './widgets/index.ts';
