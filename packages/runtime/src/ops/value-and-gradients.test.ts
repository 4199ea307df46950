import { expect, test } from 'vitest';
import { jit } from '../jit/jit.ts';
import * as tf from '../tf.ts';
import { valueAndGradients } from './value-and-gradients.ts';

const params = (): { w: tf.Tensor; step: tf.Tensor } => ({
  w: tf.tensor1d([1, -2]),
  step: tf.scalar(3, 'int32'),
});

/** A loss with what a batch norm would keep, and a word. */
function lossAndMean({ w }: { w: tf.Tensor }) {
  const squares = w.square();
  return { loss: squares.sum(), also: { statistics: [squares.mean()], w, word: 'mean' } };
}

test('gradients have the structure of the parameters, zeros where these are not float32', () => {
  const { value, gradients } = valueAndGradients(({ w }) => w.square().sum(), params());
  expect(value.dataSync()[0]).toBe(5);
  expect(Array.from(gradients.w.dataSync())).toEqual([2, -4]);
  expect([gradients.step.dtype, gradients.step.dataSync()[0]]).toEqual(['int32', 0]);
});

test('what a loss function tells besides comes back with the gradients, eagerly and compiled', async () => {
  const step = (given: ReturnType<typeof params>) => valueAndGradients(lossAndMean, given);
  const given = params();
  for (const result of [step(given), await jit(step)(given)]) {
    expect(Array.from(await result.value.data())).toEqual([5]);
    expect(Array.from(await result.gradients.w.data())).toEqual([2, -4]);
    expect(Array.from(await (result.also.statistics[0] as tf.Tensor).data())).toEqual([2.5]);
    expect(Array.from(await result.also.w.data())).toEqual([1, -2]);
    expect(result.also.word).toBe('mean');
  }
});

test('and no tensor is lost by it, nor where the gradient fails', () => {
  const given = params();
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    valueAndGradients(lossAndMean, given);
  });
  expect(tf.memory().numTensors).toBe(before);
  const { value, gradients, also } = valueAndGradients(lossAndMean, given);
  expect(tf.memory().numTensors).toBe(before + 5);
  tf.dispose([value, gradients, also] as never);
  expect(tf.memory().numTensors).toBe(before);
  const apart = ({ w }: { w: tf.Tensor }) => ({ loss: tf.scalar(1).square(), also: w.mean() });
  expect(() => valueAndGradients(apart, given)).toThrow(/doesn't depend on params\.w\./);
  expect(tf.memory().numTensors).toBe(before);
});

test('parameters that the loss does not depend on are named', () => {
  const two = { a: tf.scalar(1), rest: [tf.scalar(2), tf.scalar(3)] };
  expect(() => valueAndGradients(({ a }) => a.square(), two)).toThrow(
    /doesn't depend on params\.rest\[0\], params\.rest\[1\]/,
  );
});

test('a loss that is no number is refused', () => {
  expect(() => valueAndGradients(({ w }) => w, params())).toThrow(/one float32 number, and is float32 \[2\]/);
  expect(() => valueAndGradients(() => undefined as unknown as tf.Tensor, params())).toThrow(
    /one float32 number, and is undefined/,
  );
});
