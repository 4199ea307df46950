/** The thread that samples the process's use of the machine, also while the main thread computes. */
import { parentPort, workerData } from 'node:worker_threads';

/** @type {import('./resources.ts').ResourceSample[]} */
const samples = [];
let before = process.cpuUsage();
let at = performance.now();
const start = at;

function sample() {
  const now = performance.now();
  const used = process.cpuUsage(before);
  if (now - at >= 1) {
    samples.push({
      seconds: (now - start) / 1000,
      cpu: (used.user + used.system) / 1000 / (now - at),
      memory: process.memoryUsage.rss(),
    });
    before = process.cpuUsage();
    at = now;
  }
}

sample();
const timer = setInterval(sample, workerData.interval);
parentPort?.postMessage('started');
parentPort?.on('message', () => {
  clearInterval(timer);
  sample();
  parentPort?.postMessage(samples);
  parentPort?.close();
});
