import { expect, test } from 'vitest';
import { jit } from '../jit/jit.ts';
import * as tf from '../tf.ts';

test.each([
  ['windows side by side', 2, 2],
  ['windows that overlap', 2, 1],
] as const)('of equal maxima the first has the gradient: %s', async (_, size, strides) => {
  const pictures = tf.tensor4d([3, 3, 1, 3, 0, 2, 2, 2, 2, 3, 3, 3], [1, 4, 3, 1]);
  const gradient = (x: tf.Tensor4D): tf.Tensor =>
    tf.grad((x) => {
      const y = tf.maxPool(x as tf.Tensor4D, size, strides, 'valid');
      return y.mul(tf.range(1, y.size + 1).reshape(y.shape));
    })(x);
  const [eager, compiled] = [gradient(pictures), await jit(gradient)(pictures)];
  expect(Array.from(await compiled.data())).toEqual(Array.from(await eager.data()));
  tf.dispose([pictures, eager, compiled]);
});
