/** A small ViT of emoji: which group a picture is of. */
import { type Emoji, loadEmoji, loadEmojiPictures, type Split } from '@quire/datasets';
import { loadPretrained, namedLeaves, savePretrained, Trainer, vit } from '@quire/model';
import { optimizers, random, schedules, tf } from '@quire/runtime';
import { vitCard } from './cards.ts';
import { mean, measureRows, mostFrequent } from './measure.ts';
import {
  type CheckpointMetrics,
  Clock,
  checkpointPath,
  describe,
  keepReference,
  statePath,
  trained,
} from './run.ts';

export const NAME = 'vit-emoji';

const SIZE = 64;
/** By how many pixels pictures are moved while training, at most. */
const SHIFT = 6;
const SETTINGS = { steps: 500, batchSize: 64, learningRate: 2e-3, warmUp: 50 } as const;

export interface Picture {
  emoji: string;
  /** Planes of red, green and blue on white, (3, 64, 64). */
  planes: Uint8Array;
  label: number;
}

/** Pictures of a split, by their place in Unicode's order: every tenth is for test, the one halfway for validation. */
export async function pictures(split: Split): Promise<{ rows: Picture[]; labels: string[] }> {
  const [all, images] = [await loadEmoji({ languages: [] }), await loadEmojiPictures()];
  const labels = [...new Set(all.map(({ group }) => group))];
  const rows = all.flatMap((each: Pick<Emoji, 'emoji' | 'hexcode' | 'group'>, i): Picture[] => {
    const own: Split = i % 10 === 0 ? 'test' : i % 10 === 5 ? 'validation' : 'train';
    if (own !== split) return [];
    return [
      { emoji: each.emoji, planes: planesOf(images.rgba(each.hexcode)), label: labels.indexOf(each.group) },
    ];
  });
  return { rows, labels };
}

/** On white. @param rgba (64, 64, 4) @returns (3, 64, 64) */
function planesOf(rgba: Uint8Array): Uint8Array {
  const planes = new Uint8Array(3 * SIZE * SIZE);
  for (let at = 0; at < SIZE * SIZE; at++) {
    const alpha = rgba[4 * at + 3]! / 255;
    for (let c = 0; c < 3; c++)
      planes[c * SIZE * SIZE + at] = Math.round(rgba[4 * at + c]! * alpha + 255 * (1 - alpha));
  }
  return planes;
}

type Batch = { pixelValues: tf.Tensor4D; labels: tf.Tensor1D };

/** From -1 to 1; with `batch` moved, and mirrored or not, by draws of its own. */
function collate(rows: readonly Picture[], context?: { batch: number }): Batch {
  const draws = context && drawn(context.batch, rows.length);
  const pixels = new Float32Array(rows.length * 3 * SIZE * SIZE).fill(1);
  rows.forEach(({ planes }, i) => {
    const [down = 0, right = 0, mirrored = 0] = draws?.[i] ?? [];
    for (let c = 0; c < 3; c++) {
      for (let y = Math.max(0, down); y < SIZE + Math.min(0, down); y++) {
        for (let x = Math.max(0, right); x < SIZE + Math.min(0, right); x++) {
          const from = x - right;
          const value = planes[(c * SIZE + y - down) * SIZE + (mirrored ? SIZE - 1 - from : from)] as number;
          pixels[((i * 3 + c) * SIZE + y) * SIZE + x] = value / 127.5 - 1;
        }
      }
    }
  });
  return {
    pixelValues: tf.tensor4d(pixels, [rows.length, 3, SIZE, SIZE]),
    labels: tf.tensor1d(
      Int32Array.from(rows, ({ label }) => label),
      'int32',
    ),
  };
}

/** Of each picture of a batch: pixels down, pixels to the right, whether mirrored. */
function drawn(batch: number, count: number): number[][] {
  const key = random.key(batch);
  const parts = random.split(key);
  const shifts = random.integers(parts[0]!, [count, 2], -SHIFT, SHIFT + 1);
  const mirrors = random.integers(parts[1]!, [count, 1], 0, 2);
  const all = tf.concat([shifts, mirrors], 1);
  const numbers = all.arraySync() as number[][];
  tf.dispose([key, ...parts, shifts, mirrors, all]);
  return numbers;
}

