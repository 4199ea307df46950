import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEmoji, loadEmojiPictures } from '@quire/datasets';
import { Trainer } from '@quire/model';
import { ops, optimizers, tf } from '@quire/runtime';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as augment from './augment/index.ts';
import { imageProcessor } from './image-processor.ts';
import { PictureLoader } from './loader.ts';

interface Row {
  path: string;
  flag: boolean;
}

const processor = imageProcessor({ image_processor_type: 'ViTImageProcessor', size: 16 });

let folder: string;
let rows: Row[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quire-loader-'));
  const [emoji, pictures] = await Promise.all([loadEmoji({ languages: ['en'] }), loadEmojiPictures()]);
  const chosen = emoji.filter(({ group }, i) => i % 4 === 0 && (group === 'flags' || group === 'objects'));
  rows = await Promise.all(
    chosen.map(async ({ hexcode, group }, i) => {
      const raw = { height: 64, width: 64, channels: 4 } as const;
      const format = i % 2 ? 'png' : 'webp';
      const path = join(folder, `${hexcode}.${format}`);
      writeFileSync(path, await sharp(pictures.rgba(hexcode), { raw }).toFormat(format).toBuffer());
      return { path, flag: group === 'flags' };
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a batch is drawn by the seed and its number, and without a number it is the processor alone', async () => {
  const loader = new PictureLoader({
    processor,
    crop: augment.randomResizedCrop(16, { scale: [0.5, 1] }),
    augment: augment.randomHorizontalFlip(),
  });
  const paths = rows.slice(0, 6).map(({ path }) => path);
  const numbers = async (batch?: number, from = loader): Promise<string> => {
    const tensor = await from.load(paths, batch);
    expect(tensor.shape).toEqual([6, 3, 16, 16]);
    const text = String(tensor.dataSync());
    tensor.dispose();
    return text;
  };
  const before = tf.memory().numTensors;
  expect(await numbers(3)).toBe(await numbers(3));
  expect(await numbers(3)).not.toBe(await numbers(4));
  expect(await numbers(3)).not.toBe(await numbers(3, new PictureLoader({ processor, seed: 1 })));
  expect(await numbers()).toBe(await numbers(9, new PictureLoader({ processor })));
  expect(tf.memory().numTensors).toBe(before);
});

test('bytes and pixels are loaded as files are', async () => {
  const loader = new PictureLoader({ processor, dataFormat: 'channelsLast' });
  const data = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#f00' } })
    .png()
    .toBuffer();
  const picture = { data: new Uint8Array(300).fill(255), height: 10, width: 10, channels: 3 } as const;
  const tensor = await loader.load([data, picture]);
  expect([...tensor.slice([0, 3, 3, 0], [2, 1, 1, 3]).dataSync()]).toEqual([1, -1, -1, 1, 1, 1]);
  tensor.dispose();
  const lost = [rows[0]!.path, join(folder, 'lost.png')];
  await expect(loader.load(lost)).rejects.toThrow('lost.png: there is no such file.');
  await expect(loader.load([data, data.subarray(0, 60)])).rejects.toThrow('picture 1 of the batch: ');
});

test('a model trains on augmented pictures that are made ahead of it, and the number of tensors stays', async () => {
  const loader = new PictureLoader({
    processor,
    augment: augment.compose(
      augment.randomHorizontalFlip(),
      augment.randomCrop(16, { padding: 1, fill: 255 }),
    ),
  });
  const examples = rows.filter((_, i) => i % 3 > 0);
  const held = rows.filter((_, i) => i % 3 === 0);
  const before = tf.memory().numTensors;
  const run = (): Trainer<{ w: tf.Tensor2D; b: tf.Tensor1D }, Row, { x: tf.Tensor4D; labels: tf.Tensor1D }> =>
    new Trainer({
      params: { w: tf.zeros([768, 2]), b: tf.zeros([2]) },
      loss: ({ w, b }, { x, labels }) => {
        const logits = x.reshape([-1, 768]).matMul(w).add(b); // (B, C, H, W) -> (B, C * H * W)
        const accuracy = logits.argMax(-1).equal(labels).cast('float32').mean() as tf.Scalar;
        return { loss: ops.crossEntropy(logits, labels), metrics: { accuracy } };
      },
      optimizer: optimizers.adamW({ learningRate: 1e-3 }),
      examples,
      collate: async (own, context) => ({
        x: await loader.load(
          own.map(({ path }) => path),
          context?.batch,
        ),
        labels: tf.tensor1d(
          own.map(({ flag }) => Number(flag)),
          'int32',
        ),
      }),
      batchSize: 16,
      steps: 60,
      lookAhead: 3,
    });
  const [first, second] = [run(), run()];
  const { losses } = await first.train();
  expect((await second.train()).losses).toEqual(losses);
  const { accuracy } = await first.evaluate(held);
  // Of these, 57 per cent are flags.
  expect(accuracy).toBeGreaterThan(0.8);
  await first.dispose();
  await second.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
