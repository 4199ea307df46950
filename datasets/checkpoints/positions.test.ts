import { tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import { lookAside, sinusoidalPositions } from './positions.ts';

it('the product of two positions says how far they are apart, and nothing else', async () => {
  const positions = sinusoidalPositions(24, 16, 0.5);
  const products = positions.matMul(positions, false, true) as tf.Tensor2D;
  const rows = await products.array();
  tf.dispose([positions, products]);
  for (const distance of [0, 1, 5, 12]) {
    const found = Array.from({ length: 24 - distance }, (_, i) => rows[i]![i + distance] as number);
    expect(Math.max(...found) - Math.min(...found)).toBeLessThan(1e-5);
  }
  // Eight pairs of a sine and a cosine of the same angle.
  expect(rows[3]![3]).toBeCloseTo(8 * 0.5 ** 2, 5);
  expect(rows[3]![4]).toBeLessThan(rows[3]![3] as number);
});

it('heads look as many places aside as they were told, from every position', async () => {
  const [width, count] = [48, 20];
  const projections = {
    query: { weight: tf.zeros([width, width]) as tf.Tensor },
    key: { weight: tf.zeros([width, width]) as tf.Tensor },
  };
  const offsets = [-1, 2, undefined];
  await lookAside(projections, offsets, 1);
  const positions = sinusoidalPositions(count, width, 1);
  const [q, k] = [projections.query, projections.key].map(({ weight }) =>
    positions.matMul(weight as tf.Tensor2D, false, true),
  ) as [tf.Tensor2D, tf.Tensor2D];
  const size = width / offsets.length;
  for (const [head, offset] of offsets.entries()) {
    const own = (x: tf.Tensor2D) => x.slice([0, head * size], [count, size]);
    const scores = (await own(q).matMul(own(k), false, true).array()) as number[][];
    for (let t = 3; t < count - 3; t++) {
      const row = scores[t] as number[];
      if (offset === undefined) expect(Math.max(...row.map(Math.abs))).toBe(0);
      else expect(row.indexOf(Math.max(...row))).toBe(t + offset);
    }
  }
  tf.dispose([positions, q, k, projections.query.weight, projections.key.weight]);
});
