import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { jit } from '../jit/jit.ts';
import * as random from '../random/index.ts';
import * as tf from '../tf.ts';
import { BlockMatrix } from './block-matrix.ts';
import { Int8Matrix } from './int8-matrix.ts';
import { quantizedMatMul } from './quantized-mat-mul.ts';
import type { QuantizedMatrix } from './quantized-matrix.ts';

const [rows, from, to] = [7, 80, 24];
const normal = (seed: number, shape: [number, number]): tf.Tensor2D =>
  tf.tidy(() => random.normal(random.key(seed), shape) as tf.Tensor2D);
const x = normal(1, [rows, from]);
const weight = normal(2, [to, from]);
const numbers = weight.dataSync() as Float32Array;
const range = { min: -3, max: 3.5 };

const matrices: [name: string, matrix: QuantizedMatrix, lost: number][] = [
  ['dynamic int8', new Int8Matrix(numbers, [to, from]), 0.016],
  ['dynamic int8 of the full range', new Int8Matrix(numbers, [to, from], { reduceRange: false }), 0.012],
  ['static int8', new Int8Matrix(numbers, [to, from], { activations: range }), 0.04],
  ['blocks of 8 bits', new BlockMatrix(numbers, [to, from], { bits: 8 }), 0.01],
  ['blocks of 4 bits', new BlockMatrix(numbers, [to, from]), 0.12],
  ['blocks of 4 bits, wide', new BlockMatrix(numbers, [to, from], { blockSize: 64 }), 0.14],
];

/** ‖a - b‖ / ‖b‖ */
function apart(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => a.sub(b).norm().div(b.norm()).dataSync()[0] as number);
}

describe.each(matrices)('a product with a matrix of %s', (name, matrix, lost) => {
  test('is close to that of what it was made from, and the same compiled and eagerly', async () => {
    const exact = x.matMul(weight, false, true);
    const eager = quantizedMatMul(x, matrix);
    const compiled = jit((x: tf.Tensor2D) => quantizedMatMul(x, matrix));
    const found = await (await compiled(x)).toTensor();
    expect(found.shape).toEqual([rows, to]);
    expect(apart(eager, exact)).toBeGreaterThan(0.001);
    expect(apart(eager, exact)).toBeLessThan(lost);
    expect(apart(found, exact)).toBeLessThan(lost);
    expect(apart(found, eager)).toBeLessThan(0.003);
    await compiled.release();
  });

  test('has the gradient of the matrix that the integers stand for', async () => {
    const dense = tf.tensor2d(matrix.dense(), [to, from]);
    const wanted = tf.grad((x) => (x as tf.Tensor2D).matMul(dense, false, true).sum())(x);
    const gradient = (x: tf.Tensor2D): tf.Tensor =>
      tf.grad((x) => quantizedMatMul(x as tf.Tensor2D, matrix).sum())(x);
    const compiled = jit(gradient);
    expect(apart(gradient(x), wanted)).toBeLessThan(1e-5);
    expect(apart(await (await compiled(x)).toTensor(), wanted)).toBeLessThan(1e-5);
    await compiled.release();
  });

  test('is written as a model of standard operators', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quantized-'));
    const compiled = jit((x: tf.Tensor2D) => quantizedMatMul(x, matrix));
    await compiled.saveOnnx(join(folder, 'model.onnx'), [x]);
    const bytes = await readFile(join(folder, 'model.onnx'));
    expect(bytes.includes('com.microsoft')).toBe(false);
    const session = await ort.InferenceSession.create(bytes, {
      logSeverityLevel: 3,
      ...(name.includes('full') && { extra: { session: { x64quantprecision: '1' } } }),
    });
    const input = new ort.Tensor('float32', x.dataSync() as Float32Array, x.shape);
    const { output } = await session.run({ x: input });
    const found = tf.tensor2d(output?.data as Float32Array, [rows, to]);
    expect(apart(found, quantizedMatMul(x, matrix))).toBeLessThan(
      matrix instanceof BlockMatrix ? 0.01 : 1e-3,
    );
    await session.release();
    await rm(folder, { recursive: true });
  });
});

