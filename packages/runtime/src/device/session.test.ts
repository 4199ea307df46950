import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { Graph } from '../graph/graph.ts';
import { writeModel } from '../graph/onnx.ts';
import { bindingSession } from './binding.ts';
import { nativeSession } from './native.ts';
import type { Session, SessionOptions } from './session.ts';

/** The product of `größe` [2, n] and `w` [n, 2]. */
function product(n: number, constant = false): Uint8Array {
  const graph = new Graph();
  const x = graph.input('größe', [2, n], 'float32');
  const w = graph.input('w', [n, 2], 'float32');
  return writeModel(graph, [graph.matMul(x, w)], {
    dialect: 'onnx',
    ...(constant ? { constants: new Set([w]) } : {}),
  }).bytes;
}

const tensor = (values: readonly number[], dims: readonly number[]): ort.Tensor =>
  new ort.Tensor('float32', Float32Array.from(values), dims);
const empty = (): ort.Tensor => tensor([0, 0, 0, 0], [2, 2]);

const WAYS: Record<string, (model: Uint8Array, options: SessionOptions) => Promise<Session>> = {
  'the library': async (model, options) => {
    const session = nativeSession(model, options);
    if (!session) throw new Error('The library of ONNX Runtime could not be called.');
    return session;
  },
  'the binding': (model, options) => bindingSession(model, 'cpu', options),
};

describe.each(Object.entries(WAYS))('a session of %s', (_, create) => {
  const feeds = { größe: tensor([1, 2, 3, 4], [2, 2]), w: tensor([5, 6, 7, 8], [2, 2]) };

  test('computes outputs in the memory that it is given', async () => {
    const session = await create(product(2), {});
    const y0 = empty();
    const results = await session.run(feeds, { y0 });
    expect(results.y0).toBe(y0);
    expect([...(y0.data as Float32Array)]).toEqual([19, 22, 43, 50]);
    await session.release();
  });

  test('fills tensors without numbers, and sums over none', async () => {
    const session = await create(product(0), {});
    const y0 = tensor([1, 1, 1, 1], [2, 2]);
    await session.run({ größe: tensor([], [2, 0]), w: tensor([], [0, 2]) }, { y0 });
    expect([...(y0.data as Float32Array)]).toEqual([0, 0, 0, 0]);
    await session.release();
  });

  test('takes constants from outside of the model', async () => {
    const session = await create(product(2, true), {
      constants: [{ name: 'w', tensor: feeds.w }],
      threads: 1,
    });
    const y0 = empty();
    await session.run({ größe: feeds.größe }, { y0 });
    expect([...(y0.data as Float32Array)]).toEqual([19, 22, 43, 50]);
    await session.release();
  });

  test('says what is wrong, and works on', async () => {
    const session = await create(product(2), {});
    const wrong = { ...feeds, w: tensor([1, 2, 3], [3, 1]) };
    await expect(session.run(wrong, { y0: empty() })).rejects.toThrow(/dimension/i);
    await expect(session.run({ größe: feeds.größe }, { y0: empty() })).rejects.toThrow(/w/);
    const y0 = empty();
    await session.run(feeds, { y0 });
    expect((y0.data as Float32Array)[0]).toBe(19);
    await session.release();
    await expect(session.run(feeds, { y0 })).rejects.toThrow(/released|disposed/);
  });

  test('refuses what is no model', async () => {
    await expect(create(Uint8Array.of(1, 2, 3), {})).rejects.toThrow(/protobuf/i);
  });
});
