import { jit, random, tf, valueAndGradients } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import * as bert from '../architectures/bert.ts';
import * as gpt2 from '../architectures/gpt2.ts';
import { fixture } from '../architectures/parity.ts';
import { loadPretrained } from '../checkpoints/load.ts';
import { named } from '../fine-tuning/predicates.ts';
import { apart, reference } from '../reference.ts';
import { expandLowRank, lowRank, truncatedSvd } from './low-rank.ts';
import { compressionReport } from './report.ts';

const { lowRank: cases } = reference<{
  lowRank: { matrix: number[][]; rank: number; error: number; product?: number[][] }[];
}>('compression');
const key = random.key(3);
const inputIds = tf.tensor2d(
  [
    [5, 9, 41, 7],
    [11, 3, 60, 22],
  ],
  undefined,
  'int32',
);

describe('a truncated singular value decomposition', () => {
  it.each(cases)('is as good as that of PyTorch, rank $rank', async ({ matrix, rank, error, product }) => {
    const before = tf.memory().numTensors;
    const weight = tf.tensor2d(matrix);
    const { left, right } = await truncatedSvd(weight, rank, key);
    expect([left.shape, right.shape]).toEqual([
      [matrix.length, rank],
      [rank, matrix[0]?.length],
    ]);
    const found = tf.tidy(() => left.matMul(right).arraySync()) as number[][];
    const norm = (rows: number[][]) => Math.hypot(...rows.flat());
    const lost =
      norm(matrix.map((row, i) => row.map((x, j) => x - (found[i]?.[j] as number)))) / norm(matrix);
    expect(lost).toBeLessThan(error * 1.001);
    expect(lost).toBeGreaterThan(error * 0.999);
    if (product) expect(apart(found, product)).toBeLessThan(1e-4);
    tf.dispose([weight, left, right]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes a matrix of lower rank than asked for', async () => {
    const { left, right } = await truncatedSvd(tf.ones([6, 5]) as tf.Tensor2D, 2, key);
    expect(apart(left.matMul(right).arraySync(), tf.ones([6, 5]).arraySync())).toBeLessThan(1e-5);
  });
});

describe.each([
  ['gpt2', gpt2, /\.(c_attn|c_proj|c_fc)\.weight$/],
  ['bert-masked', bert, /encoder\..*\.(dense|query|key|value)\.weight$/],
] as const)('of %s', (name, architecture, pattern) => {
  it('two factors give what their product gives, are smaller, and get gradients', async () => {
    const { params, config } = (await loadPretrained(fixture(name), {
      architecture,
    } as never)) as unknown as {
      params: object;
      config: object;
    };
    const before = tf.memory().numTensors;
    const factored = await lowRank(params, { rank: 6, targets: named(pattern) }, key);
    const expanded = await expandLowRank(factored);
    const forward = (params: object) =>
      (architecture as unknown as { forward: (...args: unknown[]) => { logits: tf.Tensor } }).forward(
        params,
        { inputIds },
        config,
      ).logits;
    const logitsOf = async (params: object): Promise<unknown> => {
      const compiled = jit((params: object) => forward(params));
      const logits = await compiled(params);
      const found = await logits.array();
      await compiled.release();
      logits.dispose();
      return found;
    };
    const wanted = await logitsOf(expanded);
    expect(apart(await logitsOf(factored), wanted)).toBeLessThan(1e-5);
    expect(apart(wanted, await logitsOf(params))).toBeGreaterThan(1e-3);
    const { size, error } = await compressionReport({ before: params, after: expanded, stored: factored });
    expect(size.after).toBeLessThan(0.75 * size.before);
    expect(error).toBeGreaterThan(0.05);
    const step = jit((params: object) =>
      valueAndGradients((params) => forward(params).square().mean(), params),
    );
    const { value, gradients } = await step(factored);
    expect(Object.keys(gradients)).toEqual(Object.keys(params));
    await step.release();
    tf.dispose([factored, expanded, value, gradients] as never);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(params as never);
  });
});

it('a rank that saves nothing leaves a weight as it is, and what has no rank is refused', async () => {
  const params = { a: { weight: tf.ones([4, 4]), bias: tf.ones([4]) } };
  const same = await lowRank(params, { rank: 2, targets: named(/weight$/) }, key);
  expect(same.a.weight.shape).toEqual([4, 4]);
  await expect(lowRank(params, { rank: 2, targets: named(/bias$/) }, key)).rejects.toThrow('a.bias is [4]');
  await expect(lowRank(params, { rank: 0, targets: named(/weight$/) }, key)).rejects.toThrow('and is 0');
});
