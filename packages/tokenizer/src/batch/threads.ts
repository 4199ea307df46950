/** Encoding on all cores, while whoever asked waits. */
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Tokenizer } from '../tokenizer.ts';
import {
  type ChunkResult,
  makeJob,
  type PlacedTokens,
  placedTokens,
  type SequenceOptions,
  tokensOf,
  unitsOf,
  unpack,
  workOn,
} from './job.ts';

/** Smaller batches are encoded by the thread that asks: handing them over takes as long. */
const SMALLEST_BATCH = 64;
/** UTF-16 units of all texts together, which take about a millisecond. */
const SMALLEST_WORK = 8_192;
/** Units of batches that came before the threads are started, which takes a third of a second of a core. */
const WORTH_STARTING = 131_072;

/** Whether several threads encode these texts faster than one. */
export function worthThreads(inputs: number, texts: readonly string[]): boolean {
  if (inputs < SMALLEST_BATCH || availableParallelism() === 1) return false;
  return unitsOf(texts) >= SMALLEST_WORK;
}

/** Each has a vocabulary of its own, so that many cost more memory than they save time. */
const MOST_THREADS = 7;

/** Compiled code stands beside the sources that this may be run from. */
const WORKER = new URL('./worker.js', import.meta.url.replace('/tokenizer/src/', '/tokenizer/dist/'));

interface Helper {
  worker: Worker;
  port: MessagePort;
  ready: Int32Array;
}

/** The threads of one tokenizer. They start when there was enough to do, don't delay it, and end with the process. */
export class Threads {
  readonly #tokenizer: Tokenizer;
  #helpers: Helper[] = [];
  #units = 0;
  #jobs = 0;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** How many threads are there to help the one that asks. */
  get ready(): number {
    return this.#helpers.filter(isReady).length;
  }

  /** The tokens of each text, without those that a post-processor adds. */
  tokenize(texts: readonly string[], options: SequenceOptions): PlacedTokens[] {
    const alone = (text: string): PlacedTokens => placedTokens(text, this.#tokenizer, options);
    this.#units += unitsOf(texts);
    if (this.#helpers.length === 0 && this.#units >= WORTH_STARTING) this.#helpers = this.#start();
    const helpers = this.#helpers.filter(isReady);
    if (helpers.length === 0) return texts.map(alone);
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
    const collect = (): void => {
      for (const { port } of helpers) {
        for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) keep(got.message);
      }
    };
    const all: PlacedTokens[] = [];
    for (let i = 0; i + 1 < job.chunks.length; i++) {
      if (!results[i]) collect();
      // What a helper still works on is done here too: one that waits for a core would be waited for longer.
      const part = texts.slice(job.chunks[i], job.chunks[i + 1]);
      const tokens = results[i] ?? part.map(alone);
      for (const each of tokens) all.push(each);
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
