/** Gradients where the inputs broadcast, which TensorFlow.js leaves in the shape of the output, of conditions, and of relu. */
import * as tf from '../tf.ts';
import type { Gradient } from './register.ts';
import { sumTo } from './register.ts';

/** Where both are equal the first one gets the gradient. */
function larger(chosen: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Gradient {
  return {
    inputs: ['a', 'b'],
    by: (dy, [a, b]) => {
      const [first, second] = [a as tf.Tensor, b as tf.Tensor];
      const mask = (): tf.Tensor => chosen(first, second);
      return {
        a: () => sumTo(dy.mul(mask().cast('float32')), first.shape),
        b: () => sumTo(dy.mul(mask().logicalNot().cast('float32')), second.shape),
      };
    },
  };
}

/** Of a condition, which is constant between jumps: so that `where` may choose by what is differentiated. */
function flat(...inputs: string[]): Gradient {
  return {
    inputs,
    by: (_, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros((saved[i] as tf.Tensor).shape)])),
  };
}

export const elementwise: Record<string, Gradient> = {
  Equal: flat('a', 'b'),
  NotEqual: flat('a', 'b'),
  Less: flat('a', 'b'),
  LessEqual: flat('a', 'b'),
  Greater: flat('a', 'b'),
  GreaterEqual: flat('a', 'b'),
  LogicalAnd: flat('a', 'b'),
  LogicalOr: flat('a', 'b'),
  LogicalXor: flat('a', 'b'),
  LogicalNot: flat('x'),
  Any: flat('x'),
  All: flat('x'),
  // Of what comes out, in as few passes as there can be.
  Relu: {
    inputs: [],
    outputs: [true],
    by: (dy, [y]) => ({ x: () => dy.mul((y as tf.Tensor).greater(0).cast('float32')) }),
  },
  Maximum: larger(tf.greaterEqual),
  Minimum: larger(tf.lessEqual),
  SquaredDifference: {
    inputs: ['a', 'b'],
    by: (dy, [a, b]) => {
      const [first, second] = [a as tf.Tensor, b as tf.Tensor];
      const slope = (): tf.Tensor => dy.mul(first.sub(second).mul(2));
      return { a: () => sumTo(slope(), first.shape), b: () => sumTo(slope().neg(), second.shape) };
    },
  },
  Cumsum: {
    inputs: [],
    by: (dy, _, { axis, exclusive, reverse }) => ({
      x: () => tf.cumsum(dy, axis as number, exclusive as boolean, !reverse),
    }),
  },
};
