/** The kernel process: user code on this thread, the Jupyter protocol on a worker. Started by `kernelCommand`. */
import { Worker } from 'node:worker_threads';
import { startEvaluator } from './evaluator/evaluator.ts';
import type { WorkerData } from './protocol/worker.ts';
import { captureDescriptors } from './transport/descriptors.ts';
import { createRingMemory } from './transport/ring.ts';

const connectionFile = process.argv[2];
if (!connectionFile) {
  console.error('Usage: kernel.js CONNECTION_FILE   (a front end, or `quire run`, starts it so)');
  process.exit(2);
}

const memory = createRingMemory();
const workerData: WorkerData = { connectionFile, memory, ...captureDescriptors() };
const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData });
startEvaluator(worker, memory);
