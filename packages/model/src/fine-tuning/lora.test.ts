import { jit, optimizers, random, tf, valueAndGradients } from '@quire/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as gpt2 from '../architectures/gpt2.ts';
import { fixture } from '../architectures/parity.ts';
import { loadPretrained, type Pretrained } from '../checkpoints/load.ts';
import { SafetensorsFile } from '../checkpoints/safetensors.ts';
import { namedLeaves } from '../parameters/names.ts';
import { apart, reference } from '../reference.ts';
import { Trainer } from '../training/trainer.ts';
import { applyLora, initLora, type LoraAdapters, type LoraOptions, mergeLora, unmergeLora } from './lora.ts';
import { named } from './predicates.ts';

type Numbers = Record<string, Record<'a' | 'b', number[][]>>;
const peft = reference<{ adapters: Numbers; loss: number; lastLogits: number[][]; gradients: Numbers }>(
  'lora',
);
const options: LoraOptions = {
  rank: 3,
  alpha: 6,
  targets: named(/\.c_attn\.weight$/, /\.c_fc\.weight$/),
  layout: 'inOut',
};

let model: Pretrained<typeof gpt2>;
let batch: gpt2.Gpt2Batch;

beforeAll(async () => {
  model = await loadPretrained(fixture('gpt2'), { architecture: gpt2 });
  const file = await SafetensorsFile.open(`${fixture('gpt2')}/reference.safetensors`);
  const input = async (name: string) =>
    tf.tensor2d((await file.read(`input.${name}`)) as Int32Array, [3, 9], 'int32');
  batch = {
    inputIds: await input('input_ids'),
    attentionMask: await input('attention_mask'),
    labels: await input('labels'),
  };
  await file.close();
});

afterAll(() => tf.dispose([model.params as never, batch as never]));

const tensors = (numbers: Numbers): LoraAdapters =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, { a, b }]) => [name, { a: tf.tensor2d(a), b: tf.tensor2d(b) }]),
  );

const logitsOf = async (params: gpt2.Gpt2Parameters): Promise<unknown> => {
  const forward = jit(
    (params: gpt2.Gpt2Parameters, { labels: _, ...inputs }: gpt2.Gpt2Batch) =>
      gpt2.forward(params, inputs, model.config).logits as tf.Tensor3D,
  );
  const logits = await forward(params, batch);
  const found = await logits.array();
  logits.dispose();
  await forward.release();
  return found;
};

describe('LoRA', () => {
  it('has the loss, logits and gradients of peft', async () => {
    const adapters = tensors(peft.adapters);
    const step = jit((params: gpt2.Gpt2Parameters, adapters: LoraAdapters, batch: gpt2.Gpt2Batch) =>
      valueAndGradients(
        (adapters: LoraAdapters) => gpt2.loss(applyLora(params, adapters, options), batch, model.config),
        adapters,
      ),
    );
    const { value, gradients } = await step(model.params, adapters, batch);
    expect((await value.data())[0]).toBeCloseTo(peft.loss, 5);
    for (const [name, wanted] of Object.entries(peft.gradients)) {
      const { a, b } = gradients[name] as LoraAdapters[string];
      expect(apart(await a.array(), wanted.a)).toBeLessThan(1e-5);
      expect(apart(await b.array(), wanted.b)).toBeLessThan(1e-5);
    }
    expect(Object.keys(gradients).length).toBe(4);
    await step.release();
    tf.dispose([value, gradients as never, adapters as never]);
  });

  it('merged into the weights gives the numbers of peft, and taken out again those of before', async () => {
    const before = tf.memory().numTensors;
    const plain = await logitsOf(model.params);
    const adapters = tensors(peft.adapters);
    const merged = await mergeLora(model.params, adapters, options);
    const logits = (await logitsOf(merged)) as number[][][];
    expect(
      apart(
        logits.map((row) => row.at(-1)),
        peft.lastLogits,
      ),
    ).toBeLessThan(1e-5);
    expect(apart(logits, plain)).toBeGreaterThan(0.1);
    const back = await unmergeLora(merged, adapters, options);
    expect(apart(await logitsOf(back), plain)).toBeLessThan(1e-5);
    tf.dispose([merged as never, back as never, adapters as never]);
    expect(await logitsOf(model.params)).toEqual(plain);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('changes nothing at the start, and learns with the weights left alone', async () => {
    const before = tf.memory().numTensors;
    const plain = await logitsOf(model.params);
    const key = random.key(3);
    const adapters = await initLora(model.params, options, key);
    const merged = await mergeLora(model.params, adapters, options);
    expect(apart(await logitsOf(merged), plain)).toBe(0);
    const trainer = new Trainer({
      params: adapters,
      frozen: model.params,
      loss: (adapters, batch: gpt2.Gpt2Batch, { frozen }) =>
        gpt2.loss(applyLora(frozen, adapters, options), batch, model.config),
      optimizer: optimizers.adamW({ learningRate: 0.03, weightDecay: 0 }),
      examples: [0],
      collate: () => ({
        inputIds: batch.inputIds.clone(),
        labels: batch.labels.clone(),
      }),
      batchSize: 1,
      steps: 30,
    });
    const { losses } = await trainer.train();
    expect(losses.at(-1)).toBeLessThan(0.6 * (losses[0] as number));
    expect(await logitsOf(model.params)).toEqual(plain);
    await trainer.dispose();
    tf.dispose([merged as never, key]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('knows both layouts of a weight', async () => {
    const key = random.key(1);
    const params = { weight: tf.zeros([5, 7]) as tf.Tensor2D };
    const outIn = await initLora(params, { rank: 2, targets: named('weight') }, key);
    const inOut = await initLora(params, { rank: 2, targets: named('weight'), layout: 'inOut' }, key);
    const shapes = (adapters: LoraAdapters) => namedLeaves(adapters).map(({ value }) => value.shape);
    expect(shapes(outIn)).toEqual([
      [2, 7],
      [5, 2],
    ]);
    expect(shapes(inOut)).toEqual([
      [2, 5],
      [7, 2],
    ]);
    const { a, b } = outIn.weight as LoraAdapters[string];
    expect(Math.max(...a.abs().dataSync())).toBeLessThanOrEqual(1 / Math.sqrt(7));
    expect(Math.max(...a.abs().dataSync())).toBeGreaterThan(0.2);
    const given = { weight: { a, b: tf.ones([5, 2]) as tf.Tensor2D } };
    const turned = applyLora({ weight: tf.zeros([7, 5]) }, given, {
      rank: 2,
      targets: named('weight'),
      layout: 'inOut',
    });
    const straight = applyLora(params, given, { rank: 2, targets: named('weight') });
    expect(apart(turned.weight.transpose().arraySync(), straight.weight.arraySync())).toBe(0);
    expect(b.abs().max().dataSync()[0]).toBe(0);
  });

  it('refuses what does not fit', async () => {
    const key = random.key(1);
    await expect(initLora(model.params, { rank: 2, targets: () => false }, key)).rejects.toThrow(
      'means none of',
    );
    await expect(initLora(model.params, { rank: 2, targets: named(/bias$/) }, key)).rejects.toThrow(
      'for matrices',
    );
    await expect(initLora(model.params, { ...options, rank: 40 }, key)).rejects.toThrow('not 40');
    const adapters = { 'no.weight': { a: tf.zeros([3, 4]), b: tf.zeros([4, 3]) } } as LoraAdapters;
    expect(() => applyLora(model.params, adapters, options)).toThrow('the parameters have none');
    tf.dispose([key, adapters as never]);
  });
});
