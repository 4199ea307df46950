/**
 * UMAP: McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction" (2018,
 * https://arxiv.org/abs/1802.03426), as the authors' umap-learn has it, with exact neighbours, and from principal
 * components on (its `init='pca'`; Kobak and Linderman, 2021). JavaScript, since a thread of its own runs it.
 */
import { at, index, nearest, symmetric } from './nearest.js';

/**
 * @typedef {object} UmapOptions
 * @property {number} neighbours of each point, itself among them
 * @property {number} minDistance
 * @property {() => number} random
 * @property {(share: number) => void} [onProgress]
 */

/** Points that are pushed away for each that is pulled. */
const NEGATIVES = 5;
/** A step is no longer than this times the rate. */
const LONGEST = 4;

/**
 * @param {Float64Array} points (N, D), the two columns of most variance first
 * @param {number} columns D
 * @param {UmapOptions} options
 * @returns {Float64Array} (N, 2)
 */
export function umap(points, columns, { neighbours, minDistance, random, onProgress }) {
  const rows = points.length / columns;
  const count = Math.max(1, Math.min(rows, Math.round(neighbours)) - 1);
  const epochs = rows <= 2500 ? 500 : rows <= 5000 ? 400 : rows <= 7500 ? 300 : 200;
  const near = nearest(points, columns, count, (share) => onProgress?.(share / 2));
  const {
    starts,
    neighbours: tails,
    weights,
  } = symmetric(
    near.rows,
    memberships(near.squares, count),
    count,
    // Of one of two events, or both.
    (a, b) => a + b - a * b,
  );
  const most = weights.reduce((a, b) => Math.max(a, b), 0);
  // Of each edge: after how many epochs it pulls again, and when next.
  const every = weights.map((weight) => (weight >= most / epochs ? most / weight : Infinity));
  const due = every.slice();
  const duePush = every.map((own) => own / NEGATIVES);
  const places = initial(points, rows, columns, random);
  const { a, b } = curve(minDistance);
  const powerOf = powers(b);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = 1 - epoch / epochs;
    /** @param {number} step */
    const clipped = (step) => rate * Math.max(-LONGEST, Math.min(LONGEST, step));
    for (let i = 0; i < rows; i++) {
      for (let k = index(starts, i); k < index(starts, i + 1); k++) {
        if (at(due, k) > epoch) continue;
        const j = index(tails, k);
        let dx = at(places, 2 * i) - at(places, 2 * j);
        let dy = at(places, 2 * i + 1) - at(places, 2 * j + 1);
        let square = dx * dx + dy * dy;
        if (square > 0) {
          const power = powerOf(square);
          const pull = (-2 * a * b * power) / (square * (a * power + 1));
          const [x, y] = [clipped(pull * dx), clipped(pull * dy)];
          places[2 * i] = at(places, 2 * i) + x;
          places[2 * i + 1] = at(places, 2 * i + 1) + y;
          places[2 * j] = at(places, 2 * j) - x;
          places[2 * j + 1] = at(places, 2 * j + 1) - y;
        }
        due[k] = at(due, k) + at(every, k);
        const between = at(every, k) / NEGATIVES;
        for (; at(duePush, k) <= epoch; duePush[k] = at(duePush, k) + between) {
          const other = Math.floor(random() * rows);
          if (other === i) continue;
          dx = at(places, 2 * i) - at(places, 2 * other);
          dy = at(places, 2 * i + 1) - at(places, 2 * other + 1);
          square = dx * dx + dy * dy;
          const push = square > 0 ? (2 * b) / ((0.001 + square) * (a * powerOf(square) + 1)) : 0;
          places[2 * i] = at(places, 2 * i) + (push > 0 ? clipped(push * dx) : rate * LONGEST);
          places[2 * i + 1] = at(places, 2 * i + 1) + (push > 0 ? clipped(push * dy) : rate * LONGEST);
        }
      }
    }
    onProgress?.(0.5 + (0.5 * (epoch + 1)) / epochs);
  }
  return places;
}

/**
 * The b-th power to one part in 500, out of a table by the first bits of a number as a float32: `**` would be most of the
 * time.
 * @param {number} b
 * @returns {(value: number) => number} of numbers above 0
 */
