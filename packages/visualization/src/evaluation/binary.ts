/** Scores of a binary classifier against the truth: counts at each threshold, and what is computed from them. */
import { isList, type Numbers, named } from '../data.ts';
import { checkSameLength, readFinite } from '../finite.ts';
import { mulberry32 } from '../random.ts';

/** Whether each example is positive: booleans, or 1 and 0. */
export type Truth = ArrayLike<boolean> | ArrayLike<number>;

/** Examples in descending order of their scores. Those of equal score form one step. */
export interface Ranked {
  /** N; 1 where positive. */
  positive: Uint8Array;
  scores: Float64Array;
  /** Where each step ends: the number of examples with a score of at least the step's. */
  ends: Uint32Array;
}

/**
 * @throws {TypeError} when the truth holds anything but booleans, 1 and 0
 * @throws {RangeError} when lengths differ, a score isn't finite, or a class has no example
 */
export function rank(what: string, truth: Truth, scores: Numbers, name = 'scores'): Ranked {
  if (!isList(truth))
    throw new TypeError(`${what}: truth has to be an array of booleans, not ${named(truth)}.`);
  const values = readFinite(what, name, scores);
  checkSameLength(what, ['entries of truth', truth], [name, values]);
  const isPositive = Array.from(truth as ArrayLike<unknown>, (value, i) => {
    if (value !== true && value !== false && value !== 1 && value !== 0) {
      throw new TypeError(
        `${what}: truth has to hold true or false, 1 or 0; at ${i} it holds ${named(value)}.`,
      );
    }
    return Number(value);
  });
  const positives = isPositive.reduce((a, b) => a + b, 0);
  if (positives === 0 || positives === values.length) {
    throw new RangeError(
      `${what}: truth has ${positives === 0 ? 'no positive' : 'no negative'} example; both are needed.`,
    );
  }
  const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]!);
  const sorted = Float64Array.from(order, (i) => values[i]!);
  const ends: number[] = [];
  for (let i = 1; i <= sorted.length; i++)
    if (i === sorted.length || sorted[i] !== sorted[i - 1]) ends.push(i);
  return {
    positive: Uint8Array.from(order, (i) => isPositive[i]!),
    scores: sorted,
    ends: Uint32Array.from(ends),
  };
}

/** Weighted counts of the positive and the negative examples with a score of at least each step's. */
export interface Counts {
  truePositives: Float64Array;
  falsePositives: Float64Array;
  positives: number;
  negatives: number;
}

/** @param weights N, how often each of the ranked examples counts. Default: once. */
export function countsOf({ positive, ends }: Ranked, weights?: ArrayLike<number>): Counts {
  const truePositives = new Float64Array(ends.length);
  const falsePositives = new Float64Array(ends.length);
  let [tp, fp, i] = [0, 0, 0];
  ends.forEach((end, step) => {
    for (; i < end; i++) {
      const weight = weights ? weights[i]! : 1;
      if (positive[i]) tp += weight;
      else fp += weight;
    }
    truePositives[step] = tp;
    falsePositives[step] = fp;
  });
  return { truePositives, falsePositives, positives: tp, negatives: fp };
}

export interface Curve {
  x: number[];
  y: number[];
  /** The area under it: AUC of a ROC curve, average precision of a precision-recall curve. */
  area: number;
}

/** True positive rate by false positive rate, from (0, 0) to (1, 1); the area by the trapezoidal rule. */
export function rocOf({ truePositives, falsePositives, positives, negatives }: Counts): Curve {
  const x = [0, ...Array.from(falsePositives, (count) => count / negatives)];
  const y = [0, ...Array.from(truePositives, (count) => count / positives)];
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2;
  return { x, y, area };
}

/**
 * Precision by recall, from recall 0; the area is the average precision, a sum over the steps without interpolation, as
 * scikit-learn's.
 */
