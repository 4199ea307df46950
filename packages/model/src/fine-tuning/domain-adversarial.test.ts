import { jit, ops, optimizers, random, tf, valueAndGradients } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { Trainer } from '../training/trainer.ts';
import { adversarialStrength, reverseGradient } from './domain-adversarial.ts';

type Params = { encoder: tf.Tensor2D; classes: tf.Tensor2D };
type Batch = { x: tf.Tensor2D; labels: tf.Tensor1D; domains: tf.Tensor1D };

describe('a reversed gradient', () => {
  it('is minus lambda times the gradient, with the same value', async () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, -1],
    ]);
    const w = tf.tensor2d([[0.3], [-0.2]]);
    const loss = (reversed: boolean) => (params: { w: tf.Tensor2D; v: tf.Tensor2D }, lambda: tf.Scalar) => {
      const features = x.matMul(params.w);
      return (reversed ? reverseGradient(features, lambda) : features).matMul(params.v).square().sum();
    };
    const params = { w, v: tf.tensor2d([[1.5]]) };
    const both = jit((params: { w: tf.Tensor2D; v: tf.Tensor2D }, lambda: tf.Scalar) => ({
      plain: valueAndGradients((params) => loss(false)(params, lambda), params),
      reversed: valueAndGradients((params) => loss(true)(params, lambda), params),
    }));
    const { plain, reversed } = await both(params, tf.scalar(0.7));
    expect(await reversed.value.data()).toEqual(await plain.value.data());
    expect(await reversed.gradients.v.data()).toEqual(await plain.gradients.v.data());
    const wanted = [...(await plain.gradients.w.data())].map((each) => -0.7 * each);
    for (const [i, each] of (await reversed.gradients.w.data()).entries())
      expect(each).toBeCloseTo(wanted[i] as number, 5);
    await both.release();
  });
});

it('the strength rises as in the paper', () => {
  const at = (step: number): number =>
    adversarialStrength(tf.scalar(step, 'int32'), { steps: 100 }).dataSync()[0] as number;
  expect(at(0)).toBe(0);
  expect(at(10)).toBeCloseTo(2 / (1 + Math.exp(-1)) - 1, 6);
  expect(at(100)).toBeCloseTo(2 / (1 + Math.exp(-10)) - 1, 6);
  expect(at(500)).toBe(at(100));
});

/** The first number tells the class, the second the domain; both classes occur in both domains. */
const examples = (() => {
  const key = random.key(9);
  const noise = random.normal(key, [200, 2], 0, 0.3);
  const rows = (noise.arraySync() as number[][]).map(([a, b], i) => ({
    x: [(a as number) + (i % 2 ? 1 : -1), (b as number) + (i % 4 < 2 ? 1 : -1)],
    label: i % 2,
    domain: i % 4 < 2 ? 1 : 0,
  }));
  tf.dispose([key, noise]);
  return rows;
})();

/** Trains the encoder before a given classifier of domains: the share of examples whose class and domain are told then. */
async function trained(lambda: number): Promise<{ classes: number; domains: number }> {
  const steps = 150;
  const key = random.key(2);
  const domains = tf.tensor2d([
    [0, 1],
    [-1, 1],
  ]);
  const trainer = new Trainer<Params, (typeof examples)[number], Batch, { domains: tf.Tensor2D }>({
    params: {
      encoder: random.normal(key, [2, 2], 0, 0.5) as tf.Tensor2D,
      classes: tf.tensor2d([
        [0.1, -0.1],
        [0.2, 0],
      ]),
    },
    frozen: { domains },
    loss: ({ encoder, classes }, batch, { step, frozen }) => {
      const features = batch.x.matMul(encoder) as tf.Tensor2D;
      const strength = step ? adversarialStrength(step, { steps }) : tf.scalar(0);
      const reversed = reverseGradient(features, strength.mul(lambda) as tf.Scalar);
      const domainLogits = reversed.matMul(frozen.domains);
      const classLogits = features.matMul(classes);
      const right = (logits: tf.Tensor, labels: tf.Tensor1D): tf.Scalar =>
        logits.argMax(-1).equal(labels).cast('float32').mean();
      return {
        loss: ops
          .crossEntropy(classLogits, batch.labels)
          .add(ops.crossEntropy(domainLogits, batch.domains)) as tf.Scalar,
        metrics: { classes: right(classLogits, batch.labels), domains: right(domainLogits, batch.domains) },
      };
    },
    optimizer: optimizers.sgd({ learningRate: 0.1 }),
    examples,
    collate: (rows) => ({
      x: tf.tensor2d(rows.map(({ x }) => x)),
      labels: tf.tensor1d(
        rows.map(({ label }) => label),
        'int32',
      ),
      domains: tf.tensor1d(
        rows.map(({ domain }) => domain),
        'int32',
      ),
    }),
    batchSize: 50,
    steps,
  });
  await trainer.train();
  const found = await trainer.evaluate(examples);
  await trainer.dispose();
  tf.dispose([key, domains]);
  return { classes: found.classes as number, domains: found.domains as number };
}

it('features learn against the domain, and for the class', async () => {
  const before = tf.memory().numTensors;
  const [against, together] = [await trained(1), await trained(-1)];
  expect(against.classes).toBeGreaterThan(0.95);
  expect(together.classes).toBeGreaterThan(0.95);
  expect(together.domains).toBeGreaterThan(0.95);
  expect(against.domains).toBeLessThan(0.5);
  expect(tf.memory().numTensors).toBe(before);
});
