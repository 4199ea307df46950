import { random, tf } from '@quire/runtime';

const WINDOW = 8;
const ROUNDS = 12;

/**
 * Vectors of tokens from how often they occur near each other: the positive pointwise mutual information, factorized
 * (Levy and Goldberg 2014, "Neural word embedding as implicit matrix factorization",
 * https://papers.nips.cc/paper/5477) by subspace iteration (Halko et al. 2009, https://arxiv.org/abs/0909.4061). What
 * is near each other, such as the tokens of a language, has similar vectors.
 *
 * @param rows token ids; tokens up to 8 apart in a row are near each other, the more the nearer
 * @param first the first id that is counted; those before are special
 * @param key random key of where the iteration starts
 * @param deviation of the numbers of each vector
 * @returns float32 (vocabularySize, width), each row of the same length; random where a token wasn't counted
 */
export async function cooccurrenceEmbeddings(
  rows: Iterable<Int32Array>,
  {
    vocabularySize,
    width,
    first,
    deviation,
  }: { vocabularySize: number; width: number; first: number; deviation: number },
  key: random.Key,
): Promise<tf.Tensor2D> {
  const information = mutualInformation(rows, vocabularySize, first);
  const drawn = random.normal(key, [vocabularySize, width]);
  const start = Float64Array.from(await drawn.data());
  drawn.dispose();
  let vectors: Float64Array = start.slice();
  let lengths: Float64Array = new Float64Array(width);
  for (let round = 0; round < ROUNDS; round++) {
    vectors = product(information, vectors, width);
    lengths = orthonormalize(vectors, width);
  }
  const result = new Float32Array(vocabularySize * width);
  for (let token = 0; token < vocabularySize; token++) {
    const at = token * width;
    const own = Float64Array.from({ length: width }, (_, j) => vectors[at + j]! * Math.sqrt(lengths[j]!));
    const used = information[token]!.size > 0 ? own : start.subarray(at, at + width);
    const scale = (deviation * Math.sqrt(width)) / (Math.hypot(...used) || 1);
    for (let j = 0; j < width; j++) result[at + j] = scale * used[j]!;
  }
  return tf.tensor2d(result, [vocabularySize, width]);
}

/** By token and token near it, where they are near each other more often than by chance: by how much, in nats. */
function mutualInformation(
  rows: Iterable<Int32Array>,
  vocabularySize: number,
  first: number,
): Map<number, number>[] {
  const counts = Array.from({ length: vocabularySize }, () => new Map<number, number>());
  const sums = new Float64Array(vocabularySize);
  let all = 0;
  const add = (a: number, b: number, weight: number): void => {
    const own = counts[a] as Map<number, number>;
    own.set(b, (own.get(b) ?? 0) + weight);
    sums[a]! += weight;
    all += weight;
  };
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) {
      for (let j = Math.max(0, i - WINDOW); j < i; j++) {
        const [a, b] = [row[i] as number, row[j] as number];
        if (a < first || b < first) continue;
        add(a, b, 1 / (i - j));
        add(b, a, 1 / (i - j));
      }
    }
  }
  return counts.map((own, a) => {
    const above = new Map<number, number>();
    for (const [b, count] of own) {
      const information = Math.log((count * all) / (sums[a]! * sums[b]!));
      if (information > 0) above.set(b, information);
    }
    return above;
  });
}

/** (V, V) times (V, C) */
function product(matrix: readonly Map<number, number>[], vectors: Float64Array, width: number): Float64Array {
  const result = new Float64Array(vectors.length);
  for (const [a, row] of matrix.entries()) {
    for (const [b, value] of row) {
      for (let j = 0; j < width; j++) result[a * width + j]! += value * vectors[b * width + j]!;
    }
  }
  return result;
}

/** Makes the columns of (V, C) orthonormal, one after another. @returns their lengths before */
function orthonormalize(vectors: Float64Array, width: number): Float64Array {
  const columns = Array.from({ length: width }, (_, j) =>
    Float64Array.from({ length: vectors.length / width }, (_, i) => vectors[i * width + j]!),
  );
  const lengths = new Float64Array(width);
  columns.forEach((column, j) => {
    for (const other of columns.slice(0, j)) {
      let dot = 0;
      for (let i = 0; i < column.length; i++) dot += column[i]! * other[i]!;
      for (let i = 0; i < column.length; i++) column[i]! -= dot * other[i]!;
    }
    let squares = 0;
    for (const value of column) squares += value * value;
    lengths[j] = Math.sqrt(squares);
    for (let i = 0; i < column.length; i++) column[i]! /= lengths[j]! || 1;
  });
  columns.forEach((column, j) => {
    for (let i = 0; i < column.length; i++) vectors[i * width + j] = column[i]!;
  });
  return lengths;
}
