import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readNumbers } from '../data.ts';
import { encodeEvent, type HistogramValue, type ImageValue, type SummaryValue } from './events.ts';
import { frame } from './records.ts';

export interface EventWriterOptions {
  /** Seconds since 1970. Default: the machine's clock. */
  now?: () => number;
  /** Behind the file's name, after a dot. */
  suffix?: string;
}

let files = 0;

/**
 * Writes a TensorBoard event file, a record at a time: what was written is read while more follows.
 *
 * ```ts
 * using writer = new EventWriter('runs/baseline');
 * writer.scalar('loss/train', 0.5, step);
 * ```
 */
export class EventWriter {
  readonly path: string;
  readonly #now: () => number;
  #file: number | undefined;

  /** @param logdir the run's folder, which is made where it isn't there */
  constructor(logdir: string, { now = () => Date.now() / 1000, suffix }: EventWriterOptions = {}) {
    this.#now = now;
    const seconds = String(Math.floor(now())).padStart(10, '0');
    const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${files++}`;
    mkdirSync(logdir, { recursive: true });
    this.path = join(logdir, suffix === undefined ? name : `${name}.${suffix}`);
    // Fails where it is there already: another's events aren't written over.
    this.#file = openSync(this.path, 'ax');
    this.#write({ step: 0, wallTime: now(), fileVersion: 'brain.Event:2', values: [] });
  }

  #write(event: Parameters<typeof encodeEvent>[0]): void {
    if (this.#file === undefined) throw new Error(`${this.path} is closed.`);
    writeSync(this.#file, frame(encodeEvent(event)));
  }

  /**
   * Several values of one step.
   * @throws {RangeError} when the step isn't a whole number
   */
  add(values: readonly SummaryValue[], step: number): void {
    if (!Number.isSafeInteger(step))
      throw new RangeError(`EventWriter: a step is a whole number, not ${step}.`);
    this.#write({ step, wallTime: this.#now(), values: [...values] });
  }

  /** A number, kept as float32. */
  scalar(tag: string, value: number, step: number): void {
    this.add([{ kind: 'scalar', tag, value }], step);
  }

  /** Several numbers of one step, by tag. */
  scalars(values: Readonly<Record<string, number>>, step: number): void {
    this.add(
      Object.entries(values).map(([tag, value]) => ({ kind: 'scalar', tag, value })),
      step,
    );
  }

  /**
   * How numbers are distributed, in 30 buckets of equal width. Those that aren't finite are left out.
   * @throws {RangeError} when there are none
   */
  histogram(tag: string, values: ArrayLike<number>, step: number): void {
    this.add([{ kind: 'histogram', tag, value: histogramOf(values) }], step);
  }

  /** Markdown, as TensorBoard shows it. */
  text(tag: string, value: string, step: number): void {
    this.add([{ kind: 'text', tag, value }], step);
  }

  /** A picture: the bytes of a PNG, JPEG or GIF file, and its size in pixels. */
  image(tag: string, value: ImageValue, step: number): void {
    this.add([{ kind: 'image', tag, value }], step);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const BUCKETS = 30;

/** @throws {RangeError} when there is no finite number */
export function histogramOf(values: ArrayLike<number>): HistogramValue {
  const numbers = readNumbers('EventWriter', 'the values', values).filter(Number.isFinite);
  if (numbers.length === 0) throw new RangeError('EventWriter: the values hold no finite number.');
  const least = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  const greatest = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const width = (greatest - least) / BUCKETS || 1;
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const value of numbers) counts[Math.min(BUCKETS - 1, Math.floor((value - least) / width))]!++;
  return {
    least,
    greatest,
    count: numbers.length,
    sum: numbers.reduce((a, b) => a + b, 0),
    sumOfSquares: numbers.reduce((a, b) => a + b * b, 0),
    limits: counts.map((_, i) =>
      i === BUCKETS - 1 && greatest > least ? greatest : least + (i + 1) * width,
    ),
    counts,
  };
}
