import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { jit, tf } from './index.ts';

test('a tensor shows its dtype, shape and numbers, also within objects', () => {
  const x = tf.tensor2d([[1, 2], [3, 4]]); // biome-ignore format: one line
  expect(inspect(x)).toBe('Tensor float32 [2,2]\n[[1, 2],\n [3, 4]]');
  expect(inspect({ loss: tf.scalar(0.5), many: [tf.tensor1d([1, 0], 'int32')] })).toBe(
    '{ loss: Tensor float32 []: 0.5, many: [ Tensor int32 [2]: [1, 0] ] }',
  );
  expect(inspect(tf.variable(tf.scalar(1), true, 'w'))).toBe("Variable 'w' float32 []: 1");
  expect(inspect(tf.tensor(['a', 'b']))).toBe("Tensor string [2]: ['a', 'b']");
  x.dispose();
  expect(inspect(x)).toBe('Tensor float32 [2,2], disposed');
});

test('a compiled function’s result shows its numbers, and what is traced that it has none', async () => {
  let inside = '';
  const twice = jit((x: tf.Tensor) => {
    inside = inspect([x.mul(2), tf.scalar(7)]);
    return x.mul(2);
  });
  expect(inspect(await twice(tf.scalar(3)))).toBe('Tensor float32 []: 6');
  expect(inside).toMatch(/Tensor float32 \[\], traced: it has no numbers yet.*Tensor float32 \[\]: 7/s);
});
