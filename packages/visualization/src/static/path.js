/** Lengths and points of SVG paths, by polylines: https://www.w3.org/TR/SVG2/paths.html */

/** @typedef {{ points: [number, number][], lengths: number[] }} Polyline */

const COUNTS = /** @type {Record<string, number>} */ ({
  M: 2,
  L: 2,
  H: 1,
  V: 1,
  C: 6,
  S: 4,
  Q: 4,
  T: 2,
  A: 7,
  Z: 0,
});
const STEPS = 8;

/**
 * The corners of a path; curves become 8 pieces each, arcs their chord.
 * @param {string} d
 * @returns {[number, number][]}
 */
export function pathPoints(d) {
  /** @type {[number, number][]} */
  const points = [];
  let x = 0;
  let y = 0;
  let startX = 0;
  let startY = 0;
  for (const [, letter = '', rest = ''] of d.matchAll(/([a-zA-Z])([^a-zA-Z]*(?:e[-+]?\d+[^a-zA-Z]*)*)/g)) {
    const command = letter.toUpperCase();
    const relative = letter !== command;
    const count = COUNTS[command];
    if (count === undefined) continue;
    const numbers = (rest.match(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi) ?? []).map(Number);
    if (command === 'Z') {
      x = startX;
      y = startY;
      points.push([x, y]);
      continue;
    }
    for (let i = 0; i + count <= numbers.length; i += count) {
      const at = (/** @type {number} */ k) => /** @type {number} */ (numbers[i + k]);
      const offsetX = relative ? x : 0;
      const offsetY = relative ? y : 0;
      const fromX = x;
      const fromY = y;
      if (command === 'H') x = offsetX + at(0);
      else if (command === 'V') y = offsetY + at(0);
      else {
        x = offsetX + at(count - 2);
        y = offsetY + at(count - 1);
      }
      if (command === 'C' || command === 'Q' || command === 'S') {
        const x1 = offsetX + at(0);
        const y1 = offsetY + at(1);
        const x2 = command === 'C' ? offsetX + at(2) : x1;
        const y2 = command === 'C' ? offsetY + at(3) : y1;
        for (let step = 1; step < STEPS; step++) {
          const t = step / STEPS;
          const [a, b, c, e] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
          points.push([a * fromX + b * x1 + c * x2 + e * x, a * fromY + b * y1 + c * y2 + e * y]);
        }
      }
      points.push([x, y]);
      if (command === 'M' && i === 0) {
        startX = x;
        startY = y;
      }
    }
  }
  return points;
}

/** @param {string} d @returns {Polyline} */
export function polyline(d) {
  const points = pathPoints(d);
  let total = 0;
  const lengths = points.map(([x, y], i) => {
    const before = points[i - 1];
    if (before) total += Math.hypot(x - before[0], y - before[1]);
    return total;
  });
  return { points, lengths };
}

/** @param {Polyline} line @param {number} length */
export function pointAt({ points, lengths }, length) {
  if (points.length === 0) return { x: 0, y: 0 };
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (lengths[middle]) < length) low = middle + 1;
    else high = middle;
  }
  const [x, y] = /** @type {[number, number]} */ (points[low]);
  const before = points[low - 1];
  if (!before) return { x, y };
  const start = /** @type {number} */ (lengths[low - 1]);
  const span = /** @type {number} */ (lengths[low]) - start;
  const t = span === 0 ? 1 : Math.min(1, Math.max(0, (length - start) / span));
  return { x: before[0] + t * (x - before[0]), y: before[1] + t * (y - before[1]) };
}
