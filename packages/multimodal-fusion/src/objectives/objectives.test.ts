import { gpt2, initialize, Trainer } from '@quire/model';
import { optimizers, random, tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import {
  captioning,
  clipLoss,
  hardNegatives,
  matchingLoss,
  sigLipLoss,
  sigLipSpec,
  temperatureSpec,
} from './index.ts';

const unit = (row: number[]): number[] => row.map((x) => x / Math.hypot(...row));
const dot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const first = [
  [1, 2, -1],
  [0.5, -1, 3],
  [2, 0.1, 0.3],
];
const second = [
  [1.5, 1, -1],
  [0.1, -2, 1],
  [-1, 1, 0.5],
];
const cosines = first.map((a) => second.map((b) => dot(unit(a), unit(b))));

it("CLIP's loss is its formula, with a temperature that gets a gradient and counts as 100 at most", async () => {
  const key = random.key(1);
  const params = await initialize(temperatureSpec(), key);
  tf.tidy(() => {
    const [a, b] = [tf.tensor2d(first), tf.tensor2d(second)];
    const wanted = (scale: number): number => {
      const logits = cosines.map((row) => row.map((c) => c * scale));
      const surprise = (row: number[], i: number) =>
        Math.log(row.reduce((s, x) => s + Math.exp(x), 0)) - row[i]!;
      const columns = logits.map((_, j) => logits.map((row) => row[j]!));
      return [...logits.map(surprise), ...columns.map(surprise)].reduce((s, x) => s + x) / 6;
    };
    expect(params.logit_scale.exp().dataSync()[0]).toBeCloseTo(1 / 0.07, 3);
    expect(clipLoss(params, a, b).dataSync()[0]).toBeCloseTo(wanted(1 / 0.07), 4);
    expect(clipLoss({ logit_scale: tf.scalar(9) }, a, b).dataSync()[0]).toBeCloseTo(wanted(100), 3);
    const gradient = tf.grad((s) => clipLoss({ logit_scale: s as tf.Scalar }, a, b))(params.logit_scale);
    const h = 1e-4;
    const slope = (wanted(Math.exp(h) / 0.07) - wanted(Math.exp(-h) / 0.07)) / (2 * h);
    expect(gradient.dataSync()[0]).toBeCloseTo(slope, 3);
    expect(() => clipLoss(params, a, b.slice([0, 0], [2, 3]))).toThrow('Partners need the same shape');
  });
  tf.dispose([params as never, key]);
});

it("SigLIP's loss is its formula, with gradients for scale, bias and both sides", async () => {
  const key = random.key(1);
  const params = await initialize(sigLipSpec(), key);
  tf.tidy(() => {
    const [a, b] = [tf.tensor2d(first), tf.tensor2d(second)];
    const each = cosines.flatMap((row, i) =>
      row.map((c, j) => Math.log(1 + Math.exp((i === j ? -1 : 1) * (10 * c - 10)))),
    );
    expect(sigLipLoss(params, a, b).dataSync()[0]).toBeCloseTo(each.reduce((s, x) => s + x) / 3, 4);
    const gradients = tf.grads((a, b, scale, bias) =>
      sigLipLoss(
        { logit_scale: scale as tf.Scalar, logit_bias: bias as tf.Scalar },
        a as tf.Tensor2D,
        b as tf.Tensor2D,
      ),
    )([a, b, params.logit_scale, params.logit_bias]);
    for (const gradient of gradients) expect(gradient.abs().sum().dataSync()[0]).toBeGreaterThan(1e-4);
  });
  tf.dispose([params as never, key]);
});

it('hard negatives are never the partner, and as frequent as a softmax of the others says', () => {
  tf.tidy(() => {
    const row = [5, 0, Math.log(3)];
    const similarities = tf.tensor2d([row, [0, 9, 0], [0, 0, 9]]);
    const counts = [0, 0, 0];
    const base = random.key(4);
    for (let i = 0; i < 400; i++) {
      const [a, b, c] = hardNegatives(random.foldIn(base, i), similarities).dataSync();
      counts[a!]!++;
      expect(b).not.toBe(1);
      expect(c).not.toBe(2);
    }
    expect(counts[0]).toBe(0);
    expect(Math.abs(counts[2]! / 400 - 0.75)).toBeLessThan(0.08);
    const loss = matchingLoss(tf.tensor1d([2]), tf.tensor2d([[1], [-3]])).dataSync()[0];
    const wanted = (Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(1)) + Math.log1p(Math.exp(-3))) / 3;
    expect(loss).toBeCloseTo(wanted, 5);
    expect(() => hardNegatives(base, tf.ones([1, 1]))).toThrow('two rows at least');
  });
});

it('a decoder learns captions from features alone, and writes them', async () => {
  const before = tf.memory().numTensors;
  const decoder = gpt2.config({ vocabularySize: 12, contextLength: 8, width: 32, layers: 1, heads: 2 });
  const config = { inputs: 6, prefixLength: 2, decoder };
  const key = random.key(2);
  // The caption of feature i: i + 1, i + 2, …, as many as i % 3 + 1, and the end, 0.
  const captions = Array.from({ length: 6 }, (_, i) => [
    ...Array.from({ length: (i % 3) + 1 }, (_, j) => i + j + 1),
    0,
  ]);
  const trainer = new Trainer({
    params: await captioning.init(config, key),
    loss: (params, batch: ReturnType<typeof collate>) => captioning.loss(params, batch, config),
    optimizer: optimizers.adamW({ learningRate: 1e-2 }),
    examples: captions.map((caption, i) => ({ caption, i })),
    collate,
    batchSize: 6,
    steps: 80,
  });
  function collate(rows: readonly { caption: number[]; i: number }[]) {
    const padded = (with_: number) =>
      rows.map(({ caption }) => [...caption, with_, with_, with_].slice(0, 4));
    return {
      features: tf.tensor2d(rows.map(({ i }) => Array.from({ length: 6 }, (_, j) => Number(i === j)))),
      inputIds: tf.tensor2d(padded(0), undefined, 'int32'),
      labels: tf.tensor2d(padded(-100), undefined, 'int32'),
    };
  }
  const { losses } = await trainer.train();
  expect(losses[0]).toBeGreaterThan(2);
  const features = tf.tidy(() => tf.oneHot(tf.range(0, 6, 1, 'int32'), 6).cast('float32') as tf.Tensor2D);
  const written = captioning.greedy(trainer.params, features, config, { length: 5, endTokenId: 0 });
  expect(written).toEqual(captions.map((caption) => caption.slice(0, -1)));
  tf.tidy(() => {
    const inputIds = tf.zeros<tf.Rank.R2>([6, 7], 'int32');
    expect(() => captioning.forward(trainer.params, { features, inputIds }, config)).toThrow(
      "A prefix of 2 and 7 tokens don't fit into a context of 8.",
    );
  });
  await trainer.dispose();
  tf.dispose([features, key]);
  expect(tf.memory().numTensors).toBe(before);
}, 60_000);
