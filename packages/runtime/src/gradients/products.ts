/** Gradients of matrix products that broadcast, of `einsum`, and of dilated convolutions. */
import * as tf from '../tf.ts';
import type { Gradient } from './register.ts';
import { sumTo } from './register.ts';

/** The letters of each term and of the result: `ij,jk->ik`. */
function lettersOf(equation: string): { terms: string[]; result: string } {
  const [left = '', result = ''] = equation.replaceAll(' ', '').split('->');
  return { terms: left.split(','), result };
}

/** The gradient by the term at `place`: the product of dy with all other terms, over their letters. */
function einsumGradient(equation: string, inputs: tf.Tensor[], dy: tf.Tensor, place: number): tf.Tensor {
  const { terms, result } = lettersOf(equation);
  const own = terms[place] as string;
  const others = terms.filter((_, i) => i !== place);
  const known = new Set([...result, ...others.join('')]);
  // What was added up over a letter that no other term has is the same along all of it.
  const kept = [...own].filter((letter) => known.has(letter)).join('');
  const factors = [dy, ...inputs.filter((_, i) => i !== place)];
  const summed = tf.einsum(`${[result, ...others].join(',')}->${kept}`, ...factors);
  if (kept === own) return summed;
  const { shape } = inputs[place] as tf.Tensor;
  const open = [...own].map((letter, axis) => (known.has(letter) ? (shape[axis] as number) : 1));
  return tf.broadcastTo(summed.reshape(open), shape as never);
}

/** A filter (H, W, in, out) with zeros between its elements. */
function spread(filter: tf.Tensor4D, [rows, columns]: [number, number]): tf.Tensor4D {
  const [h, w, inputs, outputs] = filter.shape;
  const gaps: [number, number][] = [[0, 0], [0, rows - 1], [0, 0], [0, columns - 1], [0, 0]]; // biome-ignore format: one line
  const padded = tf.pad(filter.reshape([h, 1, w, 1, inputs * outputs]), gaps);
  const whole = padded.reshape([h * rows, w * columns, inputs, outputs]) as tf.Tensor4D;
  return tf.slice(whole, [0, 0, 0, 0], [(h - 1) * rows + 1, (w - 1) * columns + 1, inputs, outputs]);
}

/** The elements of a spread filter that are not between. */
function gather(
  spreadFilter: tf.Tensor4D,
  filter: tf.Tensor4D,
  [rows, columns]: [number, number],
): tf.Tensor4D {
  const [h, w, inputs, outputs] = filter.shape;
  const padded = tf.pad(spreadFilter, [[0, rows - 1], [0, columns - 1], [0, 0], [0, 0]]); // biome-ignore format: one line
  const split = padded.reshape([h, rows, w, columns, inputs * outputs]);
  return tf
    .slice(split, [0, 0, 0, 0, 0], [h, 1, w, 1, inputs * outputs])
    .reshape(filter.shape) as tf.Tensor4D;
}

function pairOf(value: number | number[] | undefined): [number, number] {
  if (Array.isArray(value)) return [value[0] ?? 1, value[1] ?? value[0] ?? 1];
  return [value ?? 1, value ?? 1];
}

export const products: Record<string, Gradient> = {
  BatchMatMul: {
    inputs: ['a', 'b'],
    by: (dy, [x, y], { transposeA, transposeB }) => {
      const [a, b] = [x as tf.Tensor, y as tf.Tensor];
      const byA = (): tf.Tensor =>
        transposeA ? tf.matMul(b, dy, Boolean(transposeB), true) : tf.matMul(dy, b, false, !transposeB);
      const byB = (): tf.Tensor =>
        transposeB ? tf.matMul(dy, a, true, Boolean(transposeA)) : tf.matMul(a, dy, !transposeA, false);
      return { a: () => sumTo(byA(), a.shape), b: () => sumTo(byB(), b.shape) };
    },
  },
  Einsum: {
    by: (dy, inputs, { equation }) =>
      Object.fromEntries(
        inputs.map((_, i) => [String(i), () => einsumGradient(equation as string, inputs, dy, i)]),
      ),
  },
  Conv2D: {
    inputs: ['x', 'filter'],
    by: (dy, [input, weights], attributes) => {
      const [x, filter] = [input as tf.Tensor4D, weights as tf.Tensor4D];
      const { strides, pad, dataFormat, dimRoundingMode } = attributes;
      const dilations = pairOf(attributes.dilations as number[]);
      const dilated = dilations.some((each) => each > 1);
      const wide = dilated ? tf.tidy(() => spread(filter, dilations)) : filter;
      const common = { strides, pad, dataFormat, dimRoundingMode };
      const run = (kernel: string, inputs: Record<string, tf.Tensor>, more: object): tf.Tensor4D =>
        tf.engine().runKernel(kernel, inputs as never, { ...common, ...more } as never) as tf.Tensor4D;
      return {
        x: () => run('Conv2DBackpropInput', { dy, filter: wide }, { inputShape: x.shape }),
        filter: () => {
          const byWide = run('Conv2DBackpropFilter', { x, dy }, { filterShape: wide.shape });
          return dilated ? gather(byWide, filter, dilations) : byWide;
        },
      };
    },
  },
};
