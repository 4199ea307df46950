/** The thread that lays out points. It answers with their places, and is ended to interrupt it. */
import { parentPort, workerData } from 'node:worker_threads';
import { UMAP } from 'umap-js';
import { tsne } from './tsne.js';

/** The mulberry32 generator. @param {number} seed */
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {import('./project.ts').Job} job */
function run({ points, columns, layout, seed }) {
  const random = mulberry32(seed);
  if (layout.method === 'tsne') return tsne(points, columns, { ...layout, random });
  const rows = Array.from({ length: points.length / columns }, (_, i) =>
    Array.from(points.subarray(i * columns, (i + 1) * columns)),
  );
  const { neighbours: nNeighbors, minDistance: minDist } = layout;
  return Float64Array.from(new UMAP({ nComponents: 2, nNeighbors, minDist, random }).fit(rows).flat());
}

parentPort?.postMessage(run(workerData));
