/** A thread that resamples what it is sent, one after the other. */
import { parentPort } from 'node:worker_threads';
import { twoPasses } from './two-passes.js';

parentPort?.on('message', (/** @type {import('./two-passes.js').Resampling} */ job) => {
  const result = twoPasses(job);
  parentPort?.postMessage(result, [/** @type {ArrayBuffer} */ (result.buffer)]);
});
