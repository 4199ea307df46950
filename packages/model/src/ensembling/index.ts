export { averageLogits, averageProbabilities } from './averaging.ts';
export { type Stacking, type StackingOptions, stackingLogits, trainStacking } from './stacking.ts';
export { vote } from './voting.ts';
export { WeightAveraging, type WeightAveragingOptions } from './weight-averaging.ts';
