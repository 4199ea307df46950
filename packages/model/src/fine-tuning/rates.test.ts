import { jit, optimizers, tf, valueAndGradients } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { apart, reference } from '../reference.ts';
import { layerwiseDecay, scaledRates } from './rates.ts';

interface Params {
  encoder: { embed: tf.Tensor2D; layer: tf.Tensor2D[] };
  head: tf.Tensor2D;
}

const fixture = reference<{
  start: { encoder: { embed: number[][]; layer: number[][][] }; head: number[][] };
  inputs: number[][];
  end: number[][][];
}>('rates');
const inputs = tf.tensor2d(fixture.inputs);

const start = (): Params => ({
  encoder: {
    embed: tf.tensor2d(fixture.start.encoder.embed),
    layer: fixture.start.encoder.layer.map((each) => tf.tensor2d(each)),
  },
  head: tf.tensor2d(fixture.start.head),
});

const loss = ({ encoder: { embed, layer }, head }: Params): tf.Scalar => {
  let x = inputs.matMul(embed).tanh() as tf.Tensor2D;
  for (const each of layer) x = x.matMul(each).tanh() as tf.Tensor2D;
  return x.matMul(head).sub(1).square().mean();
};

const multiplier = layerwiseDecay({
  layers: 'encoder.layer',
  count: 2,
  below: ['encoder.embed'],
  decay: 0.5,
});
const numbersOf = async ({ encoder, head }: Params): Promise<unknown[]> =>
  Promise.all([encoder.embed, ...encoder.layer, head].map((each) => each.array()));

describe('learning rates by layer', () => {
  it('change parameters as the parameter groups of PyTorch do', async () => {
    const optimizer = scaledRates(optimizers.adamW({ learningRate: 0.05, weightDecay: 0.1 }), multiplier);
    const step = jit((params: Params, state: optimizers.AdamState) =>
      optimizer.update(valueAndGradients(loss, params).gradients, state, params),
    );
    let params = start();
    let state = optimizer.init(params);
    for (let i = 0; i < 5; i++) {
      const next = await step(params, state);
      tf.dispose([params as never, state as never]);
      params = next.params as Params;
      state = next.state as optimizers.AdamState;
    }
    expect(apart(await numbersOf(params), fixture.end)).toBeLessThan(1e-6);
    await step.release();
    tf.dispose([params as never, state as never]);
  });

  it('leave a parameter as it is with 0, and make and keep no tensors besides', async () => {
    const before = tf.memory().numTensors;
    const optimizer = scaledRates(optimizers.sgd({ learningRate: 1 }), (name) => (name === 'head' ? 1 : 0));
    const params = start();
    const state = optimizer.init(params);
    const { gradients, value } = valueAndGradients(loss, params);
    const next = optimizer.update(gradients, state, params);
    const [embed, first, , head] = await numbersOf(next.params);
    expect([embed, first]).toEqual((await numbersOf(params)).slice(0, 2));
    expect(apart(head, fixture.start.head)).toBeGreaterThan(1e-3);
    tf.dispose([params, state, gradients, value, next] as never);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are refused below 0, naming the parameter', () => {
    const optimizer = scaledRates(optimizers.sgd({ learningRate: 1 }), () => -1);
    const params = start();
    expect(() => optimizer.update(params, optimizer.init(params), params)).toThrow('encoder.embed');
  });

  it('are less the further a layer is below the head', () => {
    const names = [
      'head.weight',
      'encoder.layer.1.w',
      'encoder.layer.0.w',
      'encoder.embed',
      'encoder.layers',
    ];
    expect(names.map(multiplier)).toEqual([1, 0.5, 0.25, 0.125, 1]);
  });
});
