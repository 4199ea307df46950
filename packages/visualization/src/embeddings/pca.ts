/** Principal components. */
import { type ArrayInput, readArray } from '../models/tensor-input.ts';
import { mulberry32 } from '../random.ts';

export interface PrincipalComponents {
  /** (N, K): the points in the components' coordinates. */
  coordinates: number[][];
  /** (K, D): directions of length 1, the one of most variance first. The largest entry of each is positive. */
  components: number[][];
  /** (D) */
  mean: number[];
  /** K, with N - 1 in the denominator. */
  variance: number[];
  /** K shares of the whole variance. */
  varianceRatio: number[];
}

/** Directions beyond those asked for, so that the last of these settles soon too. */
const OVERSAMPLING = 8;
const MOST_STEPS = 300;

/**
 * The first K principal components (Pearson, 1901), by subspace iteration on the centred points (Halko, Martinsson and
 * Tropp, "Finding Structure with Randomness", 2011, algorithm 4.4), so that no D x D matrix is made. Deterministic.
 * @param points (N, D), without NaN
 * @param count K. Default: 2.
 * @throws {TypeError} when points have another rank
 * @throws {RangeError} when there are fewer than 2 points or K dimensions, or a number isn't finite
 */
export function principalComponents(points: ArrayInput, count = 2): PrincipalComponents {
  const { shape, data } = readPoints('principalComponents', points);
  const [rows, columns] = shape as [number, number];
  const most = Math.min(rows - 1, columns);
  if (!(Number.isInteger(count) && count >= 1 && count <= most)) {
    throw new RangeError(
      `principalComponents: of ${rows} points of ${columns} dimensions there are 1 to ${most} components, not ${count}.`,
    );
  }
  const mean = new Float64Array(columns);
  for (let i = 0; i < data.length; i++) mean[i % columns]! += data[i]! / rows;
  const centred = data.map((value, i) => value - mean[i % columns]!);
  const row = (r: number): Float64Array => centred.subarray(r * columns, (r + 1) * columns);
  const total = dot(centred, centred) / (rows - 1);

  const random = mulberry32(1);
  let basis: Float64Array[] = Array.from({ length: Math.min(count + OVERSAMPLING, most) }, () =>
    Float64Array.from({ length: columns }, () => random() - 0.5),
  );
  orthonormalize(basis);
  let values: number[] = [];
  for (let step = 0; step < MOST_STEPS; step++) {
    // The covariance times each direction, without making the covariance.
    const next = basis.map((direction) => {
      const out = new Float64Array(columns);
      for (let r = 0; r < rows; r++) add(out, row(r), dot(row(r), direction) / (rows - 1));
      return out;
    });
    const { vectors, eigenvalues } = symmetricEigen(basis.map((a) => next.map((b) => dot(a, b))));
    const before = values;
    values = eigenvalues.slice(0, count);
    const isSettled =
      before.length > 0 && values.every((value, i) => Math.abs(value - before[i]!) <= 1e-13 * values[0]!);
    const from = isSettled ? basis : next;
    basis = vectors.map((weights) => combination(from, weights));
    orthonormalize(basis);
    if (isSettled) break;
  }
  const components = basis.slice(0, count).map((direction) => {
    const peak = direction.reduce((best, v) => (Math.abs(v) > Math.abs(best) + 1e-9 ? v : best), 0);
    return peak < 0 ? direction.map((v) => -v) : direction;
  });
  const coordinates = Array.from({ length: rows }, (_, r) => components.map((c) => dot(row(r), c)));
  const variance = components.map(
    (_, k) => coordinates.reduce((sum, place) => sum + place[k]! ** 2, 0) / (rows - 1),
  );
  return {
    coordinates,
    components: components.map((direction) => Array.from(direction)),
    mean: Array.from(mean),
    variance,
    varianceRatio: variance.map((value) => (total === 0 ? 0 : value / total)),
  };
}

/** @throws as `principalComponents` does */
export function readPoints(what: string, points: unknown): { shape: number[]; data: Float64Array } {
  const read = readArray(what, 'points', points, [2]);
  const [rows, columns] = read.shape as [number, number];
  if (rows < 2) throw new RangeError(`${what}: there is 1 point; at least 2 are needed.`);
  const bad = read.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `${what}: points hold ${read.data[bad]} at [${Math.floor(bad / columns)}, ${bad % columns}]; leave that point out.`,
    );
  }
  return read;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(to: Float64Array, vector: Float64Array, weight: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += weight * vector[i]!;
}

function combination(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const out = new Float64Array(vectors[0]!.length);
  vectors.forEach((vector, k) => {
    add(out, vector, weights[k]!);
  });
  return out;
}

/** Gram and Schmidt's, twice for the sake of rounding; a direction that vanishes becomes 0. */
function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, k) => {
    const original = Math.sqrt(dot(vector, vector));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors.slice(0, k)) add(vector, other, -dot(vector, other));
    }
    const length = Math.sqrt(dot(vector, vector));
    const scale = length > 1e-12 * original ? 1 / length : 0;
    for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
  });
}

/** Eigenvectors of a small symmetric matrix by Jacobi's rotations, the one of the largest eigenvalue first. */
export function symmetricEigen(matrix: readonly (readonly number[])[]): {
  vectors: number[][];
  eigenvalues: number[];
} {
  const n = matrix.length;
  const a = matrix.map((row, i) => row.map((value, j) => (value + matrix[j]![i]!) / 2));
  const v = matrix.map((_, i) => matrix.map((_, j) => (i === j ? 1 : 0)));
  const rotate = (rows: number[][], p: number, q: number, c: number, s: number): void => {
    for (const row of rows) {
      const [x, y] = [row[p]!, row[q]!];
      row[p] = c * x - s * y;
      row[q] = s * x + c * y;
    }
  };
  for (let sweep = 0; sweep < 60; sweep++) {
    let isDiagonal = true;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p]![q]!) <= 1e-300) continue;
        isDiagonal = false;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        rotate(a, p, q, c, s);
        for (let i = 0; i < n; i++) {
          const [x, y] = [a[p]![i]!, a[q]![i]!];
          a[p]![i] = c * x - s * y;
          a[q]![i] = s * x + c * y;
        }
        rotate(v, p, q, c, s);
      }
    }
    if (isDiagonal) break;
  }
  const order = a.map((_, i) => i).sort((x, y) => a[y]![y]! - a[x]![x]!);
  return { vectors: order.map((k) => v.map((row) => row[k]!)), eigenvalues: order.map((k) => a[k]![k]!) };
}
