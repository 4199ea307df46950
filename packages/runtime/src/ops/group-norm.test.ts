import { expect, test } from 'vitest';
import * as tf from '../tf.ts';
import { groupNorm } from './group-norm.ts';

test('each group of an image has the mean of its bias and the deviation of its scale', () => {
  const x = tf.randomNormal([2, 5, 4, 6], 3, 2, 'float32', 1) as tf.Tensor4D;
  const scale = tf.tensor1d([2, 2, 2, 1, 1, 1]);
  const bias = tf.tensor1d([5, 5, 5, -1, -1, -1]);
  const groups = groupNorm(x, scale, bias, 2).reshape([2, 20, 2, 3]);
  const { mean, variance } = tf.moments(groups, [1, 3]);
  const [means, deviations] = [mean.arraySync() as number[][], variance.sqrt().arraySync() as number[][]];
  for (const image of [0, 1]) {
    expect(means[image]![0]).toBeCloseTo(5, 4);
    expect(means[image]![1]).toBeCloseTo(-1, 4);
    expect(deviations[image]![0]).toBeCloseTo(2, 3);
    expect(deviations[image]![1]).toBeCloseTo(1, 3);
  }
});

test('groups that do not divide the channels, and scales of other channels, are refused', () => {
  const x = tf.zeros([1, 2, 2, 6]) as tf.Tensor4D;
  const [six, five] = [tf.ones([6]) as tf.Tensor1D, tf.ones([5]) as tf.Tensor1D];
  expect(() => groupNorm(x, six, six, 4)).toThrow("groupNorm: 6 channels can't be divided into 4 groups.");
  expect(() => groupNorm(x, six, five, 3)).toThrow('groupNorm: bias has the shape [5], and x 6 channels.');
});
