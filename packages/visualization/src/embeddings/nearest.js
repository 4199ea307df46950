/** What t-SNE and UMAP both begin with. JavaScript, since a thread of its own runs it. */

/**
 * One function for each type of list: V8 reads faster what is always of one type.
 * @param {Float64Array} list @param {number} i
 */
export function at(list, i) {
  return /** @type {number} */ (list[i]);
}

/** @param {Uint32Array} list @param {number} i */
export function index(list, i) {
  return /** @type {number} */ (list[i]);
}

/** Points that are compared with each other while they are near in memory. */
const BLOCK = 64;
/** Dimensions after which it is asked whether two points are too far apart already. */
const PIECE = 8;

/**
 * The `count` nearest other points of each point, the nearest first, by comparing all pairs once.
 * @param {Float64Array} points (N, D), the columns of most variance first: most pairs are soon known to be far apart
 * @param {number} columns D
 * @param {number} count below N
 * @param {(share: number) => void} [onProgress]
 * @returns {{ rows: Uint32Array, squares: Float64Array }} (N, count) each: which, and how far away, squared
 */
export function nearest(points, columns, count, onProgress) {
  const total = points.length / columns;
  const rows = new Uint32Array(total * count);
  const squares = new Float64Array(total * count).fill(Infinity);
  // What is as far away as this isn't among a point's nearest.
  const limits = new Float64Array(total).fill(Infinity);
  /** @param {number} i @param {number} j @param {number} square */
  const insert = (i, j, square) => {
    const first = i * count;
    let k = first + count - 1;
    for (; k > first && at(squares, k - 1) > square; k--) {
      squares[k] = at(squares, k - 1);
      rows[k] = index(rows, k - 1);
    }
    squares[k] = square;
    rows[k] = j;
    limits[i] = at(squares, first + count - 1);
  };
  for (let fromI = 0; fromI < total; fromI += BLOCK) {
    const endI = Math.min(total, fromI + BLOCK);
    for (let fromJ = fromI; fromJ < total; fromJ += BLOCK) {
      const endJ = Math.min(total, fromJ + BLOCK);
      for (let i = fromI; i < endI; i++) {
        let limitI = at(limits, i);
        for (let j = fromJ === fromI ? i + 1 : fromJ; j < endJ; j++) {
          const limitJ = at(limits, j);
          const limit = Math.max(limitI, limitJ);
          let a = i * columns;
          let b = j * columns;
          let square = 0;
          for (const end = a + columns; a < end && square < limit; ) {
            for (const stop = Math.min(end, a + PIECE); a < stop; a++, b++) {
              const d = at(points, a) - at(points, b);
              square += d * d;
            }
          }
          if (square < limitI) {
            insert(i, j, square);
            limitI = at(limits, i);
          }
          if (square < limitJ) insert(j, i, square);
        }
      }
    }
    // Of all pairs, those with a point before this one are done.
    onProgress?.(1 - (1 - endI / total) ** 2);
  }
  return { rows, squares };
}

/**
 * A sparse matrix with itself turned over, in rows.
 * @param {Uint32Array} columns (N, count): of each row the columns that aren't 0
 * @param {Float64Array} values (N, count)
 * @param {number} count
 * @param {(value: number, turned: number) => number} combine
 */
export function symmetric(columns, values, count, combine) {
  const rows = columns.length / count;
  // Where each column's entries are, by counting.
  const firsts = new Uint32Array(rows + 1);
  for (const column of columns) firsts[column + 1] = index(firsts, column + 1) + 1;
  for (let i = 0; i < rows; i++) firsts[i + 1] = index(firsts, i + 1) + index(firsts, i);
  const turned = new Uint32Array(columns.length);
  const next = firsts.slice();
  for (let k = 0; k < columns.length; k++) {
    const column = index(columns, k);
    turned[index(next, column)] = k;
    next[column] = index(next, column) + 1;
  }
  const starts = new Uint32Array(rows + 1);
  const neighbours = new Uint32Array(2 * columns.length);
  const weights = new Float64Array(2 * columns.length);
  /** Where this row has a column, plus 1. */
  const places = new Uint32Array(rows);
  let end = 0;
  for (let i = 0; i < rows; i++) {
    const start = end;
    for (let k = i * count; k < (i + 1) * count; k++) {
      neighbours[end] = index(columns, k);
      weights[end++] = at(values, k);
      places[index(columns, k)] = end;
    }
    const own = end;
    /** Of those that have no counterpart, 0 is it. */
    const met = new Set();
    for (let k = index(firsts, i); k < index(firsts, i + 1); k++) {
      const entry = index(turned, k);
      const j = Math.floor(entry / count);
      const place = index(places, j);
      if (place > 0) {
        weights[place - 1] = combine(at(weights, place - 1), at(values, entry));
        met.add(place - 1);
        continue;
      }
      neighbours[end] = j;
      weights[end++] = combine(0, at(values, entry));
    }
    for (let place = start; place < own; place++) {
      if (!met.has(place)) weights[place] = combine(at(weights, place), 0);
      places[index(neighbours, place)] = 0;
    }
    starts[i + 1] = end;
  }
  return { starts, neighbours: neighbours.slice(0, end), weights: weights.slice(0, end) };
}
