/**
 * t-SNE by Barnes and Hut's approximation: van der Maaten, "Accelerating t-SNE using Tree-Based Algorithms" (2014).
 * JavaScript, since a thread of its own runs it.
 */
import { at, index, nearest, symmetric } from './nearest.js';

/**
 * @typedef {object} TsneOptions
 * @property {number} perplexity about how many neighbours each point has
 * @property {number} iterations
 * @property {() => number} random
 * @property {(share: number) => void} [onProgress]
 */

/** A cell that is narrower than this times its distance counts as one point. */
const THETA = 0.5;
/** About which share of the time the search for neighbours takes. */
const SEARCH = 0.15;

/**
 * @param {Float64Array} points (N, D), the two columns of most variance first
 * @param {number} columns D
 * @param {TsneOptions} options
 * @returns {Float64Array} (N, 2)
 */
export function tsne(points, columns, { perplexity, iterations, random, onProgress }) {
  const rows = points.length / columns;
  const { starts, neighbours, weights } = affinities(points, columns, perplexity, (share) =>
    onProgress?.(SEARCH * share),
  );
  const places = initial(points, rows, columns, random);
  const speed = new Float64Array(2 * rows);
  const gains = new Float64Array(2 * rows).fill(1);
  const early = Math.min(250, Math.floor(iterations / 3));
  // Belkina et al., "Automated optimized parameters for t-SNE" (2019): the rate grows with the number of points.
  const rate = Math.max(rows / 48, 50);
  for (let step = 0; step < iterations; step++) {
    const exaggeration = step < early ? 12 : 1;
    const momentum = step < early ? 0.5 : 0.8;
    const { push, total } = repulsion(places);
    for (let i = 0; i < rows; i++) {
      let [pullX, pullY] = [0, 0];
      for (let k = index(starts, i); k < index(starts, i + 1); k++) {
        const j = index(neighbours, k);
        const dx = at(places, 2 * i) - at(places, 2 * j);
        const dy = at(places, 2 * i + 1) - at(places, 2 * j + 1);
        const pull = (exaggeration * at(weights, k)) / (1 + dx * dx + dy * dy);
        pullX += pull * dx;
        pullY += pull * dy;
      }
      push[2 * i] = 4 * (pullX - at(push, 2 * i) / total);
      push[2 * i + 1] = 4 * (pullY - at(push, 2 * i + 1) / total);
    }
    for (let i = 0; i < 2 * rows; i++) {
      const gradient = at(push, i);
      const isSame = gradient > 0 === at(speed, i) > 0;
      gains[i] = Math.max(0.01, isSame ? at(gains, i) * 0.8 : at(gains, i) + 0.2);
      speed[i] = momentum * at(speed, i) - rate * at(gains, i) * gradient;
      places[i] = at(places, i) + at(speed, i);
    }
    centre(places);
    onProgress?.(SEARCH + ((1 - SEARCH) * (step + 1)) / iterations);
  }
  return places;
}

/**
 * How near points are to each other: a sparse symmetric matrix whose entries sum to 1.
 * @param {Float64Array} points @param {number} columns @param {number} perplexity
 * @param {(share: number) => void} [onProgress]
 */
export function affinities(points, columns, perplexity, onProgress) {
  const rows = points.length / columns;
  const count = Math.min(rows - 1, Math.floor(3 * perplexity));
  const near = nearest(points, columns, count, onProgress);
  const shares = new Float64Array(rows * count);
  for (let first = 0; first < shares.length; first += count) {
    shares.set(conditional([...near.squares.subarray(first, first + count)], perplexity), first);
  }
  return symmetric(near.rows, shares, count, (share, turned) => (share + turned) / (2 * rows));
}

/**
 * Shares of neighbours by a Gaussian whose width gives the perplexity, found by bisection.
 * @param {number[]} squares squared distances
 * @param {number} perplexity
 */
export function conditional(squares, perplexity) {
  const target = Math.log(Math.min(perplexity, squares.length));
  const least = Math.min(...squares);
  const mean = squares.reduce((a, b) => a + b - least, 0) / squares.length;
  let [beta, low, high] = [mean > 0 ? 1 / mean : 1, 0, Infinity];
  /** @type {number[]} */
  let shares = [];
  for (let step = 0; step < 60; step++) {
    const raw = squares.map((square) => Math.exp(-beta * (square - least)));
    const sum = raw.reduce((a, b) => a + b, 0);
    shares = raw.map((value) => value / sum);
    const entropy = shares.reduce((total, p) => (p > 0 ? total - p * Math.log(p) : total), 0);
    if (Math.abs(entropy - target) < 1e-6) break;
    if (entropy > target) {
      low = beta;
      beta = high === Infinity ? beta * 2 : (beta + high) / 2;
    } else {
      high = beta;
      beta = (beta + low) / 2;
    }
  }
  return shares;
}

/**
 * The two columns of most variance, made small, with a little noise: a start that has the points' structure (Kobak and
 * Berens, "The art of using t-SNE for single-cell transcriptomics", 2019).
 * @param {Float64Array} points @param {number} rows @param {number} columns @param {() => number} random
 */