export function powers(b) {
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  const table = Float64Array.from({ length: 1 << 16 }, (_, i) => {
    // In the middle of those that begin alike.
    bits[0] = (i << 15) + (1 << 14);
    return /** @type {number} */ (value[0]) ** b;
  });
  return (own) => {
    value[0] = own;
    return at(table, index(bits, 0) >>> 15);
  };
}

/**
 * How surely each neighbour is one: 1 up to the nearest, and from there on falling so fast that they add up to log₂ of
 * their number, the point itself included (section 3.1, `smooth_knn_dist` in umap-learn).
 * @param {Float64Array} squares (N, count), the nearest first
 * @param {number} count
 */
export function memberships(squares, count) {
  const target = Math.log2(count + 1);
  const distances = squares.map(Math.sqrt);
  const shares = new Float64Array(squares.length);
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  for (let first = 0; first < squares.length; first += count) {
    const own = distances.subarray(first, first + count);
    const nearestOther = own.find((distance) => distance > 0) ?? 0;
    let [sigma, low, high] = [1, 0, Infinity];
    for (let step = 0; step < 64; step++) {
      let sum = 0;
      for (const distance of own) sum += Math.exp(-Math.max(0, distance - nearestOther) / sigma);
      if (Math.abs(sum - target) < 1e-5) break;
      if (sum > target) {
        high = sigma;
        sigma = (low + high) / 2;
      } else {
        low = sigma;
        sigma = high === Infinity ? 2 * sigma : (low + high) / 2;
      }
    }
    const ownMean = own.reduce((sum, distance) => sum + distance, 0) / count;
    sigma = Math.max(sigma, 1e-3 * (nearestOther > 0 ? ownMean : mean));
    own.forEach((distance, k) => {
      const beyond = distance - nearestOther;
      shares[first + k] = beyond <= 0 || sigma === 0 ? 1 : Math.exp(-beyond / sigma);
    });
  }
  return shares;
}

/**
 * a and b of 1 / (1 + a d²ᵇ), nearest to 1 up to `minDistance` and to exp(minDistance − d) from there on, by Gauss and
 * Newton's least squares (section 3.2).
 * @param {number} minDistance
 */
export function curve(minDistance) {
  const distances = Array.from({ length: 300 }, (_, i) => (3 * i) / 299);
  const wanted = Float64Array.from(distances, (d) => (d < minDistance ? 1 : Math.exp(minDistance - d)));
  /** @param {number} a @param {number} b */
  const error = (a, b) =>
    distances.reduce((sum, d, i) => sum + (1 / (1 + a * d ** (2 * b)) - at(wanted, i)) ** 2, 0);
  let [a, b, damping] = [1, 1, 1e-3];
  for (let step = 0; step < 200; step++) {
    // Sums of products of derivatives by a and b, and with what is left.
    let [aa, ab, bb, ra, rb] = [0, 0, 0, 0, 0];
    distances.forEach((d, i) => {
      if (d === 0) return;
      const power = d ** (2 * b);
      const value = 1 / (1 + a * power);
      const byA = -value * value * power;
      const byB = -value * value * a * power * 2 * Math.log(d);
      const left = at(wanted, i) - value;
      aa += byA * byA;
      ab += byA * byB;
      bb += byB * byB;
      ra += byA * left;
      rb += byB * left;
    });
    const [p, q] = [aa * (1 + damping), bb * (1 + damping)];
    const determinant = p * q - ab * ab;
    const nextA = a + (q * ra - ab * rb) / determinant;
    const nextB = b + (p * rb - ab * ra) / determinant;
    if (nextA > 0 && nextB > 0 && error(nextA, nextB) <= error(a, b)) {
      const moved = Math.abs(nextA - a) + Math.abs(nextB - b);
      [a, b, damping] = [nextA, nextB, damping / 3];
      if (moved < 1e-9) break;
    } else damping *= 4;
  }
  return { a, b };
}

/**
 * The two columns of most variance, from -10 to 10, with a little noise.
 * @param {Float64Array} points @param {number} rows @param {number} columns @param {() => number} random
 */
function initial(points, rows, columns, random) {
  let most = 0;
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < Math.min(2, columns); c++)
      most = Math.max(most, Math.abs(at(points, i * columns + c)));
  }
  const scale = most > 0 ? 10 / most : 0;
  return Float64Array.from({ length: 2 * rows }, (_, k) => {
    const column = k % 2;
    const value = column < columns ? at(points, Math.floor(k / 2) * columns + column) : 0;
    return value * scale + 1e-3 * (random() - 0.5);
  });
}
