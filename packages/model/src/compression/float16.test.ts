import { tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import { halfPrecision } from './float16.ts';
import { compressionReport } from './report.ts';

it('half precision keeps eleven bits of a number in two bytes', async () => {
  const before = tf.memory().numTensors;
  const params = { weight: tf.tensor1d([1 / 3, -2, 1e-9, 65504]), ids: tf.tensor1d([7], 'int32') };
  const half = await halfPrecision(params);
  expect([...half.weight.dataSync()]).toEqual([0.333251953125, -2, 0, 65504]);
  expect([...half.ids.dataSync()]).toEqual([7]);
  const { size, error } = await compressionReport({
    before: { weight: params.weight },
    after: { weight: half.weight },
    bytes: 2,
  });
  expect(size).toEqual({ before: 16, after: 8 });
  expect(error).toBeCloseTo((1 / 3 - 0.333251953125) / 65504, 9);
  const brain = await halfPrecision({ weight: params.weight }, 'bfloat16');
  expect(brain.weight.dataSync()[0]).toBe(0.333984375);
  tf.dispose([params, half, brain] as never);
  expect(tf.memory().numTensors).toBe(before);
});

it('half precision refuses what it cannot hold', async () => {
  await expect(halfPrecision({ large: tf.tensor1d([1e6]) })).rejects.toThrow('large holds 1000000');
});
