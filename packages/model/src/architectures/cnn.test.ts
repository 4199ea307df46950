import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { optimizers, random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { loadPretrained } from '../checkpoints/load.ts';
import { savePretrained } from '../checkpoints/save.ts';
import { Trainer } from '../training/trainer.ts';
import * as cnn from './cnn.ts';
import { differences, trainingDifferences } from './parity.ts';

describe('a CNN', () => {
  it.each(['cnn', 'cnn-group', 'cnn-encoder'])('%s gives the numbers of PyTorch', async (name) => {
    const { outputs, gradients } = await differences(name, cnn);
    expect(Math.max(...Object.values(outputs))).toBeLessThan(1e-4);
    expect(Math.max(0, ...Object.values(gradients))).toBeLessThan(1e-3);
  });

  it('in training mode gives the loss, gradients and statistics of PyTorch', async () => {
    const { loss, gradients, statistics } = await trainingDifferences('cnn', cnn);
    expect(Math.max(loss, ...Object.values(statistics))).toBeLessThan(1e-4);
    expect(Math.max(...Object.values(gradients))).toBeLessThan(1e-3);
    expect(Object.keys(statistics)).toHaveLength(8);
  });

  it.each(['cnn', 'cnn-group'])('%s gives them op by op too', async (name) => {
    const { outputs } = await differences(name, cnn, { eager: true });
    expect(outputs.logits).toBeLessThan(1e-4);
  });

  it('learns from spectrograms which band sounds, and is the same when it was saved', async () => {
    const config = cnn.config({ channels: 1, widths: [8, 16], groups: 4, dropout: 0.1 });
    const key = random.key(1);
    // Noise, and a band that sounds in the lower or in the upper half.
    const noise = await random.uniform(key, [64, 1, 12, 16]).array();
    const examples = (noise as number[][][][]).map(([frames], i) => ({
      frames:
        frames?.map((bands) => bands.map((value, at) => value + (at === 3 + 8 * (i % 2) ? 1 : 0))) ?? [],
      label: i % 2,
    }));
    const collate = (some: readonly (typeof examples)[number][]) => ({
      pixelValues: tf.tensor4d(some.map(({ frames }) => [frames])),
      labels: tf.tensor1d(
        some.map(({ label }) => label),
        'int32',
      ),
    });
    const trainer = new Trainer({
      params: await cnn.init(config, key),
      loss: (params, batch: cnn.CnnBatch, { key }) =>
        cnn.loss(params, batch, config, key ? { dropoutKey: key } : {}),
      optimizer: optimizers.adamW({ learningRate: 0.01 }),
      examples: examples.slice(0, 48),
      collate,
      batchSize: 16,
      steps: 30,
    });
    const { losses } = await trainer.train();
    expect(losses[0]).toBeGreaterThan(0.4);
    const folder = join(mkdtempSync(join(tmpdir(), 'quire-cnn-')), 'model');
    await savePretrained(folder, { architecture: cnn, config, params: trainer.params });
    const again = await loadPretrained(folder);
    expect(again).toMatchObject({ architecture: cnn, config });
    const held = collate(examples.slice(48));
    const [before, after] = [trainer.params, again.params as cnn.CnnParameters].map((params) =>
      tf.tidy(() => cnn.forward(params, held, config).logits?.arraySync()),
    );
    expect(after).toEqual(before);
    const right = (after ?? []).filter(
      ([low, high], i) => Number((high as number) > (low as number)) === i % 2,
    );
    expect(right.length).toBeGreaterThanOrEqual(15);
    tf.dispose([trainer.params, again.params, held, key] as never);
    rmSync(join(folder, '..'), { recursive: true });
  }, 30_000);

  it('says what images it needs, and which sizes fit', async () => {
    const config = cnn.config({ widths: [8, 8] });
    const key = random.key(0);
    const params = await cnn.init(config, key);
    const refused = (shape: [number, number, number, number]) => () =>
      tf.tidy(() => void cnn.forward(params, { pixelValues: tf.zeros(shape) }, config));
    expect(refused([1, 1, 8, 8])).toThrow(/1 channels are given to a model of 3/);
    expect(refused([1, 3, 3, 8])).toThrow(/3x8 are too small to be halved 2 times: they need 4x4/);
    expect(() => cnn.spec(cnn.config({ kernelSize: 4 }))).toThrow('kernelSize must be odd, and is 4.');
    expect(() => cnn.spec(cnn.config({ widths: [8, 12] }))).toThrow(/Of 12 channels there can't be 8 groups/);
    tf.dispose([params as never, key]);
  });
});
