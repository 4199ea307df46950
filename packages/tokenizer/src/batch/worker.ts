/** A thread that encodes parts of batches with a tokenizer of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TokenizerConfig } from '../load/config.ts';
import { Tokenizer } from '../tokenizer.ts';
import { type Job, workOn } from './job.ts';

const { config, port, ready } = workerData as {
  config: TokenizerConfig;
  port: import('node:worker_threads').MessagePort;
  ready: SharedArrayBuffer;
};
const tokenizer = new Tokenizer(config);
parentPort?.on('message', (job: Job) => {
  workOn(job, tokenizer, (result) => {
    const buffers = result.tokens
      ? [result.tokens.counts.buffer as ArrayBuffer, result.tokens.fields.buffer as ArrayBuffer]
      : [];
    port.postMessage(result, buffers);
  });
});
Atomics.store(new Int32Array(ready), 0, 1);
