import { optimizers, random, tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import * as bert from '../architectures/bert.ts';
import { Trainer } from '../training/trainer.ts';
import { contrastive } from './contrastive.ts';
import { maskTokens } from './masking.ts';

const sizes = { vocabularySize: 24, contextLength: 12, width: 32, layers: 1, heads: 2, innerWidth: 64 };
const masking = { maskTokenId: 4, vocabularySize: 24, specialTokenIds: [0, 2, 3] };

/** Rows of 2, eight tokens that count up from anywhere in a circle of 19, 3. */
const examples = Array.from({ length: 76 }, (_, i) => [
  2,
  ...Array.from({ length: 8 }, (_, j) => 5 + ((i * 7 + j) % 19)),
  3,
]);
const collate = (rows: readonly number[][]) => ({ inputIds: tf.tensor2d([...rows], undefined, 'int32') });
type Batch = ReturnType<typeof collate>;

it('a BERT learns to fill masks that are drawn anew at each step', async () => {
  const before = tf.memory().numTensors;
  const key = random.key(1);
  const config = bert.config({ ...sizes, head: 'maskedLanguageModel' });
  const still = random.key(99);
  const trainer = new Trainer({
    params: await bert.init(config, key),
    frozen: { still },
    loss: (params, { inputIds }: Batch, { key, frozen }) => {
      const masked = maskTokens(key ?? frozen.still, inputIds, masking);
      return bert.loss(params, masked, config, key ? { dropoutKey: random.foldIn(key, 1) } : {});
    },
    optimizer: optimizers.adamW({ learningRate: 0.01 }),
    examples,
    collate,
    batchSize: 38,
    steps: 120,
  });
  const { loss: untrained } = await trainer.evaluate(examples);
  await trainer.train();
  const { loss } = await trainer.evaluate(examples);
  expect(untrained).toBeGreaterThan(2.5);
  expect(loss).toBeLessThan(0.5 * (untrained as number));
  expect(await trainer.evaluate(examples)).toEqual({ loss });
  await trainer.dispose();
  tf.dispose([key, still]);
  expect(tf.memory().numTensors).toBe(before);
});

it('sentence embeddings under two dropouts find each other (SimCSE)', async () => {
  const key = random.key(2);
  const config = bert.config({ ...sizes, head: 'none', hiddenDropout: 0.1 });
  const encode = (
    params: bert.BertParameters,
    { inputIds }: Batch,
    dropoutKey: random.Key | undefined,
  ): tf.Tensor2D =>
    bert.forward(params, { inputIds }, config, dropoutKey ? { dropoutKey } : {}).pooled as tf.Tensor2D;
  const trainer = new Trainer({
    params: await bert.init(config, key),
    loss: (params, batch: Batch, { key }) => {
      const [first, second] = key ? random.split(key) : [undefined, undefined];
      return contrastive(encode(params, batch, first), encode(params, batch, second));
    },
    optimizer: optimizers.adamW({ learningRate: 0.005 }),
    // Texts of a few words each, again and again.
    examples: Array.from({ length: 16 }, (_, i) => [
      2,
      ...Array.from({ length: 8 }, (_, j) => 5 + ((i + (j % 2) * (i % 5)) % 19)),
      3,
    ]),
    collate,
    batchSize: 16,
    steps: 80,
  });
  const { losses } = await trainer.train();
  expect(losses[0]).toBeGreaterThan(1);
  expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] as number));
  await trainer.dispose();
  key.dispose();
});
