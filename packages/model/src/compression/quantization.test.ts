import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jit, ops, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import * as bert from '../architectures/bert.ts';
import * as gpt2 from '../architectures/gpt2.ts';
import * as llama from '../architectures/llama.ts';
import { batchOf, fixture } from '../architectures/parity.ts';
import * as resnet from '../architectures/resnet.ts';
import { loadPretrained } from '../checkpoints/load.ts';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import { savePretrained } from '../checkpoints/save.ts';
import { named } from '../fine-tuning/predicates.ts';
import type { LanguageModel } from '../generation/decoding.ts';
import { generateTokens } from '../generation/tokens.ts';
import { linear } from '../layers/linear.ts';
import { namedLeaves } from '../parameters/names.ts';
import { reference } from '../reference.ts';
import { calibrate, dequantize, quantizeDynamic, quantizeStatic, quantizeWeights } from './quantization.ts';
import { compressionReport } from './report.ts';

interface Model {
  params: object;
  config: object;
  architecture: { forward(params: object, inputs: object, config: object): Record<string, tf.Tensor> };
}

async function load(name: string, architecture: object): Promise<Model & { inputs: object }> {
  const model = (await loadPretrained(fixture(name), { architecture } as never)) as unknown as Model;
  const reference = await SafetensorsFile.open(`${fixture(name)}/reference.safetensors`);
  const { labels: _, ...inputs } = await batchOf(reference);
  await reference.close();
  return { ...model, architecture: architecture as Model['architecture'], inputs };
}

/** What the model gives, compiled, read. */
async function outputOf(
  { architecture, config, inputs }: Model & { inputs: object },
  params: object,
): Promise<tf.Tensor> {
  const forward = jit((params: object, inputs: object) => {
    const { logits, hidden } = architecture.forward(params, inputs, config);
    return (logits ?? hidden) as tf.Tensor;
  });
  const output = await forward(params, inputs);
  const copy = await output.toTensor();
  output.dispose();
  await forward.release();
  return copy;
}

/** ‖a - b‖ / ‖b‖ */
function apart(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => a.sub(b).norm().div(b.norm()).dataSync()[0] as number);
}

const quantizedNames = (params: object): string[] =>
  namedLeaves<unknown>(params).flatMap(({ name, value }) =>
    value instanceof ops.QuantizedMatrix ? [name] : [],
  );

const { errors } = reference<{ errors: Record<string, number> }>('quantization');

describe('dynamic int8', () => {
  it.each([
    ['bert', bert, 'encoder.layer.1.output.dense.weight'],
    ['bert-masked', bert, 'cls.predictions.transform.dense.weight'],
    ['resnet', resnet, 'fc.weight'],
    ['resnet-bottleneck', resnet, 'fc.weight'],
  ])('of the linear layers of %s loses no more than that of PyTorch', async (name, architecture, weight) => {
    const model = await load(name, architecture);
    const exact = await outputOf(model, model.params);
    for (const reduceRange of [true, false]) {
      const own = await quantizeDynamic(model.params, { reduceRange });
      expect(quantizedNames(own).some((each) => each.endsWith(weight))).toBe(true);
      expect(quantizedNames(own).filter((each) => /embeddings|bias|norm|conv/i.test(each))).toEqual([]);
      const lost = apart(await outputOf(model, own), exact);
      expect(lost).toBeGreaterThan(1e-5);
      expect(lost).toBeLessThan(errors[name] as number);
      tf.dispose(own as never);
    }
    tf.dispose([model.params, model.inputs, exact] as never);
  });

  it('is the same eagerly', async () => {
    const model = await load('bert-classifier', bert);
    const own = await quantizeDynamic(model.params);
    const eager = tf.tidy(
      () => model.architecture.forward(own, model.inputs, model.config).logits as tf.Tensor,
    );
    expect(apart(await outputOf(model, own), eager)).toBeLessThan(0.005);
  });
});

describe('static int8', () => {
  it.each(['all', 'mean'] as const)('takes ranges from batches (%s), and computes alike', async (range) => {
    const model = await load('bert-classifier', bert);
    const { config } = model;
    const exact = await outputOf(model, model.params);
    const before = tf.memory().numTensors;
    const ranges = await calibrate(
      model.params,
      (params, batch: object) => model.architecture.forward(params, batch, config),
      [model.inputs, model.inputs],
      { range },
    );
    expect(tf.memory().numTensors).toBe(before);
    const all = await quantizeDynamic(model.params);
    expect(Object.keys(ranges).sort()).toEqual(quantizedNames(all).sort());
    for (const { min, max } of Object.values(ranges)) expect(min).toBeLessThan(max);
    const own = await quantizeStatic(model.params, ranges);
    expect(quantizedNames(own)).toEqual(quantizedNames(all));
    const lost = apart(await outputOf(model, own), exact);
    expect(lost).toBeGreaterThan(1e-4);
    expect(lost).toBeLessThan(0.04);
  });

  it('sees what each layer is given, all uses of it', async () => {
    const params = {
      a: { weight: tf.eye(2) },
      b: {
        weight: tf.tensor2d([
          [2, 0],
          [0, 3],
        ]),
      },
    };
    const forward = (own: typeof params, x: tf.Tensor2D) =>
      linear(linear(linear(x, own.a as never), own.b as never), own.a as never);
    const batches = [tf.tensor2d([[1, -2]]), tf.tensor2d([[0.5, 4]])];
    expect(await calibrate(params, forward, batches)).toEqual({
      'a.weight': { min: -6, max: 12 },
      'b.weight': { min: -2, max: 4 },
    });
    expect((await calibrate(params, forward, batches, { range: 'mean' }))['b.weight']).toEqual({
      min: -0.75,
      max: 2.5,
    });
    await expect(calibrate(params, forward, [])).rejects.toThrow('no batch');
    await expect(calibrate(params, (_, x: tf.Tensor2D) => x, batches)).rejects.toThrow('none of the targets');
    await expect(calibrate(params, forward, [tf.tensor2d([[Number.NaN, 1]])])).rejects.toThrow('a.weight');
  });
});

