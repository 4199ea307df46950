/** Resampling on all cores, while the main thread does something else. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Resampling } from './two-passes.js';

interface Waiting {
  done: (result: Uint8Array) => void;
  failed: (reason: Error) => void;
}

interface Thread {
  worker: Worker;
  /** In the order in which they were sent, which is that of the answers. */
  waiting: Waiting[];
}

const threads: Thread[] = [];

/**
 * `twoPasses` in the thread that has the least to do. Threads are started as they are needed, one for each core at most, and
 * don't keep the process alive.
 *
 * @returns (rows, columns, channels)
 */
export function passesInThread(job: Resampling): Promise<Uint8Array> {
  return new Promise((done, failed) => {
    const thread = leastBusy();
    thread.worker.ref();
    thread.waiting.push({ done, failed });
    // The caller keeps its pixels: what is sent is a copy, which is moved.
    const source = job.source.slice();
    thread.worker.postMessage({ ...job, source }, [source.buffer]);
  });
}

function leastBusy(): Thread {
  const idle = threads.find(({ waiting }) => waiting.length === 0);
  if (idle) return idle;
  if (threads.length < availableParallelism()) return start();
  return threads.reduce((best, thread) => (thread.waiting.length < best.waiting.length ? thread : best));
}

function start(): Thread {
  const worker = new Worker(new URL('./two-passes-thread.js', import.meta.url));
  const thread: Thread = { worker, waiting: [] };
  worker.on('message', (result: Uint8Array) => {
    thread.waiting.shift()?.done(result);
    if (thread.waiting.length === 0) worker.unref();
  });
  const end = (reason: Error): void => {
    const place = threads.indexOf(thread);
    if (place >= 0) threads.splice(place, 1);
    for (const { failed } of thread.waiting.splice(0)) failed(reason);
  };
  worker.on('error', end);
  worker.on('exit', (status) =>
    end(new Error(`A thread that resizes pictures ended with status ${status}.`)),
  );
  threads.push(thread);
  return thread;
}
