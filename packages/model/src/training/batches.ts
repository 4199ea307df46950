/** In which order examples are seen: a function of the seed and the epoch, so that a run can go on from anywhere. */
import { random } from '@quire/runtime';

export interface BatchOrder {
  /** How many examples there are. */
  examples: number;
  batchSize: number;
  /** Whether each epoch has an order of its own. */
  shuffle: boolean;
  seed: number;
  /** The length of each example: examples of similar length are put into one batch. */
  lengths?: ArrayLike<number>;
  /**
   * How often each example is to come, relative to the others: an epoch then draws as many examples as there are, with
   * replacement, as PyTorch's `WeightedRandomSampler` does. Needs `shuffle`.
   */
  weights?: ArrayLike<number>;
  /** Whether a last batch that isn't full is left out. */
  dropLast: boolean;
}

/** Batches are sorted by length within so many batches' examples, as Hugging Face's `LengthGroupedSampler` does. */
const BATCHES_SORTED_TOGETHER = 50;

export function batchesPerEpoch({ examples, batchSize, dropLast }: BatchOrder): number {
  return dropLast ? Math.floor(examples / batchSize) : Math.ceil(examples / batchSize);
}

/** The batches of an epoch, as indices of examples. */
export function epochBatches(order: BatchOrder, epoch: number): Int32Array[] {
  const { examples, batchSize, shuffle, seed, lengths, weights } = order;
  let indices = weights
    ? drawn(weights, seed, epoch)
    : shuffle
      ? permutation(examples, seed, epoch)
      : Int32Array.from({ length: examples }, (_, i) => i);
  const count = batchesPerEpoch(order);
  const cut = (from: Int32Array): Int32Array[] =>
    Array.from({ length: Math.ceil(from.length / batchSize) }, (_, i) =>
      from.slice(i * batchSize, (i + 1) * batchSize),
    );
  if (!lengths) return cut(indices).slice(0, count);
  const together = batchSize * (shuffle ? BATCHES_SORTED_TOGETHER : Number.POSITIVE_INFINITY);
  const sorted: number[] = [];
  for (let at = 0; at < examples; at += together) {
    const own = [...indices.subarray(at, Math.min(examples, at + together))];
    sorted.push(...own.sort((a, b) => (lengths[b] as number) - (lengths[a] as number)));
  }
  indices = Int32Array.from(sorted);
  const batches = cut(indices).slice(0, count);
  if (!shuffle) return batches;
  // The longest batch comes first, so that a lack of memory shows at once; the others in any order.
  const [first, ...rest] = batches;
  const mixed = Array.from(permutation(rest.length, seed, epoch), (i) => rest[i] as Int32Array);
  return first ? [first, ...mixed] : [];
}

/** All integers below `count` in an order that the seed and the epoch decide. */
function permutation(count: number, seed: number, epoch: number): Int32Array {
  const numbers = bits(count, seed, epoch);
  return Int32Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (numbers[a] as number) - (numbers[b] as number) || a - b,
  );
}

/** As many indices as there are weights, each drawn by them. */
function drawn(weights: ArrayLike<number>, seed: number, epoch: number): Int32Array {
  let total = 0;
  const upTo = Float64Array.from(weights, (weight) => {
    total += weight;
    return total;
  });
  return Int32Array.from(bits(weights.length, seed, epoch), (number) => {
    const at = ((number + 2 ** 31 + 0.5) / 2 ** 32) * total;
    // The first index whose sum is above it: one of weight 0 never is.
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** Random int32 numbers that the seed and the epoch decide. */
function bits(count: number, seed: number, epoch: number): Int32Array {
  const key = random.key(seed);
  const own = random.foldIn(key, epoch);
  const made = random.bits(own, [count]);
  const numbers = made.dataSync() as Int32Array;
  for (const tensor of [key, own, made]) tensor.dispose();
  return numbers;
}
