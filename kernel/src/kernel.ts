/** The kernel process: user code on this thread, the Jupyter protocol on a worker. Started by `kernelCommand`. */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { ToEvaluator } from './protocol/messages.ts';
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
const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData, env: SHARE_ENV });

// The evaluator is a bundle of its own, which loads while the worker starts.
const early: ToEvaluator[] = [];
const keep = (message: ToEvaluator): void => void early.push(message);
worker.on('message', keep);
const { startEvaluator } = (await import(
  new URL('./evaluator.js', import.meta.url).href
)) as typeof import('./evaluator/evaluator.ts');
startEvaluator(worker, memory);
worker.off('message', keep);
for (const message of early) worker.emit('message', message);
