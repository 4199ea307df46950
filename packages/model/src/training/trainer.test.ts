import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ops, optimizers, random, tf } from '@quire/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NonFiniteError } from './non-finite.ts';
import { type LossAndMetrics, Trainer, type TrainerCallback, type TrainerOptions } from './trainer.ts';

interface Example {
  x: number[];
  label: number;
}

type Params = { hidden: { weight: tf.Tensor2D }; output: { weight: tf.Tensor2D } };
type Batch = { x: tf.Tensor2D; labels: tf.Tensor1D };
type Options = TrainerOptions<Params, Example, Batch>;

/** Points in the plane, in the unit circle or not. */
const examples: Example[] = (() => {
  const key = random.key(7);
  const drawn = random.uniform(key, [96, 2], -1.5, 1.5);
  const points = drawn.arraySync() as number[][];
  tf.dispose([key, drawn]);
  return points.map((x) => ({ x, label: Math.hypot(...x) < 1 ? 1 : 0 }));
})();

function newParams(): Params {
  const key = random.key(1);
  const other = random.key(2);
  const made = {
    hidden: { weight: random.normal(key, [3, 16], 0, 0.7) as tf.Tensor2D },
    output: { weight: random.normal(other, [16, 2], 0, 0.3) as tf.Tensor2D },
  };
  tf.dispose([key, other]);
  return made;
}

const collate = (rows: readonly Example[]): Batch => ({
  x: tf.tensor2d(rows.map(({ x }) => [...x, 1])),
  labels: tf.tensor1d(
    rows.map(({ label }) => label),
    'int32',
  ),
});

const loss: Options['loss'] = (params, { x, labels }, { key }) => {
  const hidden = x.matMul(params.hidden.weight).relu();
  const kept = key ? random.dropout(key, hidden, 0.1) : hidden;
  const logits = kept.matMul(params.output.weight);
  const accuracy = logits.argMax(-1).equal(labels).cast('float32').mean() as tf.Scalar;
  return { loss: ops.crossEntropy(logits, labels), metrics: { accuracy } };
};

const trainer = (changes: Partial<Options> = {}): Trainer<Params, Example, Batch> =>
  new Trainer<Params, Example, Batch>({
    params: newParams(),
    loss,
    optimizer: optimizers.adamW({ learningRate: 0.02 }),
    examples,
    collate,
    batchSize: 16,
    ...(changes.epochs === undefined && { steps: 12 }),
    ...changes,
  });

