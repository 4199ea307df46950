import { leavesOf, type tf } from '@quire/runtime';
import { publishedName } from '../parameters/names.ts';
import type { MetricLog, Metrics, TrainerCallback } from './trainer.ts';

/** The part of `EventWriter` of `@quire/visualization` that is needed. */
export interface ScalarWriter {
  scalar(tag: string, value: number, step: number): void;
}

/** The same for what isn't a number. */
export interface SummaryWriter {
  histogram(tag: string, values: ArrayLike<number>, step: number): void;
  text(tag: string, value: string, step: number): void;
  image(tag: string, value: SummaryImage, step: number): void;
}

/** A PNG, JPEG or GIF file, and its size in pixels. */
export interface SummaryImage {
  width: number;
  height: number;
  bytes: Uint8Array;
}

/** Writes what a trainer measures into a TensorBoard event file. */
export function tensorBoardLog(writer: ScalarWriter): MetricLog {
  return {
    log(step, metrics) {
      for (const [tag, value] of Object.entries(metrics)) writer.scalar(tag, value, step);
    },
  };
}

export interface SummaryOptions {
  /** The parameters as they are now: `() => trainer.params`. */
  params: () => unknown;
  /** Updates between two histograms, the first one is of the first update; 100 where not given. */
  every?: number;
  /** What histograms are of: all three where not given, none for an empty list. */
  histograms?: readonly ('parameters' | 'gradients' | 'updates')[];
  /** Texts and pictures by tag after each validation, such as examples and what the model makes of them. */
  examples?: (validation: { step: number; metrics: Metrics }) => Summaries | Promise<Summaries>;
}

export interface Summaries {
  /** Markdown. */
  texts?: Readonly<Record<string, string>>;
  images?: Readonly<Record<string, SummaryImage>>;
}

/**
 * A callback of a `Trainer` that writes histograms of each parameter (`parameters/h.0.attn.c_attn.weight`), of its
 * gradient before clipping (`gradients/…`; of the update's last batch) and of what an update changed (`updates/…`) into a
 * TensorBoard event file, and texts and pictures after validations. Numbers that aren't finite are left out.
 *
 * @throws {RangeError} where `every` isn't a whole number from 1 on.
 */
export function tensorBoardSummaries(writer: SummaryWriter, options: SummaryOptions): TrainerCallback {
  const { params, every = 100, histograms = ['parameters', 'gradients', 'updates'], examples } = options;
  if (!(Number.isInteger(every) && every >= 1)) {
    throw new RangeError(`every must be a whole number from 1 on, and is ${every}.`);
  }
  const due = (step: number): boolean => histograms.length > 0 && (step - 1) % every === 0;
  const write = (kind: string, name: string, values: Float32Array, step: number): void => {
    if (values.some(Number.isFinite)) writer.histogram(`${kind}/${name}`, values, step);
  };
  return {
    wantsDetails: (step) => due(step) && (histograms.includes('gradients') || histograms.includes('updates')),
    async step({ step, details }) {
      if (!due(step)) return;
      const before = histograms.includes('updates') && details ? await numbersOf(details.before) : undefined;
      for (const [name, values] of await numbersOf(params())) {
        if (histograms.includes('parameters')) write('parameters', name, values, step);
        const earlier = before?.get(name);
        if (earlier)
          write(
            'updates',
            name,
            values.map((value, i) => value - (earlier[i] as number)),
            step,
          );
      }
      if (!histograms.includes('gradients') || !details) return;
      for (const [name, values] of await numbersOf(details.gradients)) write('gradients', name, values, step);
    },
    ...(examples && {
      async validated({ step, metrics }) {
        const { texts = {}, images = {} } = await examples({ step, metrics });
        for (const [tag, text] of Object.entries(texts)) writer.text(tag, text, step);
        for (const [tag, image] of Object.entries(images)) writer.image(tag, image, step);
      },
    }),
  };
}

/** The float32 tensors of a tree by published name. */
async function numbersOf(tree: unknown): Promise<Map<string, Float32Array>> {
  const numbers = new Map<string, Float32Array>();
  for (const { path, value } of leavesOf<tf.Tensor>(tree)) {
    if (value.dtype === 'float32')
      numbers.set(publishedName(path), (await value.data()) as unknown as Float32Array);
  }
  return numbers;
}
