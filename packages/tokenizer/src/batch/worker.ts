/** A thread that encodes parts of batches with a tokenizer of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TokenizerConfig } from '../load/config.ts';
import { Tokenizer } from '../tokenizer.ts';
import { type ChunkResult, type Job, pack, tokensOf, workOn } from './job.ts';

const { config, port, ready } = workerData as {
  config: TokenizerConfig;
  port: import('node:worker_threads').MessagePort;
  ready: SharedArrayBuffer;
};
const tokenizer = new Tokenizer(config);
parentPort?.on('message', (job: Job) => {
  workOn(job, (chunk, texts) => {
    const found = tokensOf(texts, tokenizer, job.options);
    const tokens = found && pack(found);
    const result: ChunkResult = { job: job.number, chunk, ...(tokens ? { tokens } : {}) };
    port.postMessage(
      result,
      tokens ? [tokens.counts.buffer as ArrayBuffer, tokens.fields.buffer as ArrayBuffer] : [],
    );
  });
});
Atomics.store(new Int32Array(ready), 0, 1);