const numbersOf = (params: Params): number[] => [
  ...params.hidden.weight.dataSync(),
  ...params.output.weight.dataSync(),
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quire-trainer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('Trainer', () => {
  it('tells collate which batch it makes, also after going on, and nothing in evaluation', async () => {
    const made: (number | undefined)[] = [];
    const options: Partial<Options> = {
      steps: 6,
      lookAhead: 2,
      checkpoints: { folder, every: 3 },
      collate: (rows, context) => {
        made.push(context?.batch);
        if (context) expect(rows).toEqual(Array.from(context.indices, (i) => examples[i]));
        return collate(rows);
      },
    };
    const first = trainer({
      ...options,
      callbacks: [{ step: ({ step }) => (step === 3 ? first.stop() : undefined) }],
    });
    await first.train();
    // Two more were being made when it ended.
    expect(made.splice(0)).toEqual([0, 1, 2, 3, 4]);
    const second = trainer(options);
    await second.resume();
    await second.train();
    expect(made.splice(0)).toEqual([3, 4, 5, 6, 7]);
    await second.evaluate(examples);
    expect(new Set(made)).toEqual(new Set([undefined]));
    await first.dispose();
    await second.dispose();
  });

  it('learns, and keeps the number of tensors', async () => {
    const before = tf.memory().numTensors;
    const run = trainer({ epochs: 40, clipNorm: 1, averageDecay: 0.9 });
    const { accuracy: untrained } = await run.evaluate(examples);
    const { losses, reason, step } = await run.train();
    expect({ reason, step }).toEqual({ reason: 'done', step: 240 });
    const { accuracy } = await run.evaluate(examples);
    expect(accuracy).toBeGreaterThan(Math.max(0.9, untrained as number));
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2);
    const averaged = await run.evaluate(examples, run.average);
    expect(averaged.accuracy).toBeGreaterThan(0.9);
    await run.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has as many tensors after each step', async () => {
    const counts = new Set<number>();
    const run = trainer({ callbacks: [{ step: () => void counts.add(tf.memory().numTensors) }] });
    await run.train();
    expect(counts.size).toBeLessThanOrEqual(2); // the next batch may be there already or not
    await run.dispose();
  });

  it('updates by the gradient of several batches as by that of one large one', async () => {
    const same = {
      shuffle: false,
      optimizer: optimizers.sgd({ learningRate: 0.1 }),
      loss: (params: Params, batch: Batch) =>
        loss(params, batch, { key: undefined, step: undefined, frozen: undefined }),
      clipNorm: 0.05,
    };
    const whole = trainer({ ...same, batchSize: 32, steps: 3 });
    const parts = trainer({ ...same, batchSize: 8, accumulate: 4, steps: 3 });
    await whole.train();
    await parts.train();
    const [a, b] = [numbersOf(whole.params), numbersOf(parts.params)];
    expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))))).toBeLessThan(1e-6);
    expect(a).not.toEqual(numbersOf(newParams()));
    await whole.dispose();
    await parts.dispose();
  });

  it('goes on from a checkpoint as if it had never ended, bit for bit', async () => {
    const options = {
      accumulate: 2,
      averageDecay: 0.99,
      clipNorm: 1,
      steps: 11,
      validation: { examples: examples.slice(0, 20), every: 2 },
    };
    const whole = trainer(options);
    const { losses, validations } = await whole.train();
    const checkpoints = { folder, every: 3 };
    const stopping = trainer({
      ...options,
      checkpoints,
      callbacks: [
        {
          step({ step }) {
            if (step === 7) stopping.stop();
          },
        },
      ],
    });
    const { reason, step } = await stopping.train();
    expect({ reason, step }).toEqual({ reason: 'stopped', step: 7 });
    await stopping.dispose();
    expect(readdirSync(folder).sort()).toEqual([
      'best.safetensors',
      'step-00000003.safetensors',
      'step-00000006.safetensors',
    ]);
    const first = trainer({ ...options, checkpoints });
    expect(await first.resume()).toBe(true);
    expect(first.step).toBe(6);
    const resumed = await first.train();
    expect(resumed.losses).toEqual(losses);
    expect(resumed.validations).toEqual(validations);
    expect(numbersOf(first.params)).toEqual(numbersOf(whole.params));
    expect(numbersOf(first.average as Params)).toEqual(numbersOf(whole.average as Params));
    expect(numbersOf(first.bestParams)).toEqual(numbersOf(whole.bestParams));
    await whole.dispose();
    await first.dispose();
  });

  it('refuses to go on with another order of examples, or from a damaged file', async () => {
    const run = trainer({ checkpoints: { folder, every: 5 } });
    expect(await run.resume()).toBe(false);
    await run.train();
    await run.dispose();
    const other = trainer({ seed: 3, checkpoints: { folder } });
    await expect(other.resume()).rejects.toThrow('"seed":0');
    writeFileSync(join(folder, 'step-00000012.safetensors'), 'nothing');
    const damaged = trainer({ checkpoints: { folder } });
    await expect(damaged.resume()).rejects.toThrow('is not a whole safetensors file');
    await other.dispose();
    await damaged.dispose();
  });

  it('ends when the validation has not become better, and keeps the best parameters', async () => {
    const run = trainer({
      steps: 200,
      optimizer: optimizers.sgd({ learningRate: 60 }),
      validation: { examples: examples.slice(0, 32), every: 1 },
      earlyStopping: { patience: 3 },
    });
    const { reason, step, best, validations } = await run.train();
    expect(reason).toBe('early stopping');
    expect(step).toBe((best?.step as number) + 3);
    const least = Math.min(...validations.map(({ metrics }) => metrics.loss as number));
    expect(best?.value).toBe(least);
    const { loss: again } = await run.evaluate(examples.slice(0, 32), run.bestParams);
    expect(again).toBeCloseTo(least, 5);
    await run.dispose();
  });

  it('sees examples as often as their weights say, and goes on with weights alone', async () => {
    const seen: number[] = [];
    const run = trainer({
      sampling: ({ label }) => label,
      collate: (rows) => {
        seen.push(...rows.map(({ label }) => label));
        return collate(rows);
      },
      checkpoints: { folder },
    });
    await run.train();
    expect(new Set(seen)).toEqual(new Set([1]));
    await run.dispose();
    const other = trainer({ checkpoints: { folder } });
    await expect(other.resume()).rejects.toThrow('"sampling":true');
    await other.dispose();
  });

  it('tells the loss how many updates were made', async () => {
    const options = { batchSize: 8, accumulate: 2, steps: 3, clipNorm: 1e-9 };
    const run = trainer({
      ...options,
      loss: (params, batch, context) => {
        const measured = loss(params, batch, context) as { loss: tf.Scalar };
        return { ...measured, metrics: context.step ? { step: context.step.cast('float32') } : {} };
      },
      callbacks: [{ step: ({ step, metrics }) => void expect(metrics.step).toBe(step - 1) }],
    });
    await run.train();
    expect(await run.evaluate(examples)).not.toHaveProperty('step');
    await run.dispose();
  });

  it('stops where the loss is not finite, and says on which examples and after which layer', async () => {
    const before = numbersOf(newParams());
    const run = trainer({
      shuffle: false,
      loss: (params, { x, labels }) => {
        const hidden = x.matMul(params.hidden.weight).exp();
        return ops.crossEntropy(hidden.matMul(params.output.weight), labels);
      },
      examples: examples.map((example, i) => (i === 5 ? { ...example, x: [1e4, -1e4] } : example)),
    });
    const error = (await run.train().catch((error: unknown) => error)) as NonFiniteError;
    expect(error.name).toBe('NonFiniteError');
    expect(error.batch).toContain(5);
    expect(error.layer).toBe('hidden.weight');
    expect(error.message).toMatch(/the result of Exp after hidden\.weight/);
    expect(numbersOf(run.params)).toEqual(before);
    await run.dispose();
  });

  it('names an input that is not finite', async () => {
    const run = trainer({ examples: [{ x: [Number.NaN, 0], label: 1 }], batchSize: 1 });
    await expect(run.train()).rejects.toThrow('the input batch.x');
    await run.dispose();
  });

  it('keeps buffers that the loss returns, by each batch, and goes on with them bit for bit', async () => {
    type Counted = Params & { seen: { mean: tf.Tensor1D; unused: tf.Tensor1D }[] };
    const before = tf.memory().numTensors;
    const options = { batchSize: 8, accumulate: 2, steps: 5, averageDecay: 0.5 };
    const start = (changes: Partial<TrainerOptions<Counted, Example, Batch>> = {}) =>
      new Trainer<Counted, Example, Batch>({
        params: { ...newParams(), seen: [{ mean: tf.zeros([3]), unused: tf.ones([2]) }] },
        trained: (name) => !name.startsWith('seen'),
        loss: (params, batch, context) => {
          const { loss: own, metrics } = loss(params, batch, {
            ...context,
            frozen: undefined,
          }) as LossAndMetrics;
          const { mean } = params.seen[0] as Counted['seen'][number];
          const mixed = mean.mul(0.75).add(batch.x.mean(0).mul(0.25));
          return { loss: own, metrics, buffers: { 'seen.0.mean': mixed } };
        },
        optimizer: optimizers.adamW({ learningRate: 0.02, weightDecay: 0.5 }),
        examples,
        shuffle: false,
        collate,
        ...options,
        ...changes,
      });
    const whole = start();
    await whole.train();
    const expected = [0, 0, 0];
    for (let batch = 0; batch < 10; batch++) {
      const rows = examples.slice(8 * batch, 8 * batch + 8).map(({ x }) => [...x, 1]);
      for (const i of [0, 1, 2])
        expected[i] =
          0.75 * (expected[i] as number) +
          (0.25 / 8) * rows.reduce((sum, row) => sum + (row[i] as number), 0);
    }
    const found = (run: typeof whole) => [...(run.params.seen[0]?.mean.dataSync() ?? [])];
    for (const [i, value] of found(whole).entries()) expect(value).toBeCloseTo(expected[i] as number, 5);
    expect([...(whole.params.seen[0]?.unused.dataSync() ?? [])]).toEqual([1, 1]);
    expect(whole.average?.seen[0]?.mean).toBe(whole.params.seen[0]?.mean);
    const checkpoints = { folder, every: 1 };
    const first = start({ steps: 3, checkpoints });
    await first.train();
    const second = start({ checkpoints });
    await second.resume();
    expect(second.step).toBe(3);
    await second.evaluate(examples);
    await second.train();
    expect(found(second)).toEqual(found(whole));
    expect(numbersOf(second.params)).toEqual(numbersOf(whole.params));
    expect(numbersOf(second.average as Params)).toEqual(numbersOf(whole.average as Params));
    for (const run of [whole, first, second]) await run.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses buffers that are trained', async () => {
    const run = trainer({
      loss: (params, batch, context) => ({
        ...(loss(params, batch, context) as LossAndMetrics),
        buffers: { 'output.weight': tf.zeros([16, 2]) },
      }),
    });
    await expect(run.train()).rejects.toThrow('that are trained: output.weight');
    await run.dispose();
  });

  it('goes on with the state of callbacks, and refuses other callbacks', async () => {
    const counter = (): TrainerCallback & { sum: tf.Scalar; seen: number } => ({
      sum: tf.scalar(0),
      seen: 0,
      step({ loss }) {
        const next = this.sum.add(loss) as tf.Scalar;
        this.sum.dispose();
        this.sum = next;
        this.seen++;
      },
      state() {
        return { tensors: { sum: this.sum }, about: this.seen };
      },
      restore({ tensors, about }) {
        this.sum.dispose();
        this.sum = tensors.sum as tf.Scalar;
        this.seen = about as number;
      },
    });
    const [whole, first, second] = [counter(), counter(), counter()];
    const checkpoints = { folder, every: 4 };
    const runs = [
      trainer({ callbacks: [whole] }),
      trainer({ callbacks: [{}, first], steps: 9, checkpoints }),
      trainer({ callbacks: [{}, second], checkpoints }),
      trainer({ checkpoints }),
    ] as const;
    await runs[0].train();
    await runs[1].train();
    await runs[2].resume();
    expect(second.seen).toBe(9);
    await runs[2].train();
    expect(second.seen).toBe(12);
    expect([...second.sum.dataSync()]).toEqual([...whole.sum.dataSync()]);
    await expect(runs[3].resume()).rejects.toThrow('at 1, and this run has callbacks with a state nowhere');
    for (const run of runs) await run.dispose();
    tf.dispose([whole.sum, first.sum, second.sum]);
  });

  it.each([
    [{ batchSize: 0 }, 'batchSize'],
    [{ lossScaling: { initial: 1000 } }, 'power of two'],
    [{ lossScaling: { growthInterval: 0 } }, 'growthInterval'],
    [{ examples: [] }, 'no examples'],
    [{ steps: 3, epochs: 2 }, 'either epochs or steps'],
    [{ batchSize: 100, dropLast: true }, "don't fill one batch"],
    [{ sampling: () => 1, shuffle: false }, 'shuffle: false'],
    [{ sampling: () => -1 }, 'gave -1 for example 0'],
    [{ sampling: () => 0 }, '0 for every example'],
    [{ earlyStopping: { patience: 2 } }, 'needs a validation'],
  ] as [Partial<Options>, string][])('refuses %j', (changes, message) => {
    expect(() => trainer(changes)).toThrow(message);
  });
});
