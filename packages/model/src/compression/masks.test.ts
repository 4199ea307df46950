import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { optimizers, random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { named } from '../fine-tuning/predicates.ts';
import { apart, reference } from '../reference.ts';
import { Trainer } from '../training/trainer.ts';
import { GradualPruning } from './gradual-pruning.ts';
import { applyMasks, type Masks, magnitudeMasks, pruned } from './masks.ts';
import { compressionReport } from './report.ts';
import { sparsityAt } from './sparsity.ts';

const fixture = reference<{
  weights: number[][][];
  masks: Record<string, Record<'each' | 'all', number[][][]>>;
}>('compression');
const params = {
  first: { weight: tf.tensor2d(fixture.weights[0] as number[][]), bias: tf.ones([4]) },
  second: { weight: tf.tensor2d(fixture.weights[1] as number[][]) },
};
const targets = named(/weight$/);

describe('masks by magnitude', () => {
  it.each(['each', 'all'] as const)("are those of torch's pruning, of %s", async (scope) => {
    for (const [sparsity, wanted] of Object.entries(fixture.masks)) {
      const masks = await magnitudeMasks(params, { sparsity: Number(sparsity), targets, scope });
      expect(Object.values(masks).map((mask) => mask.arraySync())).toEqual(wanted[scope]);
      tf.dispose(masks);
    }
  });

  it('prune exactly as many as asked for where magnitudes are equal', async () => {
    const equal = {
      weight: tf.tensor2d([
        [1, -1, 1],
        [-1, 1, 0],
      ]),
    };
    const { weight } = await magnitudeMasks(equal, { sparsity: 0.5, targets });
    expect(weight?.arraySync()).toEqual([
      [0, 0, 1],
      [1, 1, 0],
    ]);
  });

  it('make weights 0, which a report tells', async () => {
    const masks = await magnitudeMasks(params, { sparsity: 0.75, targets, scope: 'all' });
    const after = await pruned(params, masks);
    const report = await compressionReport({ before: params, after });
    const all = [...fixture.weights.flat(2)].map(Math.abs).sort((a, b) => a - b);
    const norm = (values: number[]) => Math.hypot(...values);
    expect(report.size).toEqual({ before: 4 * 43, after: 4 * 43 });
    expect(report.density).toBeCloseTo((39 - 29 + 4) / 43, 6);
    expect(report.sparseSize).toBe(4 * Math.round(report.density * 43) + 6);
    expect(report.error).toBeCloseTo(norm(all.slice(0, 29)) / norm([...all, 1, 1, 1, 1]), 5);
    expect(await after.first.bias.array()).toEqual([1, 1, 1, 1]);
  });

  it('are refused where they do not fit', async () => {
    await expect(magnitudeMasks(params, { sparsity: 1.2, targets })).rejects.toThrow('from 0 to 1');
    await expect(magnitudeMasks(params, { sparsity: 0.2, targets: () => false })).rejects.toThrow('none');
    expect(() => applyMasks(params, { 'third.weight': tf.ones([2]) })).toThrow('is not there');
    expect(() => applyMasks(params, { 'first.weight': tf.ones([2]) })).toThrow('[2]');
  });
});

it('sparsity grows along a cubic curve', () => {
  const schedule = { initial: 0.1, final: 0.9, begin: 10, end: 30 };
  expect([0, 9, 10, 20, 30, 99].map((step) => sparsityAt(step, schedule))).toEqual([
    0,
    0,
    expect.closeTo(0.1, 9),
    expect.closeTo(0.9 - 0.8 / 8, 9),
    0.9,
    0.9,
  ]);
});

describe('gradual pruning', () => {
  it('keeps pruned weights out of the training, and what stays learns', async () => {
    const before = tf.memory().numTensors;
    // Of eight inputs three matter.
    const truth = [2, 0, 0, -1.5, 0, 0, 1, 0];
    const key = random.key(4);
    const drawn = random.normal(key, [64, 8]) as tf.Tensor2D;
    const examples = await drawn.array();
    tf.dispose([key, drawn]);
    const start = { w: tf.tensor2d(truth.map((_, j) => [0.3 + 0.01 * j])) };
    const pruning: GradualPruning<typeof start> = await GradualPruning.start(start, {
      params: () => trainer.params,
      masks: (params, sparsity) => magnitudeMasks(params, { sparsity, targets: named('w') }),
      schedule: { final: 5 / 8, begin: 60, end: 120 },
      every: 10,
    });
    const densities: number[] = [];
    const trainer: Trainer<
      typeof start,
      number[],
      Record<'x' | 'y', tf.Tensor2D>,
      { masks: Masks }
    > = new Trainer({
      params: start,
      frozen: { masks: pruning.masks },
      loss: (
        params: typeof start,
        { x, y }: Record<'x' | 'y', tf.Tensor2D>,
        { frozen }: { frozen: { masks: Masks } },
      ) => x.matMul(applyMasks(params, frozen.masks).w).sub(y).square().mean() as tf.Scalar,
      optimizer: optimizers.adamW({ learningRate: 0.05, weightDecay: 0 }),
      examples,
      collate: (rows: readonly number[][]) => ({
        x: tf.tensor2d([...rows]),
        y: tf.tensor2d(rows.map((row) => [row.reduce((sum, x, j) => sum + x * (truth[j] as number), 0)])),
      }),
      batchSize: 16,
      steps: 200,
      callbacks: [
        pruning,
        {
          async step() {
            const mask = (await (pruning.masks.w as tf.Tensor).data()) as Float32Array;
            densities.push(mask.reduce((sum, kept) => sum + kept, 0));
          },
        },
      ],
    });
    await trainer.train();
    expect(densities[0]).toBe(8);
    expect(densities.at(-1)).toBe(3);
    expect(densities).toEqual([...densities].sort((a, b) => b - a));
    const after = await pruned(trainer.params, pruning.masks);
    expect(apart((await after.w.array()).flat(), truth)).toBeLessThan(0.02);
    const { loss } = await trainer.evaluate(examples);
    expect(loss).toBeLessThan(1e-3);
    pruning.dispose();
    await trainer.dispose();
    tf.dispose(after);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('goes on from a checkpoint with the masks it had', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quire-pruning-'));
    const before = tf.memory().numTensors;
    type Own = { w: tf.Tensor1D };
    const start = async (steps: number, run: string) => {
      const params = { w: tf.tensor1d([0.1, -0.2, 0.3, 0.4, -0.5]) };
      const pruning: GradualPruning<Own> = await GradualPruning.start(params, {
        params: () => trainer.params,
        masks: (params, sparsity) => magnitudeMasks(params, { sparsity, targets: named('w') }),
        schedule: { final: 0.8, end: 12 },
        every: 4,
      });
      const trainer: Trainer<Own, number, { x: tf.Tensor1D }, { masks: Masks }> = new Trainer({
        params,
        frozen: { masks: pruning.masks },
        loss: (params: Own, { x }: { x: tf.Tensor1D }, { frozen }: { frozen: { masks: Masks } }) =>
          applyMasks(params, frozen.masks).w.sub(x).square().mean() as tf.Scalar,
        optimizer: optimizers.adamW({ learningRate: 0.1 }),
        examples: [0.3, -1, 0.8],
        collate: ([x = 0]: readonly number[]) => ({ x: tf.tensor1d([x]) }),
        batchSize: 1,
        steps,
        callbacks: [pruning],
        checkpoints: { folder: join(folder, run), every: 7 },
      });
      return { pruning, trainer };
    };
    const whole = await start(15, 'whole');
    await whole.trainer.train();
    const first = await start(7, 'ended');
    await first.trainer.train();
    const second = await start(14, 'ended');
    expect(await second.trainer.resume()).toBe(true);
    // Of the 4th update: those of the parameters of now may be others.
    expect(await second.pruning.masks.w?.array()).toEqual(await first.pruning.masks.w?.array());
    const { losses } = await second.trainer.train();
    expect(losses).toEqual((await whole.trainer.train()).losses.slice(0, 14));
    expect(await second.pruning.masks.w?.array()).toEqual(await whole.pruning.masks.w?.array());
    for (const { pruning, trainer } of [whole, first, second]) {
      pruning.dispose();
      await trainer.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses schedules that are none', async () => {
    const options = {
      params: () => params,
      masks: async () => ({}),
      schedule: { final: 0.5, begin: 5, end: 5 },
    };
    await expect(GradualPruning.start(params, options)).rejects.toThrow('end after its begin');
    await expect(
      GradualPruning.start(params, { ...options, schedule: { final: 2, end: 9 } }),
    ).rejects.toThrow('from 0 to 1');
  });
});