function initial(points, rows, columns, random) {
  let variance = 0;
  for (let i = 0; i < rows; i++) variance += at(points, i * columns) ** 2 / rows;
  const scale = variance > 0 ? 1e-4 / Math.sqrt(variance) : 0;
  return Float64Array.from({ length: 2 * rows }, (_, k) => {
    const column = k % 2;
    const value = column < columns ? at(points, Math.floor(k / 2) * columns + column) : 0;
    return value * scale + 1e-6 * (random() - 0.5);
  });
}

/** @param {Float64Array} places */
function centre(places) {
  for (let axis = 0; axis < 2; axis++) {
    let sum = 0;
    for (let i = axis; i < places.length; i += 2) sum += at(places, i);
    const mean = (2 * sum) / places.length;
    for (let i = axis; i < places.length; i += 2) places[i] = at(places, i) - mean;
  }
}

/** Cells below have points that can't be told apart. */
const DEEPEST = 40;

/**
 * What pushes points apart, and the sum that normalizes it.
 * @param {Float64Array} places (N, 2)
 * @param {number} theta
 */
export function repulsion(places, theta = THETA) {
  const { counts, xs, ys, sizes, children } = new Quadtree(places);
  const push = new Float64Array(places.length);
  const stack = new Uint32Array(4 * (DEEPEST + 2));
  let total = 0;
  for (let i = 0; i < places.length; i += 2) {
    const [x, y] = [at(places, i), at(places, i + 1)];
    let [pushX, pushY] = [0, 0];
    stack[0] = 0;
    for (let height = 1; height > 0; ) {
      const cell = index(stack, --height);
      const dx = x - at(xs, cell);
      const dy = y - at(ys, cell);
      const square = dx * dx + dy * dy;
      const size = at(sizes, cell);
      const first = 4 * cell;
      // A cell's size is 0 where it has no parts.
      if (size > 0 && size * size >= theta * theta * square) {
        for (let part = first; part < first + 4; part++) {
          const child = index(children, part);
          if (child > 0) stack[height++] = child;
        }
        continue;
      }
      const near = 1 / (1 + square);
      const weight = at(counts, cell) * near;
      total += weight;
      pushX += weight * near * dx;
      pushY += weight * near * dy;
    }
    // The point itself was among them, at no distance.
    total -= 1;
    push[i] = pushX;
    push[i + 1] = pushY;
  }
  return { push, total };
}

/** The plane in quarters of quarters, until each has one point: lists by cell, the root first. */
class Quadtree {
  /** @param {Float64Array} places (N, 2) */
  constructor(places) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of places) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    this.capacity = Math.max(64, 2 * places.length);
    /** Of the points in it, and their mean. */
    this.counts = new Float64Array(this.capacity);
    this.xs = new Float64Array(this.capacity);
    this.ys = new Float64Array(this.capacity);
    /** Its width where it has parts, else 0. */
    this.sizes = new Float64Array(this.capacity);
    /** Cells x 4; 0 where there is none. */
    this.children = new Uint32Array(4 * this.capacity);
    this.length = 1;
    const middle = (low + high) / 2;
    const size = (high - low) * 1.000001 || 1;
    for (let i = 0; i < places.length; i += 2)
      this.insert(at(places, i), at(places, i + 1), middle, middle, size);
  }

  /** @param {number} x @param {number} y @param {number} midX of the root @param {number} midY @param {number} size */
  insert(x, y, midX, midY, size) {
    let cell = 0;
    for (let depth = 0; ; depth++) {
      const count = at(this.counts, cell);
      const [meanX, meanY] = [at(this.xs, cell), at(this.ys, cell)];
      this.xs[cell] = (meanX * count + x) / (count + 1);
      this.ys[cell] = (meanY * count + y) / (count + 1);
      this.counts[cell] = count + 1;
      if (count === 0 || depth === DEEPEST) return;
      if (this.sizes[cell] === 0) {
        // A leaf's points are in one place; they go one down together.
        if (meanX === x && meanY === y) return;
        this.sizes[cell] = size;
        const below = this.part(cell, (meanX > midX ? 1 : 0) + (meanY > midY ? 2 : 0));
        this.xs[below] = meanX;
        this.ys[below] = meanY;
        this.counts[below] = count;
      }
      cell = this.part(cell, (x > midX ? 1 : 0) + (y > midY ? 2 : 0));
      size /= 2;
      midX += x > midX ? size / 2 : -size / 2;
      midY += y > midY ? size / 2 : -size / 2;
    }
  }

  /** @param {number} cell @param {number} which of its quarters @returns {number} */
  part(cell, which) {
    const found = index(this.children, 4 * cell + which);
    if (found > 0) return found;
    if (this.length === this.capacity) this.grow();
    this.children[4 * cell + which] = this.length;
    return this.length++;
  }

  grow() {
    this.capacity *= 2;
    /** @template {Float64Array | Uint32Array} T @param {T} list @returns {T} */
    const twice = (list) => {
      const larger = /** @type {T} */ (new /** @type {any} */ (list.constructor)(2 * list.length));
      larger.set(list);
      return larger;
    };
    this.counts = twice(this.counts);
    this.xs = twice(this.xs);
    this.ys = twice(this.ys);
    this.sizes = twice(this.sizes);
    this.children = twice(this.children);
  }
}