describe('weights of few bits', () => {
  it.each([
    ['gpt2', gpt2, 8, 0.02],
    ['gpt2', gpt2, 4, 0.25],
    ['llama', llama, 8, 0.02],
    ['llama', llama, 4, 0.25],
  ] as const)(
    'of %s (%#) compute what they stand for, in fewer bytes',
    async (name, architecture, bits, most) => {
      const model = await load(name, architecture);
      const own = await quantizeWeights(model.params, { bits, blockSize: 16 });
      const dense = await dequantize(own);
      const found = await outputOf(model, own);
      expect(apart(found, await outputOf(model, dense))).toBeLessThan(0.015);
      const lost = apart(found, await outputOf(model, model.params));
      expect(lost).toBeGreaterThan(1e-4);
      expect(lost).toBeLessThan(most);
      const report = await compressionReport({
        before: model.params,
        after: own,
        run: (params) => outputOf(model, params),
        runs: 2,
        quality: async (params) => apart(await outputOf(model, params), found),
      });
      expect(report.size.after).toBeLessThan(report.size.before);
      expect(report.error).toBeGreaterThan(0.001);
      expect(report.speed?.ratio).toBeCloseTo((report.speed?.before ?? 0) / (report.speed?.after ?? 1), 6);
      expect(report.quality?.after).toBe(0);
      expect(report.quality?.before).toBeGreaterThan(1e-4);
    },
  );

  it('generate: the tokens of 8 bits are those of the weights that they stand for', async () => {
    const { architecture, config, params } = (await loadPretrained(fixture('gpt2'), {
      architecture: gpt2,
    } as never)) as never as LanguageModel;
    const own = await quantizeWeights(params, { bits: 8 });
    const tokens = async (params: object): Promise<number[]> => {
      const found: number[] = [];
      const model = { architecture, config: { ...config }, params };
      for await (const [token] of generateTokens(model, [[5, 9, 41]], { maxNewTokens: 8, eosTokenId: [] })) {
        if (token) found.push(token.id);
      }
      return found;
    };
    const found = await tokens(own);
    expect(found).toHaveLength(8);
    expect(found).toEqual(await tokens(await dequantize(own)));
  });
});

describe('quantized parameters', () => {
  it('are not saved as they are; int8 comes back from a file of int8 as the same integers', async () => {
    const model = await load('bert', bert);
    const folder = join(await mkdtemp(join(tmpdir(), 'quantized-')), 'model');
    const own = await quantizeDynamic(model.params, { reduceRange: false });
    await expect(savePretrained(folder, { ...model, params: own } as never)).rejects.toThrow(
      'compression.dequantize',
    );
    const params = await dequantize(own);
    await savePretrained(folder, { ...model, params } as never, { dtype: 'int8' });
    const loaded = await loadPretrained(folder, { architecture: bert, tokenizer: false });
    const again = await quantizeDynamic(loaded.params as object, { reduceRange: false });
    const matrices = (params: object) =>
      namedLeaves<unknown>(params).flatMap(({ value }) =>
        value instanceof ops.Int8Matrix ? [value.integers()] : [],
      );
    expect(matrices(own).length).toBeGreaterThan(10);
    expect(matrices(again)).toEqual(matrices(own));
    await rm(folder, { recursive: true });
  });

  it('leave no tensors behind, and keep the others apart from those they were made from', async () => {
    const before = tf.memory().numTensors;
    const params = { a: { weight: tf.ones([4, 4]), bias: tf.ones([4]) } };
    const own = await quantizeWeights(params);
    const back = await dequantize(own);
    tf.dispose(params as never);
    expect(Array.from(await own.a.bias.data())).toEqual([1, 1, 1, 1]);
    expect(Array.from(await back.a.weight.data())).toEqual(new Array(16).fill(1));
    tf.dispose([own, back] as never);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('of what has no such weights are refused', async () => {
    const params = { a: { weight: tf.ones([4, 4]), bias: tf.ones([4]) } };
    await expect(quantizeDynamic(params, { targets: named(/bias$/) })).rejects.toThrow('a.bias is [4]');
    await expect(quantizeDynamic(params, { targets: named('b') })).rejects.toThrow('none of the parameters');
    await expect(quantizeStatic(params, {})).rejects.toThrow('none of the parameters');
    const own = await quantizeWeights(params);
    await expect(quantizeDynamic(own, { targets: named('a.weight') })).rejects.toThrow('quantized already');
    const bad = { a: { weight: tf.tensor2d([[Number.NaN]]) } };
    await expect(quantizeDynamic(bad)).rejects.toThrow('a.weight: The matrix holds NaN');
    const flipped = await quantizeWeights(params, { layout: 'inOut' });
    expect(() => linear(tf.ones([1, 4]), flipped.a as never)).toThrow("this layer has 'outIn'");
  });
});
