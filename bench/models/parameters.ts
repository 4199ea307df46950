/** Weights for measuring: random, of the size that keeps activations near 1. */
import { type Tree, tf } from '@quire/runtime';

let state = 1;

/** A linear congruential generator (Numerical Recipes), in [-0.5, 0.5). */
function next(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
}

export type Shapes = Tree<readonly number[]>;

export function randomTensor(shape: readonly number[], deviation: number): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const scale = deviation * Math.sqrt(12);
  return tf.tensor(
    Float32Array.from({ length: size }, () => next() * scale),
    [...shape],
  );
}

export function randomIntegers(shape: readonly number[], below: number): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Int32Array.from({ length: size }, () => Math.floor((next() + 0.5) * below));
  return tf.tensor(values, [...shape], 'int32');
}
