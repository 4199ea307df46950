/** Points of many dimensions as points of a plane. */
import { Worker } from 'node:worker_threads';
import type { ArrayInput } from '../models/tensor-input.ts';
import { principalComponents, readPoints } from './pca.ts';

export interface ProjectOptions {
  /** Default: `'pca'`. */
  method?: 'pca' | 'tsne' | 'umap';
  /** Of the random numbers; the same seed gives the same places. Default: 1. */
  seed?: number;
  /** About how many neighbours a point has, for t-SNE. Default: 30, or a third of the points. */
  perplexity?: number;
  /** Steps of t-SNE. Default: 750. */
  iterations?: number;
  /** How many neighbours a point has, for UMAP. Default: 15, or one fewer than there are points. */
  neighbours?: number;
  /** How near points may come to each other, for UMAP. Default: 0.1. */
  minDistance?: number;
  /** Is told which share of the layout is done, from 0 to 1, at most 10 times a second. Default: a bar in notebooks. */
  onProgress?: (share: number) => void;
  /** Ends the computation. */
  signal?: AbortSignal;
}

/** What the thread is given. */
export interface Job {
  points: Float64Array;
  columns: number;
  layout:
    | { method: 'tsne'; perplexity: number; iterations: number }
    | { method: 'umap'; neighbours: number; minDistance: number };
  seed: number;
}

/** Dimensions that neighbours are looked for in: more cost time, and are mostly noise. */
const MOST_DIMENSIONS = 50;

/**
 * Places points in a plane: by their principal components, by t-SNE (van der Maaten and Hinton, "Visualizing Data using
 * t-SNE", 2008; with Barnes and Hut's approximation, 2014) or by UMAP (McInnes, Healy and Melville, 2018), both
 * with exact neighbours. The latter two
 * take the first 50 principal components, and run in a thread of their own.
 * @param points (N, D), without NaN
 * @returns (N, 2)
 * @throws {TypeError} when points have another rank, or there is no such method
 * @throws {RangeError} when a number isn't finite, or an option is out of range
 * @throws the signal's reason when it is aborted
 */
export async function project(points: ArrayInput, options: ProjectOptions = {}): Promise<number[][]> {
  const { method = 'pca', seed = 1, signal } = options;
  const read = readPoints('project', points);
  const [rows, columns] = read.shape as [number, number];
  const layout = method === 'pca' ? undefined : layoutOf(method, rows, options);
  signal?.throwIfAborted();
  const most = Math.min(rows - 1, columns);
  const { coordinates } = principalComponents(read, Math.min(layout ? MOST_DIMENSIONS : 2, most));
  if (!layout) return coordinates.map(([x, y = 0]) => [x!, y]);
  const job = {
    points: Float64Array.from(coordinates.flat()),
    columns: coordinates[0]!.length,
    layout,
    seed,
  };
  const placed = await inThread(job, options);
  return Array.from({ length: rows }, (_, i) => [placed[2 * i]!, placed[2 * i + 1]!]);
}

function layoutOf(method: string, rows: number, options: ProjectOptions): Job['layout'] {
  const check = (name: string, value: number, low: number, high: number): number => {
    if (!(value >= low && value <= high)) {
      throw new RangeError(`project: ${name} has to be from ${low} to ${high}, not ${value}.`);
    }
    return value;
  };
  if (rows < 4) throw new RangeError(`project: ${method} needs at least 4 points, and there are ${rows}.`);
  if (method === 'tsne') {
    const { perplexity = Math.min(30, rows / 3), iterations = 750 } = options;
    return {
      method,
      perplexity: check('perplexity', perplexity, 1, rows - 1),
      iterations: check('iterations', iterations, 1, 100_000),
    };
  }
  if (method === 'umap') {
    const { neighbours = Math.min(15, rows - 1), minDistance = 0.1 } = options;
    return {
      method,
      neighbours: check('neighbours', neighbours, 2, rows - 1),
      minDistance: check('minDistance', minDistance, 0, 1),
    };
  }
  throw new TypeError(`project: method is 'pca', 'tsne' or 'umap', not ${JSON.stringify(method)}.`);
}

function inThread(job: Job, { signal, onProgress }: ProjectOptions): Promise<Float64Array> {
  const bar = onProgress ? undefined : new LateBar(job.layout.method);
  return new Promise<Float64Array>((done, failed) => {
    const thread = new Worker(new URL('./worker.js', import.meta.url), { workerData: job });
    const stop = (): void => {
      failed(signal?.reason);
      void thread.terminate();
    };
    signal?.addEventListener('abort', stop, { once: true });
    thread.on('message', (told: Float64Array | number) => {
      if (typeof told !== 'number') done(told);
      else if (!signal?.aborted) {
        onProgress?.(told);
        bar?.set(told);
      }
    });
    thread.on('error', failed);
    thread.on('exit', (status) => {
      signal?.removeEventListener('abort', stop);
      failed(new Error(`project: the thread that lays out points ended with status ${status}.`));
    });
  }).finally(() => bar?.close());
}

/** The bar that a notebook's `progress(total)` gives. */
interface Bar {
  set(count: number): void;
  close(): void;
}

/** Milliseconds before which there is no bar. */
const PATIENCE = 3000;

/** A notebook's bar, for what takes long; it is gone at the end. */
class LateBar {
  readonly #start = performance.now();
  readonly #description: string;
  #bar: Bar | undefined;

  constructor(description: string) {
    this.#description = description;
  }

  set(share: number): void {
    if (performance.now() - this.#start < PATIENCE) return;
    const { progress } = globalThis as { progress?: (total: number, options: object) => Bar };
    if (typeof progress !== 'function') return;
    this.#bar ??= progress(100, { description: this.#description, unit: '%', leave: false });
    this.#bar.set(Math.floor(100 * share));
  }

  close(): void {
    this.#bar?.set(100);
    this.#bar?.close();
  }
}
