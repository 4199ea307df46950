import { expect, test } from 'vitest';
import { digamma } from './digamma.ts';

const EULER = 0.5772156649015329;

test.each([
  [1, -EULER],
  [2, 1 - EULER],
  [0.5, -EULER - 2 * Math.log(2)],
  [10, 2.251752589066721],
  [1e6, 13.815510057964191],
])('digamma(%d)', (x, value) => {
  expect(digamma(x)).toBeCloseTo(value, 9);
});
