import { afterAll, describe, expect, test } from 'vitest';
import { ops, tf, valueAndGradients } from '../index.ts';
import { listEager, useEager } from './index.ts';

afterAll(() => tf.setBackend('cpu'));

function values(tensors: tf.Tensor[]): number[][] {
  return tensors.map((tensor) => Array.from(tensor.dataSync()));
}

/** The same numbers from the same seeds. */
function draw(shape: number[], seed: number): tf.Tensor {
  return tf.randomUniform(shape, -1, 1, 'float32', seed);
}

async function onBoth<T>(compute: () => T): Promise<{ cpu: T; wasm: T }> {
  await useEager('cpu');
  const cpu = compute();
  await useEager('wasm');
  return { cpu, wasm: compute() };
}

function near(found: number[][], wanted: number[][], tolerance = 1e-4): void {
  expect(found.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
  found.forEach((row, i) => {
    row.forEach((value, j) => {
      const other = wanted[i]?.[j] as number;
      if (!(Math.abs(value - other) <= tolerance * (1 + Math.abs(other)))) expect(value).toBe(other);
    });
  });
}

test('loading WebAssembly leaves errors that nobody catches to whoever handled them before', async () => {
  const handlers = (): unknown[] => [
    process.rawListeners('uncaughtException'),
    process.rawListeners('unhandledRejection'),
  ];
  const before = handlers();
  await useEager('wasm');
  expect(tf.ones([2]).add(1).dataSync()[0]).toBe(2);
  expect(handlers()).toEqual(before);
});

describe('WebAssembly computes the gradients that plain JavaScript does', () => {
  for (const seed of [1, 2, 3]) {
    const strides = seed === 3 ? 2 : 1;
    const pad = seed === 2 ? 'valid' : 'same';

    test(`of a convolution, shape ${seed}`, async () => {
      const { cpu, wasm } = await onBoth(() => {
        const [x, f] = [draw([2, 5 + seed, 7, seed], 1), draw([3, 2, seed, 4], 2)];
        return values(
          tf.grads((x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, strides, pad).square())([x, f]),
        );
      });
      near(wasm, cpu);
    });

    test(`of a depthwise convolution, shape ${seed}`, async () => {
      const { cpu, wasm } = await onBoth(() => {
        const [x, f] = [draw([2, 5 + seed, 7, seed], 1), draw([3, 2, seed, 2], 2)];
        return values(
          tf.grads((x, f) => tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, strides, pad).square())([
            x,
            f,
          ]),
        );
      });
      near(wasm, cpu);
    });

    test(`of gather and of einsum, shape ${seed}`, async () => {
      const { cpu, wasm } = await onBoth(() => {
        const table = draw([5, 3], seed);
        const index = tf.tensor2d([[0, 4, 4], [seed, 0, 1]], [2, 3], 'int32'); // biome-ignore format: one line
        const rows = tf.grad((t) => tf.gather(t, index).square().sum())(table);
        const [a, b] = tf.grads((a, b) => tf.einsum('bij,bj->bi', a, b).square())([
          draw([2, 3, seed], 1),
          draw([2, seed], 2),
        ]);
        return values([rows, a as tf.Tensor, b as tf.Tensor]);
      });
      near(wasm, cpu);
    });
  }
});

test('a network with embedding, convolutions and pooling trains to the same losses on both', async () => {
  const { cpu, wasm } = await onBoth(() => {
    let params: Record<string, tf.Tensor> = {
      table: draw([11, 4], 1),
      first: draw([3, 3, 4, 6], 2),
      depth: draw([3, 3, 6, 1], 3),
      out: draw([6, 5], 4),
    };
    const tokens = tf.tensor2d([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3].map((n) => n % 11), [1, 18], 'int32'); // biome-ignore format: one line
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const { value, gradients } = valueAndGradients(({ table, first, depth, out }) => {
        const picture = tf.gather(table as tf.Tensor, tokens).reshape([2, 3, 3, 4]) as tf.Tensor4D;
        const a = tf.conv2d(picture, first as tf.Tensor4D, 1, 'same').relu() as tf.Tensor4D;
        const b = tf.avgPool(tf.depthwiseConv2d(a, depth as tf.Tensor4D, 1, 'same'), 3, 1, 'valid');
        return ops.crossEntropy(b.reshape([2, 6]).matMul(out as tf.Tensor2D), tf.tensor1d([1, 3], 'int32'));
      }, params);
      params = Object.fromEntries(
        Object.entries(params).map(([name, p]) => [name, p.sub((gradients[name] as tf.Tensor).mul(0.05))]),
      );
      losses.push(value.dataSync()[0] as number);
    }
    return losses;
  });
  near([wasm], [cpu]);
  expect(wasm[19]).toBeLessThan((wasm[0] as number) / 2);
});

test('kernels that WebAssembly lacks are borrowed from plain JavaScript', async () => {
  await useEager('wasm');
  const before = tf.memory().numTensors;
  const { values: found, indices } = tf.unique(tf.tensor1d([1, 1, 2, 4, 4, 7]));
  expect(values([found, indices])).toEqual([
    [1, 2, 4, 7],
    [0, 0, 1, 2, 2, 3],
  ]);
  expect(tf.memory().numTensors).toBe(before + 3);
});

test('the fastest that works is chosen, and listed', async () => {
  const listed = await listEager();
  const choice = await useEager();
  expect(choice.name).toBe(listed.find(({ available }) => available)?.name);
  expect(tf.getBackend()).toBe(choice.name);
  for (const { available, missing, version } of listed) {
    if (available) expect(version).toMatch(/^\d+\.\d+/);
    else expect(missing).toMatch(/quire setup tensorflow/);
  }
});

test('what isn’t there is an error that says what to do', async () => {
  const data = process.env.QUIRE_DATA;
  process.env.QUIRE_DATA = '/nowhere';
  try {
    await expect(useEager('tensorflow')).rejects.toThrow(/quire setup tensorflow/);
  } finally {
    if (data === undefined) delete process.env.QUIRE_DATA;
    else process.env.QUIRE_DATA = data;
  }
  await expect(useEager('webgl' as 'cpu')).rejects.toThrow(/choose from tensorflow, wasm, cpu/);
});
