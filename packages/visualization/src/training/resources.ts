import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Figure, type FigureOptions } from '../figure.ts';
import { seriesColor, withOpacity } from '../palettes.ts';
import { smallMultiples } from '../small-multiples.ts';
import { readable } from '../text.ts';

export interface ResourceSample {
  /** Since the monitor began. */
  seconds: number;
  /** Processor cores in use by this process, since the sample before: 1.5 is one and a half. */
  cpu: number;
  /** Resident memory of this process, in bytes. */
  memory: number;
}

export interface ResourceMonitor {
  /** Resolves when it has begun. */
  readonly started: Promise<void>;
  /** Ends it, and gives what it saw. */
  stop(): Promise<ResourceSample[]>;
}

/**
 * Watches what this process uses, from a thread of its own: also while a cell computes without a pause.
 * @param options.interval seconds between samples. Default: 0.25.
 */
export function monitorResources({ interval = 0.25 }: { interval?: number } = {}): ResourceMonitor {
  if (!(interval >= 0.01)) {
    throw new RangeError(`monitorResources: interval has to be at least 0.01 seconds, not ${interval}.`);
  }
  const worker = new Worker(new URL('./resources-worker.js', import.meta.url), {
    workerData: { interval: 1000 * interval },
  });
  worker.unref();
  let stopped: Promise<ResourceSample[]> | undefined;
  const started = new Promise<void>((done, failed) => {
    worker.once('message', () => done());
    worker.once('error', failed);
  });
  // Told to whoever stops it.
  started.catch(() => {});
  return {
    started,
    stop() {
      stopped ??= new Promise((done, failed) => {
        worker.ref();
        worker.on('error', failed);
        worker.on('message', (message) => Array.isArray(message) && done(message));
        worker.postMessage('stop');
      });
      return stopped;
    },
  };
}

/** Processor cores and memory over time, of what `monitorResources` saw. @throws {RangeError} without a sample */
export function resourceUse(samples: readonly ResourceSample[], options: FigureOptions = {}): Figure {
  if (samples.length === 0) throw new RangeError('resourceUse: there is no sample.');
  const x = samples.map(({ seconds }) => seconds);
  const part = (y: number[], index: number, alt: string, layout: object = {}): Figure => {
    const color = seriesColor(index);
    return new Figure({
      data: [
        {
          type: 'scatter',
          mode: 'lines',
          x,
          y,
          line: { color, width: 2 },
          fill: 'tozeroy',
          fillcolor: withOpacity(color, 0.15),
        },
      ],
      layout: {
        xaxis: { title: { text: 'seconds' } },
        yaxis: { rangemode: 'tozero', ...layout },
        showlegend: false,
      },
      alt,
    });
  };
  const cpu = samples.map((sample) => sample.cpu);
  const memory = samples.map((sample) => sample.memory / 2 ** 20);
  const most = (values: readonly number[]): string => readable(values.reduce((a, b) => Math.max(a, b), 0));
  return smallMultiples(
    {
      [`processor cores, of ${availableParallelism()}`]: part(
        cpu,
        0,
        `At most ${most(cpu)} processor cores in use.`,
      ),
      'memory, MiB': part(memory, 1, `At most ${most(memory)} MiB of memory in use.`),
    },
    { columns: 2, height: 300, ...options },
  );
}
