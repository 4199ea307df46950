/**
 * Measures the training of a model of pictures, names and sounds, from the files that make_multimodal.js made. Reads
 * requests from standard input, one a line, and answers each with a line.
 *
 * Usage: node --conditions=built multimodal.js FOLDER
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CollateContext, lookAhead, Trainer } from '@quire/model';
import { augment, imageProcessor, PictureLoader, readSound } from '@quire/multimodal-fusion';
import { device, jit, optimizers, random, tf, valueAndGradients } from '@quire/runtime';
import { loadTokenizer } from '@quire/tokenizer';
import {
  initMultimodal,
  type MultimodalBatch,
  type MultimodalParameters,
  multimodalConfig,
  multimodalLoss,
  SAMPLES,
  SIDE,
  TOKENS,
  type Vocabulary,
} from '../models/multimodal.ts';

const BATCH = 32;
/** By how many pixels pictures are moved, at most. */
const SHIFT = 6;
const LEARNING_RATE = 1e-3;

export interface MultimodalRequest {
  /**
   * `training`: on batches from files; `loading`: such batches alone; `step`: training on the first batch, which is there
   * already, without anything random. The first time it begins with the weights of the file.
   */
  task: 'training' | 'loading' | 'step';
  /** Batches; an epoch has 62. */
  steps: number;
}

export interface MultimodalAnswer {
  ms: number;
  /** Of the process and its workers. */
  processorMs: number;
  losses: number[];
  /** Of the process and its workers, shared memory divided among those that share it. */
  memoryMiB: number;
}

interface Example {
  picture: string;
  sound: string;
  text: string;
  label: number;
}

const [folder = '.'] = process.argv.slice(2);
const { examples, ...vocabulary } = JSON.parse(
  readFileSync(join(folder, 'examples.json'), 'utf8'),
) as Vocabulary & {
  examples: Example[];
};
const config = multimodalConfig(vocabulary);
const tokenizer = await loadTokenizer(join(folder, 'tokenizer.json'));
const pictures = new PictureLoader({
  processor: imageProcessor({
    image_processor_type: 'ViTImageProcessor',
    size: { height: SIDE, width: SIDE },
  }),
  crop: augment.randomCrop(SIDE, { padding: SHIFT, fill: 255 }),
  augment: augment.randomHorizontalFlip(),
  seed: 1,
});

async function collate(rows: readonly Example[], context?: CollateContext): Promise<MultimodalBatch> {
  const [pixelValues, waves] = await Promise.all([
    pictures.load(
      rows.map(({ picture }) => join(folder, picture)),
      context?.batch,
    ),
    sounds(rows, context),
  ]);
  const encodings = tokenizer.encodeBatch(rows.map(({ text }) => text));
  const integers = (field: 'ids' | 'attentionMask'): tf.Tensor2D =>
    tf.tensor2d(
      Int32Array.from(encodings.flatMap((encoding) => [...encoding[field]])),
      [rows.length, TOKENS],
      'int32',
    );
  return {
    pixelValues,
    waves,
    inputIds: integers('ids'),
    attentionMask: integers('attentionMask'),
    labels: tf.tensor1d(
      rows.map(({ label }) => label),
      'int32',
    ),
  };
}

/** Each somewhere within its second; at its beginning where nothing is random. */
async function sounds(rows: readonly Example[], context?: CollateContext): Promise<tf.Tensor2D> {
  const read = await Promise.all(rows.map(({ sound }) => readSound(join(folder, sound))));
  const places = context && (await placesIn(context.batch, rows.length));
  const waves = new Float32Array(rows.length * SAMPLES);
  for (const [i, { samples }] of read.entries()) {
    const kept = samples.subarray(0, SAMPLES);
    const at = Math.floor((places?.[i] ?? 0) * (SAMPLES - kept.length + 1));
    waves.set(kept, i * SAMPLES + at);
  }
  return tf.tensor2d(waves, [rows.length, SAMPLES]);
}

async function placesIn(batch: number, count: number): Promise<Float32Array> {
  const key = random.key(2);
  const own = random.foldIn(key, batch);
  const drawn = random.uniform(own, [count]);
  const numbers = (await drawn.data()) as Float32Array;
  tf.dispose([key, own, drawn]);
  return numbers;
}

let stopAt = 0;
const trainer = new Trainer({
  params: await initMultimodal(config, random.key(1)),
  loss: (params, batch: MultimodalBatch) => multimodalLoss(params, batch, config),
  optimizer: optimizers.adamW({ learningRate: LEARNING_RATE }),
  examples,
  collate,
  batchSize: BATCH,
  dropLast: true,
  epochs: 10_000,
  lookAhead: 0,
  callbacks: [
    {
      step({ step }) {
        if (step === stopAt) trainer.stop();
      },
    },
  ],
});

const optimizer = optimizers.adamW({ learningRate: LEARNING_RATE });

interface State {
  params: MultimodalParameters;
  optimizer: ReturnType<typeof optimizer.init>;
}

const step = jit(
  ({ params, optimizer: moments }: State, batch: MultimodalBatch) => {
    const { value: loss, gradients } = valueAndGradients(
      (params: MultimodalParameters) => multimodalLoss(params, batch, config),
      params,
    );
    const next = optimizer.update(gradients, moments, params);
    return { state: { params: next.params, optimizer: next.state }, loss };
  },
  { donate: [0] },
);

let alone: { state: State; batch: MultimodalBatch } | undefined;

async function stepsAlone(count: number): Promise<number[]> {
  if (!alone) {
    const params = await initMultimodal(config, random.key(1));
    alone = {
      state: { params, optimizer: optimizer.init(params) },
      batch: await collate(examples.slice(0, BATCH)),
    };
  }
  const losses: number[] = [];
  for (let i = 0; i < count; i++) {
    const result = await step(alone.state, alone.batch);
    alone.state = result.state as State;
    const loss = result.loss as tf.Scalar;
    losses.push((await loss.data())[0] as number);
    loss.dispose();
  }
  return losses;
}

function memoryMiB(): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1];
  return Number(kilobytes) / 2 ** 10;
}

const tasks: Record<MultimodalRequest['task'], (steps: number) => Promise<number[]>> = {
  async training(steps) {
    stopAt = trainer.step + steps;
    const { losses } = await trainer.train();
    return losses.slice(-steps);
  },
  async loading(steps) {
    const order = Array.from({ length: steps }, (_, batch) => ({
      batch,
      indices: Int32Array.from({ length: BATCH }, (_, i) => (batch * BATCH + i) % examples.length),
    }));
    const batches = lookAhead(
      order,
      (context) =>
        collate(
          Array.from(context.indices, (i) => examples[i] as Example),
          context,
        ),
      { count: 0 },
    );
    for await (const batch of batches) tf.dispose(batch as never);
    return [];
  },
  step: stepsAlone,
};

await device.use('cpu');

for await (const line of createInterface({ input: process.stdin })) {
  let reply: MultimodalAnswer | { error: string };
  try {
    const { task, steps } = JSON.parse(line) as MultimodalRequest;
    const [start, used] = [performance.now(), process.cpuUsage()];
    const losses = await tasks[task](steps);
    const { user, system } = process.cpuUsage(used);
    reply = {
      ms: performance.now() - start,
      processorMs: (user + system) / 1000,
      losses,
      memoryMiB: memoryMiB(),
    };
  } catch (error) {
    reply = { error: (error as Error).message.split('\n')[0] as string };
  }
  console.log(JSON.stringify(reply));
}
process.exit(0);