export function precisionRecallOf({ truePositives, falsePositives, positives }: Counts): Curve {
  const x: number[] = [];
  const y: number[] = [];
  let area = 0;
  let before = 0;
  truePositives.forEach((tp, i) => {
    const predicted = tp + falsePositives[i]!;
    if (predicted === 0) return;
    const [recall, precision] = [tp / positives, tp / predicted];
    if (x.length === 0) {
      x.push(0);
      y.push(precision);
    }
    x.push(recall);
    y.push(precision);
    area += (recall - before) * precision;
    before = recall;
  });
  return { x, y, area };
}

export interface BandOptions {
  /** How often the examples are drawn anew, with replacement. 0: there is no band. Default: 200. */
  resamples?: number;
  /** The share of resamples within the band at each point. Default: 0.95. */
  confidence?: number;
  /** Of the random numbers. Default: 1. */
  seed?: number;
}

export interface Band {
  x: number[];
  low: number[];
  high: number[];
  /** Of the area. */
  interval: [number, number];
}

/** Points along the x axis at which resampled curves are compared. */
const GRID = Array.from({ length: 101 }, (_, i) => i / 100);

/**
 * The percentile bootstrap (Efron and Tibshirani, 1993, chapter 13) of a curve, at each of 101 points of the x axis.
 * @param at a resampled curve's height at `x`
 */
export function bootstrapBand(
  what: string,
  ranked: Ranked,
  curve: (counts: Counts) => Curve,
  at: (curve: Curve, x: readonly number[]) => number[],
  { resamples = 200, confidence = 0.95, seed = 1 }: BandOptions,
): Band | undefined {
  if (!(Number.isInteger(resamples) && resamples >= 0 && resamples <= 100_000)) {
    throw new RangeError(`${what}: resamples has to be a whole number from 0 to 100,000, not ${resamples}.`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`${what}: confidence has to be between 0 and 1, not ${confidence}.`);
  }
  if (resamples === 0) return undefined;
  const random = mulberry32(seed);
  const size = ranked.positive.length;
  const weights = new Uint32Array(size);
  const heights: number[][] = [];
  const areas: number[] = [];
  // A resample without one of the classes has no curve.
  for (let drawn = 0; heights.length < resamples && drawn < 10 * resamples; drawn++) {
    weights.fill(0);
    for (let i = 0; i < size; i++) weights[Math.floor(random() * size)]!++;
    const counts = countsOf(ranked, weights);
    if (counts.positives === 0 || counts.negatives === 0) continue;
    const resampled = curve(counts);
    heights.push(at(resampled, GRID));
    areas.push(resampled.area);
  }
  if (heights.length === 0) return undefined;
  const tail = (1 - confidence) / 2;
  const bounds = GRID.map((_, i) => {
    const column = heights.map((row) => row[i]!);
    return [quantile(column, tail), quantile(column, 1 - tail)] as const;
  });
  return {
    x: [...GRID],
    low: bounds.map(([low]) => low),
    high: bounds.map(([, high]) => high),
    interval: [quantile(areas, tail), quantile(areas, 1 - tail)],
  };
}

/** With linear interpolation between neighbours, NumPy's default. */
export function quantile(values: readonly number[], probability: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * probability;
  const index = Math.floor(position);
  const below = sorted[index]!;
  const above = sorted[Math.min(index + 1, sorted.length - 1)]!;
  return below + (above - below) * (position - index);
}

/** Heights of a ROC curve, straight between its points; where it rises straight up, its upper end. */
export function interpolated({ x, y }: Curve, at: readonly number[]): number[] {
  const last = x.length - 1;
  let i = 0;
  return at.map((wanted) => {
    while (i < last && (x[i]! < wanted || x[i + 1]! <= wanted)) i++;
    if (x[i]! <= wanted) return y[i]!;
    return y[i - 1]! + ((wanted - x[i - 1]!) / (x[i]! - x[i - 1]!)) * (y[i]! - y[i - 1]!);
  });
}

/** Heights of a precision-recall curve: the precision of the least recall that is enough. */
export function stepped({ x, y }: Curve, at: readonly number[]): number[] {
  let i = 0;
  return at.map((wanted) => {
    while (i < x.length - 1 && x[i]! < wanted - 1e-12) i++;
    return y[i]!;
  });
}
