/**
 * Weights of linear layers as products of two thin matrices, by a truncated singular value decomposition (Sainath et al.
 * 2013, "Low-rank matrix factorization for deep neural network training", https://doi.org/10.1109/ICASSP.2013.6638949).
 */
import { jit, leavesOf, mapTree, random, tf } from '@quire/runtime';
import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import type { NamePredicate } from '../fine-tuning/predicates.ts';
import type { Factored } from '../layers/factored.ts';
import { publishedName } from '../parameters/names.ts';

export interface LowRankOptions {
  /** Of each weight; where it would save no numbers, the weight stays as it is. */
  rank: number | ((name: string, shape: readonly number[]) => number);
  /** Which weights, by published name: matrices of linear layers. */
  targets: NamePredicate;
}

/**
 * New parameters with weights in two factors: in place of a weight (m, n) there is `{ left: (m, r), right: (r, n) }`,
 * which linear layers of text models compute with, in r (m + n) in place of m n multiplications. They can be trained on.
 * For saving make ordinary weights of them with `expandLowRank`. The old parameters stay the caller's.
 *
 * @param key of the random directions that the search for singular vectors begins with
 * @throws {RangeError} where a weight that is meant isn't a matrix, or a rank isn't from 1 on.
 */
export async function lowRank<Params>(
  params: Params,
  { rank, targets }: LowRankOptions,
  key: random.Key,
): Promise<Params> {
  const factors = new Map<string, Factored>();
  for (const { path, value } of leavesOf<tf.Tensor>(params)) {
    const name = publishedName(path);
    if (!targets(name)) continue;
    if (value.rank !== 2) throw new RangeError(`Only matrices have a rank, and ${name} is [${value.shape}].`);
    const [m, n] = value.shape as [number, number];
    const own = typeof rank === 'number' ? rank : rank(name, value.shape);
    if (!(Number.isInteger(own) && own >= 1)) {
      throw new RangeError(`The rank of ${name} has to be a whole number from 1 on, and is ${own}.`);
    }
    if (own * (m + n) < m * n) factors.set(path, await truncatedSvd(value as tf.Tensor2D, own, key));
  }
  return mapTree(params as never, (weight: tf.Tensor, path) => factors.get(path) ?? weight.clone()) as Params;
}

/** New parameters in which weights in two factors are ordinary ones again; the old ones stay the caller's. */
export async function expandLowRank<Params>(params: Params): Promise<Params> {
  const visit = async (tree: unknown): Promise<unknown> => {
    if (tree instanceof tf.Tensor) return tree.clone();
    if (Array.isArray(tree)) return Promise.all(tree.map(visit));
    if (isFactored(tree)) {
      const [left, right] = await Promise.all([onHost(tree.left), onHost(tree.right)]);
      const product = left.matMul(right);
      tf.dispose([left, right]);
      return product;
    }
    const entries = Object.entries(tree as object).map(async ([name, each]) => [name, await visit(each)]);
    return Object.fromEntries(await Promise.all(entries));
  };
  return (await visit(params)) as Params;
}

/** Directions beyond the rank, which make the search exact sooner. */
const OVERSAMPLING = 16;
/** Passes over the weight that sharpen the directions. */
const PASSES = 3;

/**
 * The best approximation of a rank (Eckart and Young 1936, https://doi.org/10.1007/BF02288367), found by subspace
 * iteration from random directions (Halko et al. 2011, https://arxiv.org/abs/0909.4061). Both factors have the square
 * root of the singular values. Whoever asked disposes them.
 *
 * @param weight float32 (m, n)
 * @throws {RangeError} where the rank is above the shorter side.
 */
export async function truncatedSvd(weight: tf.Tensor2D, rank: number, key: random.Key): Promise<Factored> {
  const [m, n] = weight.shape;
  if (rank > Math.min(m, n)) throw new RangeError(`A matrix [${weight.shape}] has no rank ${rank}.`);
  const width = Math.min(m, n, rank + OVERSAMPLING);
  // The directions are sought on the shorter side.
  const across = (weight: tf.Tensor2D): tf.Tensor2D => (m <= n ? weight : weight.transpose()) as tf.Tensor2D;
  const start = jit((weight: tf.Tensor2D, key: random.Key) =>
    across(weight).matMul(random.normal(key, [Math.max(m, n), width])),
  );
  const sharpen = jit((weight: tf.Tensor2D, basis: tf.Tensor2D) => {
    const wide = across(weight);
    return wide.matMul(wide.matMul(basis, true, false), false, false);
  });
  const project = jit((weight: tf.Tensor2D, basis: tf.Tensor2D) => {
    const inside = basis.matMul(across(weight), true, false); // (width, long)
    return { inside, products: inside.matMul(inside, false, true) };
  });
  // W ≈ Q Qᵀ W: the singular vectors of the small part are those of the whole, within the directions.
  const divide = jit((basis: tf.Tensor2D, inside: tf.Tensor2D, vectors: tf.Tensor2D, roots: tf.Tensor1D) => {
    const left = basis.matMul(vectors).mul(roots); // (short, rank)
    const right = vectors.matMul(inside, true, false).div(roots.expandDims(1)); // (rank, long)
    return m <= n ? { left, right } : { left: right.transpose(), right: left.transpose() };
  });
  let basis = await orthonormal(await start(weight, key));
  for (let pass = 0; pass < PASSES && width < Math.min(m, n); pass++) {
    const next = await orthonormal(await sharpen(weight, basis));
    basis.dispose();
    basis = next;
  }
  const { inside, products } = await project(weight, basis);
  const { vectors, roots } = await largest(products, rank);
  const factors = (await divide(basis, inside as tf.Tensor2D, vectors, roots)) as unknown as Factored;
  tf.dispose([basis, inside, products, vectors, roots]);
  for (const compiled of [start, sharpen, project, divide]) await compiled.release();
  return factors;
}

/** An orthonormal basis of what the columns, which it disposes, span. (m, k) -> (m, k) */
async function orthonormal(columns: tf.Tensor): Promise<tf.Tensor2D> {
  const rows = (await columns.array()) as number[][];
  columns.dispose();
  return tf.tensor2d(new QrDecomposition(new Matrix(rows)).orthogonalMatrix.to2DArray());
}

/** The eigenvectors of a symmetric (k, k) with the largest eigenvalues, as columns, and those values' fourth roots. */
async function largest(
  symmetric: tf.Tensor,
  count: number,
): Promise<{ vectors: tf.Tensor2D; roots: tf.Tensor1D }> {
  const rows = (await symmetric.array()) as number[][];
  const found = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true });
  const values = found.realEigenvalues;
  const order = values.map((_, i) => i).sort((a, b) => (values[b] as number) - (values[a] as number));
  const chosen = order.slice(0, count);
  return {
    vectors: tf.tensor2d(
      found.eigenvectorMatrix.to2DArray().map((row) => chosen.map((i) => row[i] as number)),
    ),
    // Not 0, so that it can be divided by: where a value is, its row is too.
    roots: tf.tensor1d(chosen.map((i) => Math.max(values[i] as number, 1e-40) ** 0.25)),
  };
}

/** A copy for the eager backend. */
async function onHost(tensor: tf.Tensor2D): Promise<tf.Tensor2D> {
  return tf.tensor2d((await tensor.data()) as Float32Array, tensor.shape);
}

function isFactored(tree: unknown): tree is Factored {
  const { left, right } = tree as Partial<Factored>;
  return left instanceof tf.Tensor && right instanceof tf.Tensor;
}
