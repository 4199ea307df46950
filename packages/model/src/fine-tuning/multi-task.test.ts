import { ops, optimizers, random, tf, valueAndGradients } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { sequenceLoss } from '../layers/losses.ts';
import { initialize } from '../parameters/initialize.ts';
import { Trainer } from '../training/trainer.ts';
import { type Task, taskHeadsSpec, taskLogits, taskLosses, uncertaintyWeighted } from './multi-task.ts';

const tasks = {
  inside: { problem: 'singleLabel', outputs: 2 },
  sum: { problem: 'regression', outputs: 1 },
  signs: { problem: 'multiLabel', outputs: 2 },
} satisfies Record<string, Task>;

const logits = {
  inside: tf.tensor2d([
    [1, 2],
    [0.5, -1],
    [3, 0],
  ]),
  sum: tf.tensor2d([[1], [2], [-1]]),
  signs: tf.tensor2d([
    [1, -2],
    [0, 3],
    [-40, 40],
  ]),
};
const labels = {
  inside: tf.tensor1d([1, 0, 1], 'int32'),
  sum: tf.tensor2d([[1.5], [0], [2]]),
  signs: tf.tensor2d([
    [1, 0],
    [0, 1],
    [1, 1],
  ]),
};

describe('the losses of several tasks', () => {
  it('are those of each task alone', () => {
    const all = {
      inside: { labels: labels.inside },
      sum: { labels: labels.sum },
      signs: { labels: labels.signs },
    };
    const losses = taskLosses(tasks, logits, all);
    for (const name of ['inside', 'sum', 'signs'] as const) {
      const alone = sequenceLoss(logits[name], labels[name], tasks[name].problem);
      expect(losses[name].dataSync()[0]).toBeCloseTo(alone.dataSync()[0] as number, 5);
    }
  });

  it('count the examples that have a label, and are 0 where none has', () => {
    const first = tf.tensor1d([1, 0, 0]);
    const none = tf.tensor1d([0, 0, 0]);
    const losses = taskLosses(tasks, logits, {
      inside: { labels: labels.inside, present: first },
      sum: { labels: labels.sum, present: none },
      signs: { labels: labels.signs, present: first },
    });
    const alone = ops.crossEntropy(logits.inside.slice(0, 1), labels.inside.slice(0, 1));
    expect(losses.inside.dataSync()[0]).toBeCloseTo(alone.dataSync()[0] as number, 6);
    expect(losses.sum.dataSync()[0]).toBe(0);
    expect(losses.signs.dataSync()[0]).toBeCloseTo(
      (Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(-2))) / 2,
      6,
    );
  });

  it('are weighted by a learned uncertainty that is best where it equals the loss', () => {
    const losses = { inside: tf.scalar(0.5), sum: tf.scalar(3), signs: tf.scalar(2) };
    const at = (inside: number, sum: number, signs: number) =>
      valueAndGradients(
        (s: Record<'inside' | 'sum' | 'signs', tf.Scalar>) => uncertaintyWeighted(tasks, losses, s),
        {
          inside: tf.scalar(inside),
          sum: tf.scalar(sum),
          signs: tf.scalar(signs),
        },
      );
    expect(at(0, 0, 0).value.dataSync()[0]).toBeCloseTo(0.5 + 1.5 + 2, 6);
    // d/ds (exp(-s) L + s/2) = 0 at s = log 2 L, and of a regression at s = log L.
    const { gradients } = at(Math.log(1), Math.log(3), Math.log(4));
    for (const gradient of Object.values(gradients)) expect(gradient.dataSync()[0]).toBeCloseTo(0, 6);
  });

  it('refuse a batch without the labels of a task', () => {
    expect(() => taskLosses(tasks, logits, {} as never)).toThrow('the task inside');
    const wrong = { ...labels, sum: tf.zeros([2, 1]) };
    expect(() => taskLosses({ sum: tasks.sum }, logits, { sum: { labels: wrong.sum } })).toThrow(
      'float32 [3,1]',
    );
  });
});

it('one encoder learns several tasks, of which an example may lack some', async () => {
  const before = tf.memory().numTensors;
  const key = random.key(5);
  const drawn = random.uniform(key, [120, 2], -1, 1);
  const examples = (drawn.arraySync() as number[][]).map((x, i) => ({ x, hasSum: i % 3 > 0 }));
  const params = {
    weight: random.normal(key, [3, 24]) as tf.Tensor2D,
    heads: await initialize(taskHeadsSpec(tasks, 24, 0.2), key),
    uncertainty: { inside: tf.scalar(0), sum: tf.scalar(0), signs: tf.scalar(0) },
  };
  const trainer = new Trainer({
    params,
    loss: (
      { weight, heads, uncertainty },
      batch: Record<'x' | 'sums' | 'hasSum' | 'signs' | 'inside', tf.Tensor>,
    ) => {
      const logits = taskLogits(heads, (batch.x as tf.Tensor2D).matMul(weight).relu() as tf.Tensor2D);
      const losses = taskLosses(tasks, logits, {
        inside: { labels: batch.inside },
        sum: { labels: batch.sums, present: batch.hasSum as tf.Tensor1D },
        signs: { labels: batch.signs },
      });
      return { loss: uncertaintyWeighted(tasks, losses, uncertainty), metrics: losses };
    },
    optimizer: optimizers.adamW({ learningRate: 0.02, weightDecay: 0 }),
    examples,
    collate: (rows) => ({
      x: tf.tensor2d(rows.map(({ x }) => [...x, 1])),
      inside: tf.tensor1d(
        rows.map(({ x }) => (Math.hypot(...x) < 0.7 ? 1 : 0)),
        'int32',
      ),
      sums: tf.tensor2d(rows.map(({ x, hasSum }) => [hasSum ? (x[0] as number) + (x[1] as number) : 99])),
      hasSum: tf.tensor1d(rows.map(({ hasSum }) => (hasSum ? 1 : 0))),
      signs: tf.tensor2d(rows.map(({ x }) => x.map((each) => (each > 0 ? 1 : 0)))),
    }),
    batchSize: 24,
    epochs: 60,
  });
  const { inside, sum, signs } = await trainer.evaluate(examples);
  await trainer.train();
  const after = await trainer.evaluate(examples);
  expect(after.inside).toBeLessThan(0.5 * (inside as number));
  expect(after.sum).toBeLessThan(0.1 * (sum as number));
  expect(after.signs).toBeLessThan(0.4 * (signs as number));
  await trainer.dispose();
  tf.dispose([key, drawn]);
  expect(tf.memory().numTensors).toBe(before);
});
