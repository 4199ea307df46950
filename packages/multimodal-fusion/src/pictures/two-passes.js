/** The two passes of resampling: JavaScript, since threads run it too. */

/**
 * @typedef {object} Taps
 * @property {number} size how many pixels come out
 * @property {Int32Array} starts of each: the first that goes in
 * @property {Int32Array} counts of each: how many go in
 * @property {Int32Array} weights (size, most) in fixed point
 * @property {number} most
 */

/**
 * @typedef {object} Resampling
 * @property {Uint8Array} source (height, width, channels)
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 * @property {Taps | undefined} columns none where columns stay as they are
 * @property {Taps | undefined} rows none where rows stay as they are
 */

/** Bits behind the point of a weight: 8 of 32 are the pixel's, 2 are for sums beyond 255. */
export const PRECISION = 32 - 8 - 2;
const HALF = 1 << (PRECISION - 1);

/**
 * @param {Resampling} resampling
 * @returns {Uint8Array} (rows, columns, channels), an array of its own
 */
export function twoPasses({ source, height, width, channels, columns, rows }) {
  if (!rows) return columns ? alongRows(source, height, width, channels, columns) : source.slice();
  // Only the rows that the second pass needs.
  const first = whole(rows.starts, 0);
  const last = whole(rows.starts, rows.size - 1) + whole(rows.counts, rows.size - 1);
  const needed = source.subarray(first * width * channels, last * width * channels);
  const stretched = columns ? alongRows(needed, last - first, width, channels, columns) : needed;
  return alongColumns(stretched, first, (columns ? columns.size : width) * channels, rows);
}

/**
 * (height, width, C) -> (height, taps.size, C)
 * @param {Uint8Array} source
 * @param {number} height
 * @param {number} width
 * @param {number} channels
 * @param {Taps} taps
 */
function alongRows(source, height, width, channels, taps) {
  const result = new Uint8ClampedArray(height * taps.size * channels);
  const along = channels === 3 ? colorsAlongRow : channelsAlongRow;
  for (let y = 0; y < height; y++) {
    along(source, y * width * channels, result, y * taps.size * channels, taps, channels);
  }
  return new Uint8Array(result.buffer);
}

/**
 * The common case, whose sums fit into registers.
 * @param {Uint8Array} source
 * @param {number} start
 * @param {Uint8ClampedArray} result
 * @param {number} to
 * @param {Taps} taps
 */
function colorsAlongRow(source, start, result, to, { size, starts, counts, weights, most }) {
  for (let x = 0; x < size; x++, to += 3) {
    let from = start + 3 * whole(starts, x);
    const first = x * most;
    const end = first + whole(counts, x);
    let r = HALF;
    let g = HALF;
    let b = HALF;
    for (let k = first; k < end; k++, from += 3) {
      const weight = /** @type {number} */ (weights[k]);
      r = (r + Math.imul(/** @type {number} */ (source[from]), weight)) | 0;
      g = (g + Math.imul(/** @type {number} */ (source[from + 1]), weight)) | 0;
      b = (b + Math.imul(/** @type {number} */ (source[from + 2]), weight)) | 0;
    }
    result[to] = r >> PRECISION;
    result[to + 1] = g >> PRECISION;
    result[to + 2] = b >> PRECISION;
  }
}

/**
 * @param {Uint8Array} source
 * @param {number} start
 * @param {Uint8ClampedArray} result
 * @param {number} to
 * @param {Taps} taps
 * @param {number} channels
 */
function channelsAlongRow(source, start, result, to, { size, starts, counts, weights, most }, channels) {
  for (let x = 0; x < size; x++) {
    for (let c = 0; c < channels; c++, to++) {
      const from = start + whole(starts, x) * channels + c;
      let sum = HALF;
      for (let k = 0; k < whole(counts, x); k++) {
        sum = (sum + Math.imul(byte(source, from + k * channels), whole(weights, x * most + k))) | 0;
      }
      result[to] = sum >> PRECISION;
    }
  }
}

/**
 * (rows from `first` on, length) -> (taps.size, length)
 * @param {Uint8Array} source
 * @param {number} first
 * @param {number} length
 * @param {Taps} taps
 */
function alongColumns(source, first, length, { size, starts, counts, weights, most }) {
  const result = new Uint8ClampedArray(size * length);
  for (let y = 0; y < size; y++) {
    const start = (whole(starts, y) - first) * length;
    const low = y * most;
    const end = low + whole(counts, y);
    const to = y * length;
    let i = 0;
    // Four columns at a time, whose sums fit into registers.
    for (; i + 3 < length; i += 4) {
      let from = start + i;
      let a = HALF;
      let b = HALF;
      let c = HALF;
      let d = HALF;
      for (let k = low; k < end; k++, from += length) {
        const weight = /** @type {number} */ (weights[k]);
        a = (a + Math.imul(/** @type {number} */ (source[from]), weight)) | 0;
        b = (b + Math.imul(/** @type {number} */ (source[from + 1]), weight)) | 0;
        c = (c + Math.imul(/** @type {number} */ (source[from + 2]), weight)) | 0;
        d = (d + Math.imul(/** @type {number} */ (source[from + 3]), weight)) | 0;
      }
      result[to + i] = a >> PRECISION;
      result[to + i + 1] = b >> PRECISION;
      result[to + i + 2] = c >> PRECISION;
      result[to + i + 3] = d >> PRECISION;
    }
    for (; i < length; i++) {
      let sum = HALF;
      for (let k = low, from = start + i; k < end; k++, from += length) {
        sum = (sum + Math.imul(byte(source, from), whole(weights, k))) | 0;
      }
      result[to + i] = sum >> PRECISION;
    }
  }
  return new Uint8Array(result.buffer);
}

// One function for each kind of array, so that each is compiled for its kind alone; the innermost loops do without.

/** @param {Uint8Array} bytes @param {number} index within them */
function byte(bytes, index) {
  return /** @type {number} */ (bytes[index]);
}

/** @param {Int32Array} numbers @param {number} index within them */
function whole(numbers, index) {
  return /** @type {number} */ (numbers[index]);
}
