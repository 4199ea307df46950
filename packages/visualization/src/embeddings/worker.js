/** The thread that lays out points. It tells how far it is, answers with their places, and is ended to interrupt it. */
import { parentPort, workerData } from 'node:worker_threads';
import { tsne } from './tsne.js';
import { umap } from './umap.js';

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
  const shared = { random: mulberry32(seed), onProgress };
  return layout.method === 'tsne'
    ? tsne(points, columns, { ...layout, ...shared })
    : umap(points, columns, { ...layout, ...shared });
}

/** Milliseconds between two messages. */
const PACE = 100;
let told = 0;

/** @param {number} share of all that is to be done */
function onProgress(share) {
  const now = performance.now();
  if (now - told < PACE) return;
  told = now;
  parentPort?.postMessage(share);
}

parentPort?.postMessage(run(workerData));
