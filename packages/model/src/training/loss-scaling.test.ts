import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { optimizers, tf } from '@quire/runtime';
import { afterAll, describe, expect, it } from 'vitest';
import { Trainer, type TrainerOptions } from './trainer.ts';

type Params = { w: tf.Tensor1D };
type Batch = { x: tf.Tensor1D };
type Options = TrainerOptions<Params, number, Batch>;

const folder = mkdtempSync(join(tmpdir(), 'quire-scaling-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trainer = (changes: Partial<Options> = {}) =>
  new Trainer<Params, number, Batch>({
    params: { w: tf.tensor1d([1, -2]) },
    loss: ({ w }, { x }) => w.sub(x).square().mean() as tf.Scalar,
    optimizer: optimizers.adamW({ learningRate: 0.1 }),
    examples: [1, 2, 3, 4, 5, 6],
    collate: ([x = 0]: readonly number[]) => ({ x: tf.tensor1d([x, -x]) }),
    batchSize: 1,
    ...(changes.epochs === undefined && { steps: 6 }),
    ...changes,
  });
const numbers = (run: Trainer<Params, number, Batch>) => [...run.params.w.dataSync()];

/** Its gradient is x, and on the way there 1e35: a scale of 2^12 makes that infinite. */
const steep: Options['loss'] = ({ w }, { x }) => w.mul(x).mul(1e-35).sum().mul(1e35) as tf.Scalar;

const overflowing = (changes: Partial<Options> = {}) =>
  trainer({
    steps: 16,
    loss: steep,
    optimizer: optimizers.sgd({ learningRate: 0.125 }),
    lossScaling: { growthInterval: 3 },
    examples: [1],
    ...changes,
  });

const SCALES = [16, 15, 14, 13, 12, 11, 11, 11, 12, 11, 11, 11, 12, 11, 11, 11];

describe('loss scaling', () => {
  it('gives the same numbers where nothing overflows', async () => {
    const [plain, scaled] = [trainer(), trainer({ lossScaling: true })];
    const [a, b] = [await plain.train(), await scaled.train()];
    expect(b.losses).toEqual(a.losses);
    expect(numbers(scaled)).toEqual(numbers(plain));
    await plain.dispose();
    await scaled.dispose();
  });

  it('leaves out updates that overflow, and halves and doubles the scale as PyTorch does', async () => {
    const before = tf.memory().numTensors;
    const scales: number[] = [];
    const first: number[] = [];
    const norms: number[] = [];
    const run = overflowing({
      callbacks: [
        {
          step({ lossScale, gradientNorm }) {
            scales.push(Math.log2(lossScale as number));
            norms.push(gradientNorm);
            first.push(numbers(run)[0] as number);
          },
        },
      ],
    });
    await run.train();
    expect(scales).toEqual(SCALES);
    expect(norms.map(Number.isFinite)).toEqual(SCALES.map((scale) => scale === 11));
    let updates = 0;
    const wanted = SCALES.map((scale) => 1 - (scale === 11 ? ++updates : updates) / 8);
    for (const [i, value] of first.entries()) expect(value).toBeCloseTo(wanted[i] as number, 5);
    await run.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves out the whole of an accumulated update of which one batch overflows', async () => {
    const scales: number[] = [];
    const first: number[] = [];
    const run = overflowing({
      // On the way to the gradient of an example there is 1e33 times the example.
      loss: ({ w }, { x }) => w.mul(1e-33).mul(x).sum().mul(1e33) as tf.Scalar,
      examples: [1, 2 ** 5],
      shuffle: false,
      accumulate: 2,
      steps: 4,
      callbacks: [
        {
          step({ lossScale }) {
            scales.push(lossScale as number);
            first.push(numbers(run)[0] as number);
          },
        },
      ],
    });
    await run.train();
    expect(scales.map(Math.log2)).toEqual([16, 15, 14, 13]);
    // The mean gradient of an update is 16.5.
    expect(first).toEqual([1, 1, 1, expect.closeTo(1 - 16.5 / 8, 5)]);
    await run.dispose();
  });

  it('goes on with the scale it had, bit for bit', async () => {
    const checkpoints = { folder, every: 1 };
    const [whole, first] = [overflowing(), overflowing({ steps: 10, checkpoints })];
    const { losses } = await whole.train();
    await first.train();
    const scales: number[] = [];
    const second = overflowing({
      checkpoints,
      callbacks: [{ step: ({ lossScale }) => void scales.push(Math.log2(lossScale as number)) }],
    });
    await second.resume();
    expect((await second.train()).losses).toEqual(losses);
    expect(scales).toEqual(SCALES.slice(10));
    expect(numbers(second)).toEqual(numbers(whole));
    for (const run of [whole, first, second]) await run.dispose();
  });

  it('ends where a gradient is not finite without a scale either', async () => {
    const run = overflowing({
      lossScaling: { initial: 4 },
      loss: ({ w }, { x }) => w.sub(w).square().sum().sqrt().add(x.sum()) as tf.Scalar,
    });
    await expect(run.train()).rejects.toThrow("Step 3: the gradient (its norm is NaN) isn't finite");
    await run.dispose();
  });
});
