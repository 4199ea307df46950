/**
 * t-SNE by Barnes and Hut's approximation: van der Maaten, "Accelerating t-SNE using Tree-Based Algorithms" (2014).
 * JavaScript, since a thread of its own runs it.
 */

/**
 * @typedef {object} TsneOptions
 * @property {number} perplexity about how many neighbours each point has
 * @property {number} iterations
 * @property {() => number} random
 */

/** A cell that is narrower than this times its distance counts as one point. */
const THETA = 0.5;

/**
 * @param {Float64Array} points (N, D), the two columns of most variance first
 * @param {number} columns D
 * @param {TsneOptions} options
 * @returns {Float64Array} (N, 2)
 */
export function tsne(points, columns, { perplexity, iterations, random }) {
  const rows = points.length / columns;
  const { starts, neighbours, weights } = affinities(points, columns, perplexity);
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
      for (let k = at(starts, i); k < at(starts, i + 1); k++) {
        const j = at(neighbours, k);
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
  }
  return places;
}

/** @param {Float64Array | Uint32Array} list @param {number} i */
function at(list, i) {
  return /** @type {number} */ (list[i]);
}

/**
 * How near points are to each other: a sparse symmetric matrix whose entries sum to 1.
 * @param {Float64Array} points @param {number} columns @param {number} perplexity
 */
export function affinities(points, columns, perplexity) {
  const rows = points.length / columns;
  const count = Math.min(rows - 1, Math.floor(3 * perplexity));
  /** @type {Map<number, number>[]} */
  const matrix = Array.from({ length: rows }, () => new Map());
  /** @param {number} i @param {number} j @param {number} share */
  const increase = (i, j, share) => {
    const row = /** @type {Map<number, number>} */ (matrix[i]);
    row.set(j, (row.get(j) ?? 0) + share);
  };
  const distances = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      let sum = 0;
      for (let c = 0; c < columns; c++) {
        const d = at(points, i * columns + c) - at(points, j * columns + c);
        sum += d * d;
      }
      distances[j] = sum;
    }
    distances[i] = Infinity;
    const near = nearest(distances, count);
    const shares = conditional(
      near.map((j) => at(distances, j)),
      perplexity,
    );
    near.forEach((j, k) => {
      const half = /** @type {number} */ (shares[k]) / (2 * rows);
      increase(i, j, half);
      increase(j, i, half);
    });
  }
  const starts = new Uint32Array(rows + 1);
  matrix.forEach((row, i) => {
    starts[i + 1] = at(starts, i) + row.size;
  });
  const neighbours = new Uint32Array(at(starts, rows));
  const weights = new Float64Array(at(starts, rows));
  let k = 0;
  for (const row of matrix) {
    for (const [j, weight] of row) {
      neighbours[k] = j;
      weights[k++] = weight;
    }
  }
  return { starts, neighbours, weights };
}

/** The places of the `count` least, of equal ones the first. @param {Float64Array} distances @param {number} count */
function nearest(distances, count) {
  const limit = at(Float64Array.from(distances).sort(), count - 1);
  /** @type {number[]} */
  const below = [];
  /** @type {number[]} */
  const equal = [];
  for (let j = 0; j < distances.length; j++) {
    if (at(distances, j) < limit) below.push(j);
    else if (distances[j] === limit) equal.push(j);
  }
  return [...below, ...equal.slice(0, count - below.length)];
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

/**
 * @typedef {object} Cell
 * @property {number} count of the points in it
 * @property {number} x of their mean
 * @property {number} y
 * @property {number} size its width
 * @property {number} midX
 * @property {number} midY
 * @property {(Cell | undefined)[] | undefined} parts quarters
 */

/** Cells below have points that can't be told apart. */
const DEEPEST = 40;

/**
 * What pushes points apart, and the sum that normalizes it.
 * @param {Float64Array} places (N, 2)
 * @param {number} theta
 */
export function repulsion(places, theta = THETA) {
  const tree = quadtree(places);
  const push = new Float64Array(places.length);
  let total = 0;
  for (let i = 0; i < places.length; i += 2) {
    const [x, y] = [at(places, i), at(places, i + 1)];
    let [pushX, pushY] = [0, 0];
    const stack = [tree];
    for (let cell = stack.pop(); cell; cell = stack.pop()) {
      const dx = x - cell.x;
      const dy = y - cell.y;
      const square = dx * dx + dy * dy;
      if (cell.parts && cell.size * cell.size >= theta * theta * square) {
        for (const part of cell.parts) if (part) stack.push(part);
        continue;
      }
      const near = 1 / (1 + square);
      total += cell.count * near;
      pushX += cell.count * near * near * dx;
      pushY += cell.count * near * near * dy;
    }
    // The point itself was among them, at no distance.
    total -= 1;
    push[i] = pushX;
    push[i + 1] = pushY;
  }
  return { push, total };
}

/** @param {Float64Array} places @returns {Cell} */
function quadtree(places) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of places) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const root = emptyCell((low + high) / 2, (low + high) / 2, (high - low) * 1.000001 || 1);
  for (let i = 0; i < places.length; i += 2) insert(root, at(places, i), at(places, i + 1));
  return root;
}

/** @param {number} midX @param {number} midY @param {number} size @returns {Cell} */
function emptyCell(midX, midY, size) {
  return { count: 0, x: 0, y: 0, size, midX, midY, parts: undefined };
}

/** @param {Cell} root @param {number} x @param {number} y */
function insert(root, x, y) {
  let cell = root;
  for (let depth = 0; ; depth++) {
    const { count, x: meanX, y: meanY } = cell;
    cell.x = (meanX * count + x) / (count + 1);
    cell.y = (meanY * count + y) / (count + 1);
    cell.count = count + 1;
    if (count === 0 || depth === DEEPEST) return;
    if (!cell.parts) {
      // A leaf's points are in one place; they go one down together.
      if (meanX === x && meanY === y) return;
      cell.parts = [];
      const below = partOf(cell, meanX, meanY);
      below.x = meanX;
      below.y = meanY;
      below.count = count;
    }
    cell = partOf(cell, x, y);
  }
}

/** @param {Cell} cell @param {number} x @param {number} y */
function partOf(cell, x, y) {
  const parts = /** @type {(Cell | undefined)[]} */ (cell.parts);
  const which = (x > cell.midX ? 1 : 0) + (y > cell.midY ? 2 : 0);
  const quarter = cell.size / 4;
  parts[which] ??= emptyCell(
    cell.midX + (which & 1 ? quarter : -quarter),
    cell.midY + (which & 2 ? quarter : -quarter),
    cell.size / 2,
  );
  return /** @type {Cell} */ (parts[which]);
}