test.each([false, true])(
  'no int8 is further off than half a step of its output, range reduced: %s',
  (reduceRange) => {
    const matrix = new Int8Matrix(numbers, [to, from], { reduceRange });
    const [dense, integers] = [matrix.dense(), matrix.integers()];
    let mostInPair = 0;
    for (let row = 0; row < to; row++) {
      const step = matrix.scales()[row] as number;
      for (let i = 0; i < from; i++) {
        const at = row * from + i;
        expect(Math.abs((numbers[at] as number) - (dense[at] as number))).toBeLessThan(step * 0.5001);
        const pair = (integers[i * to + row] as number) + (integers[(i ^ 1) * to + row] as number);
        mostInPair = Math.max(mostInPair, Math.abs(pair));
      }
    }
    expect(Math.max(...integers.map(Math.abs))).toBe(127);
    if (reduceRange) expect(mostInPair).toBeLessThanOrEqual(128);
    else expect(mostInPair).toBeGreaterThan(128);
    expect(matrix.bytes).toBe(to * from + 4 * to);
  },
);

test.each([false, true])(
  'sums of the largest products do not overflow, range reduced: %s',
  async (reduceRange) => {
    const same = new Int8Matrix(new Float32Array(64 * 16).fill(1), [16, 64], { reduceRange });
    const largest = tf.fill([9, 64], 3) as tf.Tensor2D;
    const wanted = quantizedMatMul(largest, same).dataSync()[0] as number;
    const compiled = jit((x: tf.Tensor2D) => quantizedMatMul(x, same));
    for (const value of await (await compiled(largest)).data()) expect(value).toBeCloseTo(wanted, 3);
    await compiled.release();
  },
);

test('blocks of 4 bits take half a byte a weight, and hold their largest exactly', () => {
  const matrix = new BlockMatrix(numbers, [to, from], { bits: 4, blockSize: 16 });
  expect(matrix.bytes).toBe((to * from) / 2 + (4 * to * from) / 16);
  const dense = matrix.dense();
  for (let start = 0; start < numbers.length; start += 16) {
    const own = numbers.subarray(start, start + 16);
    const at = own.reduce(
      (best, value, i) => (Math.abs(value) > Math.abs(own[best] as number) ? i : best),
      0,
    );
    expect(dense[start + at]).toBeCloseTo(own[at] as number, 5);
  }
});

test('a matrix by input is the same one, and comes back by input', async () => {
  const flipped = weight.transpose().dataSync() as Float32Array;
  const byInput = new BlockMatrix(flipped, [from, to], { layout: 'inOut' });
  const byOutput = new BlockMatrix(numbers, [to, from]);
  expect(byInput.dense()).toEqual(byOutput.dense());
  const back = tf
    .tensor2d(await byInput.data(), [from, to])
    .transpose()
    .dataSync();
  expect(back).toEqual(await byOutput.data());
  expect([byInput.inputs, byInput.outputs]).toEqual([from, to]);
});

test('rows and matrices of nothing but 0 stay 0', async () => {
  const zeros = new Float32Array(2 * 40);
  const input = tf.zeros([3, 40]) as tf.Tensor2D;
  for (const matrix of [new Int8Matrix(zeros, [2, 40]), new BlockMatrix(zeros, [2, 40])]) {
    const compiled = jit((x: tf.Tensor2D) => quantizedMatMul(x, matrix));
    expect(Array.from(await (await compiled(input)).data())).toEqual([0, 0, 0, 0, 0, 0]);
    expect(Array.from(quantizedMatMul(input, matrix).dataSync())).toEqual([0, 0, 0, 0, 0, 0]);
    await compiled.release();
  }
});

test('what does not fit is refused', () => {
  expect(() => quantizedMatMul(tf.zeros([2, 3]), new Int8Matrix(numbers, [to, from]))).toThrow(
    'has to be [N, 80]',
  );
  expect(() => new Int8Matrix(numbers, [to, to])).toThrow("don't fill a matrix [24,24]");
  expect(() => new BlockMatrix(Float32Array.of(Number.NaN), [1, 1])).toThrow('holds NaN');
  expect(() => new BlockMatrix(numbers, [to, from], { blockSize: 24 })).toThrow('not 24');
  expect(() => new BlockMatrix(numbers, [to, from], { bits: 3 as 4 })).toThrow('not 3');
  expect(() => new Int8Matrix(numbers, [to, from], { activations: { min: 1, max: -1 } })).toThrow(
    'from 1 to -1',
  );
});
