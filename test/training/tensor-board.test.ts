/** What a trainer writes for TensorBoard, read back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Trainer, tensorBoardLog, tensorBoardSummaries } from '@quire/model';
import { optimizers, tf } from '@quire/runtime';
import { EventWriter, readRuns } from '@quire/visualization';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'quire-summaries-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

it('has scalars, histograms of parameters, gradients and updates, texts and pictures', async () => {
  const before = tf.memory().numTensors;
  const writer = new EventWriter(folder);
  const rate = 0.25;
  type Params = { layers: { w: tf.Tensor1D }[] };
  const trainer: Trainer<Params, number, { x: tf.Tensor1D }> = new Trainer({
    params: { layers: [{ w: tf.tensor1d([3, -2, 1]) }] },
    loss: ({ layers }: Params, { x }: { x: tf.Tensor1D }) =>
      (layers[0] as Params['layers'][number]).w.sub(x).square().sum() as tf.Scalar,
    optimizer: optimizers.sgd({ learningRate: rate }),
    examples: [1, 2],
    collate: ([x]: readonly number[]) => ({ x: tf.tensor1d([x as number]) }),
    shuffle: false,
    batchSize: 1,
    steps: 6,
    validation: { examples: [1, 2], every: 3 },
    logs: [tensorBoardLog(writer)],
    callbacks: [
      tensorBoardSummaries(writer, {
        params: () => trainer.params,
        every: 2,
        examples: ({ step }) => ({
          texts: { said: `after **${step}** updates` },
          images: { seen: { width: 1, height: 1, bytes: PNG } },
        }),
      }),
    ],
  });
  const { losses, validations } = await trainer.train();
  writer.close();
  const [run] = readRuns(folder);
  const loss = run?.scalars.get('loss/train');
  expect(loss?.steps).toEqual([1, 2, 3, 4, 5, 6]);
  expect(loss?.values).toEqual(losses);
  expect(run?.scalars.get('loss/validation')?.values).toEqual(
    validations.map(({ metrics }) => Math.fround(metrics.loss as number)),
  );
  expect([...(run?.histograms.keys() ?? [])].sort()).toEqual([
    'gradients/layers.0.w',
    'parameters/layers.0.w',
    'updates/layers.0.w',
  ]);
  const histogram = (kind: string) => {
    const series = run?.histograms.get(`${kind}/layers.0.w`);
    expect(series?.steps).toEqual([1, 3, 5]);
    return series?.values[0] as NonNullable<typeof series>['values'][number];
  };
  // The first example is 1: gradients 2 (w - 1), updates -rate times that.
  expect(histogram('gradients')).toMatchObject({ least: -6, greatest: 4, count: 3, sum: -2 });
  expect(histogram('updates')).toMatchObject({ least: -1, greatest: 1.5, count: 3, sum: 0.5 });
  expect(histogram('parameters')).toMatchObject({ least: -0.5, greatest: 2, count: 3, sum: 2.5 });
  expect(run?.texts.get('said')).toMatchObject({
    steps: [3, 6],
    values: ['after **3** updates', 'after **6** updates'],
  });
  const seen = run?.images.get('seen')?.values[1];
  expect(Buffer.from(seen?.bytes ?? []).equals(PNG)).toBe(true);
  await trainer.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
