/** From the logits of a next token to its probabilities, on the host: one row at a time, as Hugging Face's processors do it. */

export interface SamplingOptions {
  /** What logits are divided by: above 1 more even, below 1 more certain; 0 always takes the most probable token. */
  temperature?: number;
  /** Only so many of the most probable tokens. */
  topK?: number;
  /**
   * Only the most probable tokens that together reach this probability (nucleus sampling, Holtzman et al. 2019,
   * https://arxiv.org/abs/1904.09751).
   */
  topP?: number;
  /**
   * Only tokens at least this many times as probable as the most probable one (Nguyen et al. 2024,
   * https://arxiv.org/abs/2407.01082).
   */
  minP?: number;
  /**
   * What the logits of tokens that were there before are divided by where positive, else multiplied with (Keskar et al.
   * 2019, https://arxiv.org/abs/1909.05858).
   */
  repetitionPenalty?: number;
}

/** Tokens that may come next, in the order of their ids, and their probabilities, which add up to 1. */
export interface Candidates {
  ids: Int32Array;
  probabilities: Float32Array;
}

/** @throws {RangeError} for an option out of range. */
export function checkSampling({ temperature, topK, topP, minP, repetitionPenalty }: SamplingOptions): void {
  const check = (
    name: string,
    value: number | undefined,
    fits: (value: number) => boolean,
    range: string,
  ): void => {
    if (value !== undefined && !(Number.isFinite(value) && fits(value))) {
      throw new RangeError(`${name} must be ${range}, and is ${value}.`);
    }
  };
  check('temperature', temperature, (value) => value >= 0, '0 or more');
  check('topK', topK, (value) => Number.isInteger(value) && value >= 1, 'a whole number from 1 on');
  check('topP', topP, (value) => value > 0 && value <= 1, 'above 0 and at most 1');
  check('minP', minP, (value) => value >= 0 && value <= 1, 'from 0 to 1');
  check('repetitionPenalty', repetitionPenalty, (value) => value > 0, 'above 0');
}

/** Changes logits (V) in place for tokens that were there before. */
export function penalizeRepetition(logits: Float32Array, earlier: Iterable<number>, penalty: number): void {
  if (penalty === 1) return;
  for (const id of new Set(earlier)) {
    const logit = logits[id] as number;
    logits[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
}

/** The logarithm of the sum of exponentials of logits (V): what a logit is above its log-probability. */
export function logSumExp(logits: Float32Array): number {
  const most = largest(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] as number) - most);
  return most + Math.log(sum);
}

/** log softmax of logits (V), whose `logSumExp` may be known */
export function logProbabilities(logits: Float32Array, total = logSumExp(logits)): Float32Array {
  return logits.map((logit) => logit - total);
}

/** What may come next, and how probably, after temperature, top-k, top-p and min-p in this order. */
export function candidates(logits: Float32Array, options: SamplingOptions): Candidates {
  const { temperature = 1, topK, topP = 1, minP = 0 } = options;
  const most = largest(logits);
  if (temperature === 0)
    return { ids: Int32Array.of(logits.indexOf(most)), probabilities: Float32Array.of(1) };
  let ids: Int32Array | undefined;
  if (topK !== undefined && topK < logits.length) {
    const least = kthLargest(logits, topK);
    ids = indicesOf(logits, (logit) => logit >= least);
  }
  ids ??= Int32Array.from(logits.keys());
  const weights = Float64Array.from(ids, (id) => Math.exp(((logits[id] as number) - most) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let probabilities = weights.map((weight) => weight / total);
  const keep = (chosen: Int32Array): void => {
    const from = probabilities;
    ids = chosen.map((at) => (ids as Int32Array)[at] as number);
    probabilities = Float64Array.from(chosen, (at) => from[at] as number);
  };
  if (topP < 1) keep(nucleus(probabilities, topP));
  if (minP > 0) {
    const least = largest(probabilities) * minP;
    keep(indicesOf(probabilities, (probability) => probability >= least));
  }
  const kept = probabilities.reduce((sum, probability) => sum + probability, 0);
  return { ids, probabilities: Float32Array.from(probabilities, (probability) => probability / kept) };
}

/** The first candidate at which the sum of probabilities exceeds `uniform`, a number in [0, 1). */
export function draw({ ids, probabilities }: Candidates, uniform: number): number {
  let sum = 0;
  for (let i = 0; i < ids.length; i++) {
    sum += probabilities[i] as number;
    if (uniform < sum) return ids[i] as number;
  }
  // The probabilities add up to a little less than 1: the last that is possible takes the rest.
  return ids[probabilities.findLastIndex((probability) => probability > 0)] as number;
}

/** The `count` largest of `values`, largest first, with where they are. */
export function largestOf(values: Float32Array, count: number): { id: number; value: number }[] {
  if (count <= 0) return [];
  const least = count < values.length ? kthLargest(values, count) : Number.NEGATIVE_INFINITY;
  return Array.from(
    indicesOf(values, (value) => value >= least),
    (id) => ({ id, value: values[id] as number }),
  )
    .sort((a, b) => b.value - a.value || a.id - b.id)
    .slice(0, count);
}

function largest(values: Float32Array | Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > most) most = values[i] as number;
  return most;
}

function indicesOf(values: Float32Array | Float64Array, fits: (value: number) => boolean): Int32Array {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (fits(values[i] as number)) found.push(i);
  return Int32Array.from(found);
}

/** The k-th largest value, by a heap of the k largest so far. */
function kthLargest(values: Float32Array, k: number): number {
  const heap = values.slice(0, k).sort(); // smallest first: sorted is a heap
  for (let i = k; i < values.length; i++) {
    const value = values[i] as number;
    if (value <= (heap[0] as number)) continue;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= k) break;
      if (child + 1 < k && (heap[child + 1] as number) < (heap[child] as number)) child++;
      if ((heap[child] as number) >= value) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = value;
  }
  return heap[0] as number;
}

/** Where the most probable are that together reach `topP`. */
function nucleus(probabilities: Float64Array, topP: number): Int32Array {
  // Those below this have less than 1 - topP in all, so that only the others have to be sorted.
  const surely = (1 - topP) / probabilities.length;
  const sorted = indicesOf(probabilities, (probability) => probability > surely).sort(
    (a, b) => (probabilities[a] as number) - (probabilities[b] as number) || b - a,
  );
  let left = probabilities.reduce((sum, probability) => (probability > surely ? sum : sum + probability), 0);
  let dropped = 0;
  while (dropped < sorted.length - 1) {
    left += probabilities[sorted[dropped] as number] as number;
    if (left > 1 - topP) break;
    dropped++;
  }
  return sorted.slice(dropped).sort();
}
