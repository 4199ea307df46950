/**
 * Whether a model's confidence can be taken at its word: of the predictions made with confidence 0.8, are 80 % correct?
 * Guo et al. (2017): https://proceedings.mlr.press/v70/guo17a.html
 */
import { checkInteger, checkNotEmpty, checkRange, checkSameLength } from './check.ts';
import { quantiles } from './quantiles.ts';

export interface CalibrationOptions {
  /** Default: 15. */
  bins?: number;
  /**
   * `'equal-width'` (default): bins of the same width over [0, 1]. `'equal-mass'`: bins between quantiles of the
   * confidences, with about the same number of predictions each; equal confidences stay in one bin.
   */
  strategy?: 'equal-width' | 'equal-mass';
}

/** The predictions with a confidence in (lower, upper]; the first bin has its lower edge too. */
export interface CalibrationBin {
  lower: number;
  upper: number;
  count: number;
  meanConfidence: number;
  /** The share of correct predictions. */
  accuracy: number;
}

/**
 * Predictions grouped by confidence: the points of a reliability diagram. Bins without predictions are left out.
 * The bins are those of scikit-learn's `calibration_curve`.
 * @param confidences N probabilities, each of the class that was predicted.
 * @param correct for each, whether the prediction was correct.
 * @throws when empty, when lengths differ, when a confidence isn't from 0 to 1, or `bins` isn't a whole number above 0.
 */
export function calibrationBins(
  confidences: readonly number[],
  correct: readonly boolean[],
  options: CalibrationOptions = {},
): CalibrationBin[] {
  return group('calibrationBins', confidences, correct, options);
}

/**
 * Expected calibration error: the mean over predictions of the distance between their bin's mean confidence and its
 * accuracy. From 0 to 1; it depends on the bins, so give their number and kind with it.
 * @param confidences N probabilities, each of the class that was predicted.
 * @param correct for each, whether the prediction was correct.
 * @throws when empty, when lengths differ, when a confidence isn't from 0 to 1, or `bins` isn't a whole number above 0.
 */
export function expectedCalibrationError(
  confidences: readonly number[],
  correct: readonly boolean[],
  options: CalibrationOptions = {},
): number {
  const bins = group('expectedCalibrationError', confidences, correct, options);
  const gaps = bins.map((bin) => bin.count * Math.abs(bin.meanConfidence - bin.accuracy));
  return gaps.reduce((a, b) => a + b, 0) / confidences.length;
}

function group(
  where: string,
  confidences: readonly number[],
  correct: readonly boolean[],
  options: CalibrationOptions,
): CalibrationBin[] {
  checkSameLength(
    where,
    { name: 'confidences', length: confidences.length },
    { name: 'correct', length: correct.length },
  );
  checkNotEmpty(where, 'confidences', confidences);
  confidences.forEach((confidence, i) => {
    checkRange(where, `confidences[${i}]`, confidence, { minimum: 0, maximum: 1 });
  });
  const { bins: count = 15, strategy = 'equal-width' } = options;
  checkInteger(where, 'bins', count, 1);
  if (strategy !== 'equal-width' && strategy !== 'equal-mass') {
    throw new Error(`${where}: strategy is ${JSON.stringify(strategy)}; give 'equal-width' or 'equal-mass'.`);
  }
  // As numpy.linspace, so that a confidence on an edge falls on the same side.
  const even = Array.from({ length: count + 1 }, (_, i) => (i === count ? 1 : i * (1 / count)));
  const edges = strategy === 'equal-width' ? even : quantiles(confidences, even);

  const totals = Array.from({ length: count }, () => ({ count: 0, confidence: 0, correct: 0 }));
  confidences.forEach((confidence, i) => {
    let bin = 0;
    while (bin < count - 1 && confidence > edges[bin + 1]!) bin++;
    totals[bin]!.count++;
    totals[bin]!.confidence += confidence;
    if (correct[i]) totals[bin]!.correct++;
  });
  return totals.flatMap((total, i) =>
    total.count === 0
      ? []
      : {
          lower: edges[i]!,
          upper: edges[i + 1]!,
          count: total.count,
          meanConfidence: total.confidence / total.count,
          accuracy: total.correct / total.count,
        },
  );
}