/** By picture: the cross-entropy in nats, and whether its group is the most probable. */
export async function vitResults(
  model: { params: vit.VitParameters; config: vit.VitConfig },
  rows: readonly Picture[],
): Promise<{ loss: number[]; accuracy: number[] }> {
  const found = await measureRows(model.params, rows, collate, (params, { pixelValues, labels }: Batch) => {
    const logits = vit.forward(params, { pixelValues }, model.config).logits as tf.Tensor2D;
    const target = tf.oneHot(labels, model.config.labels.length);
    return {
      loss: tf.logSoftmax(logits).mul(target).sum(-1).neg(),
      accuracy: logits.argMax(-1).equal(labels).cast('float32'),
    };
  });
  return found as { loss: number[]; accuracy: number[] };
}

/** How often the most frequent group of the training is right. */
export function majorityAccuracy(training: readonly Picture[], rows: readonly Picture[]): number {
  const most = mostFrequent(training.map(({ label }) => label));
  return rows.filter(({ label }) => label === most).length / rows.length;
}

/** @param until the update after which to end, before the end of the schedule */
export async function train(until?: number): Promise<void> {
  const { rows: examples, labels } = await pictures('train');
  const config = vit.config({
    imageSize: [SIZE, SIZE],
    patchSize: 8,
    width: 64,
    layers: 4,
    heads: 4,
    hiddenDropout: 0.1,
    labels,
  });
  const { steps, batchSize, learningRate, warmUp } = SETTINGS;
  const folder = statePath(NAME);
  const clock = new Clock(folder, until);
  const key = random.key(4);
  const trainer = new Trainer({
    params: await vit.init(config, key),
    examples,
    collate,
    loss: (params, batch: Batch, { key }) =>
      vit.loss(params, batch, config, key ? { dropoutKey: key, labelSmoothing: 0.1 } : {}),
    optimizer: optimizers.adamW({
      learningRate: schedules.cosine(learningRate, { steps, warmUp }),
      weightDecay: 0.1,
    }),
    batchSize,
    steps,
    seed: 4,
    clipNorm: 1,
    threads: 1,
    validation: { examples: (await pictures('validation')).rows, every: 50 },
    checkpoints: { folder, every: 50 },
    callbacks: [clock],
  });
  const { params, madeSteps } = await trained(trainer, clock);
  await savePretrained(checkpointPath(NAME), { architecture: vit, config, params }, { dtype: 'float16' });
  await trainer.dispose();
  key.dispose();

  const model = await loadPretrained(checkpointPath(NAME), { architecture: vit });
  const results = async (split: Split): Promise<Record<string, number>> => {
    const { rows } = await pictures(split);
    const { loss, accuracy } = await vitResults(model, rows);
    return {
      pictures: rows.length,
      loss: mean(loss),
      accuracy: mean(accuracy),
      majorityAccuracy: majorityAccuracy(examples, rows),
    };
  };
  const metrics: CheckpointMetrics = {
    parameters: namedLeaves<tf.Tensor>(model.params).reduce((sum, { value }) => sum + value.size, 0),
    steps,
    madeSteps,
    batchSize,
    learningRate,
    seconds: Math.round(clock.seconds),
    validation: await results('validation'),
    test: await results('test'),
  };
  const { rows } = await pictures('validation');
  const first = rows.slice(0, 8);
  const batch = collate(first);
  await keepReference(NAME, {
    inputs: { pixel_values: await batch.pixelValues.array() },
    labels: await batch.labels.array(),
    loss: mean((await vitResults(model, first)).loss),
  });
  tf.dispose([batch, model.params] as never);
  await describe(NAME, metrics, vitCard(metrics), {
    'preprocessor_config.json': {
      image_processor_type: 'ViTImageProcessor',
      do_resize: true,
      size: { height: SIZE, width: SIZE },
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
    },
  });
}
