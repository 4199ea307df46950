import { namedLeaves, Trainer } from '@quire/model';
import { optimizers, random, tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import { MultiModalModel, modalityDropout } from './index.ts';

it('has encoders of 512 to 256, a fusion of 512 to 256, and a classifier of 256 to 2', () => {
  const shapes = namedLeaves<{ shape: number[] }>(MultiModalModel.spec(MultiModalModel.config())).map(
    ({ name, value }) => [name, value.shape],
  );
  expect(Object.fromEntries(shapes)).toEqual({
    'encoders.image.weight': [256, 512],
    'encoders.image.bias': [256],
    'encoders.text.weight': [256, 512],
    'encoders.text.bias': [256],
    'fusion.projection.weight': [256, 512],
    'fusion.projection.bias': [256],
    'classifier.weight': [2, 256],
    'classifier.bias': [2],
  });
});

it('learns a task that needs both modalities, and without one is at chance', async () => {
  const before = tf.memory().numTensors;
  const config = MultiModalModel.config();
  const key = random.key(1);
  // A direction for each modality; its sign is a bit, and the label is whether the bits differ.
  const directions = tf.tidy(() => random.normal(key, [2, 512]).arraySync() as number[][]);
  const noise = tf.tidy(
    () => random.normal(random.foldIn(key, 1), [384, 2, 512]).arraySync() as number[][][],
  );
  const rows = noise.map((each, i) => {
    const bits = [i % 2, (i >> 1) % 2] as const;
    const vectors = each.map((row, m) => row.map((n, j) => n + (2 * bits[m]! - 1) * directions[m]![j]!));
    return { image: vectors[0]!, text: vectors[1]!, label: bits[0] ^ bits[1] };
  });
  type Row = (typeof rows)[number];
  const collate = (rows: readonly Row[]) => ({
    features: {
      image: tf.tensor2d(rows.map(({ image }) => image)),
      text: tf.tensor2d(rows.map(({ text }) => text)),
    },
    labels: tf.tensor1d(
      rows.map(({ label }) => label),
      'int32',
    ),
  });
  const trainer = new Trainer({
    params: await MultiModalModel.init(config, key),
    loss: (params, batch: ReturnType<typeof collate>, { key }) => {
      const presence = key && modalityDropout(key, ['image', 'text'], batch.labels.size, 0.1);
      const inputs = { features: batch.features, ...(presence && { presence }) };
      const { logits } = MultiModalModel.forward(params, inputs, config);
      const accuracy = logits.argMax(-1).equal(batch.labels).cast('float32').mean() as tf.Scalar;
      return {
        loss: MultiModalModel.loss(params, { ...inputs, labels: batch.labels }, config),
        metrics: { accuracy },
      };
    },
    optimizer: optimizers.adamW({ learningRate: 1e-3 }),
    examples: rows.slice(0, 256),
    collate,
    batchSize: 64,
    steps: 60,
  });
  const held = rows.slice(256);
  await trainer.train();
  expect((await trainer.evaluate(held)).accuracy).toBeGreaterThan(0.95);
  const batch = collate(held);
  for (const name of ['image', 'text'] as const) {
    const right = tf.tidy(() => {
      const features = { [name]: batch.features[name] };
      const { logits } = MultiModalModel.forward(trainer.params, { features }, config);
      return logits.argMax(-1).equal(batch.labels).cast('float32').mean().dataSync()[0]!;
    });
    expect(Math.abs(right - 0.5)).toBeLessThan(0.2);
  }
  await trainer.dispose();
  tf.dispose([batch, key] as never);
  expect(tf.memory().numTensors).toBe(before);
});
