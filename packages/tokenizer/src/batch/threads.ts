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
  unpack,
  workOn,
} from './job.ts';

/** Fewer texts than this are encoded by the thread that asks. */
const SMALLEST_BATCH = 64;

/** On fewer cores, one helping thread gains less than handing over costs, unless texts are long. */
const MANY_CORES = 4;
/** UTF-16 units of a text, on average, from which on few cores are enough. */
const LONG_TEXT = 16_384;

/** Whether several threads encode these inputs, each of one text or two, faster than one. */
export function worthThreads(inputs: readonly (readonly string[])[]): boolean {
  const cores = availableParallelism();
  if (inputs.length < SMALLEST_BATCH || cores === 1) return false;
  if (cores >= MANY_CORES) return true;
  let [texts, units] = [0, 0];
  for (const each of inputs) {
    texts += each.length;
    for (const text of each) units += text.length;
  }
  return units >= texts * LONG_TEXT;
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
    const alone = (text: string): PlacedTokens => placedTokens(text, this.#tokenizer, options);
    this.#helpers ??= this.#start();
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
