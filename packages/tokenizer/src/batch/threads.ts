/** Encoding on all cores, while whoever asked waits. */
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Tokenizer } from '../tokenizer.ts';
import {
  type ChunkResult,
  DONE,
  makeJob,
  type PlacedTokens,
  type SequenceOptions,
  tokensOf,
  unpack,
  workOn,
} from './job.ts';

/** Fewer texts than this are encoded by the thread that asks. */
const SMALLEST_BATCH = 64;

/** On fewer cores, handing tokens over between threads costs more than a second thread saves. */
const FEWEST_CORES = 4;

export function worthThreads(texts: number): boolean {
  return texts >= SMALLEST_BATCH && availableParallelism() >= FEWEST_CORES;
}

/** Each has a vocabulary of its own, so that many cost more memory than they save time. */
const MOST_THREADS = 7;

/** Milliseconds without any progress after which what other threads took is done here. */
const PATIENCE = 5000;

/** Compiled code stands beside the sources that this may be run from. */
const WORKER = new URL('./worker.js', import.meta.url.replace('/tokenizer/src/', '/tokenizer/dist/'));

interface Helper {
  worker: Worker;
  port: MessagePort;
  ready: Int32Array;
}

/** The threads of one tokenizer. They start with the first large batch, which they don't delay, and end with the process. */
export class Threads {
  readonly #tokenizer: Tokenizer;
  #helpers: Helper[] | undefined;
  #jobs = 0;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** How many threads are there to help the one that asks. */
  get ready(): number {
    return (this.#helpers ?? []).filter(isReady).length;
  }

  /** The tokens of each text, without those that a post-processor adds. */
  tokenize(texts: readonly string[], options: SequenceOptions): PlacedTokens[] {
    this.#helpers ??= this.#start();
    const helpers = this.#helpers.filter(isReady);
    if (helpers.length === 0) return texts.map((text) => this.#tokenizer.tokenize(text, options));
    const job = makeJob(++this.#jobs, texts, options);
    for (const { worker } of helpers) worker.postMessage(job);
    const results: (PlacedTokens[] | undefined)[] = [];
    const keep = ({ job: number, chunk, tokens }: ChunkResult): void => {
      // What is left over of a batch that was interrupted is let go.
      if (number === job.number && tokens) results[chunk] = unpack(tokens);
    };
    workOn(job, (chunk, part) => {
      results[chunk] = tokensOf(part, this.#tokenizer, options);
    });
    wait(new Int32Array(job.progress), job.chunks.length - 1);
    for (const { port } of helpers) {
      for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) keep(got.message);
    }
    const all: PlacedTokens[] = [];
    for (let i = 0; i + 1 < job.chunks.length; i++) {
      const tokens = results[i];
      if (tokens) for (const each of tokens) all.push(each);
      else {
        const missing = texts.slice(job.chunks[i], job.chunks[i + 1]);
        for (const text of missing) all.push(this.#tokenizer.tokenize(text, options));
      }
    }
    return all;
  }

  #start(): Helper[] {
    const count = Math.min(MOST_THREADS, availableParallelism() - 1);
    return Array.from({ length: count }, () => {
      const { port1: port, port2 } = new MessageChannel();
      const ready = new SharedArrayBuffer(4);
      const worker = new Worker(WORKER, {
        workerData: { config: this.#tokenizer.config, port: port2, ready },
        transferList: [port2],
      });
      const helper = { worker, port, ready: new Int32Array(ready) };
      const gone = (): void => {
        Atomics.store(helper.ready, 0, 0);
      };
      worker.on('error', gone).on('exit', gone);
      worker.unref();
      port.unref();
      return helper;
    });
  }
}

function isReady({ ready }: Helper): boolean {
  return Atomics.load(ready, 0) === 1;
}

/** Until all chunks are done, or nothing was for a while. In short waits, so that an interrupt gets through. */
function wait(progress: Int32Array, chunks: number): void {
  let done = Atomics.load(progress, DONE);
  let since = Date.now();
  while (done < chunks && Date.now() - since < PATIENCE) {
    Atomics.wait(progress, DONE, done, 20);
    const now = Atomics.load(progress, DONE);
    if (now !== done) since = Date.now();
    done = now;
  }
}
