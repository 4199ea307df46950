import * as tf from '../tf.ts';
import { fused } from './fused.ts';

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBE = 0.044715;

/**
 * Gaussian error linear unit, x Φ(x) (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415).
 *
 * @param x float32, any shape
 * @param approximate `'tanh'` for the approximation that GPT-2 was trained with, as in PyTorch
 */
export function gelu<T extends tf.Tensor>(x: T, approximate: 'none' | 'tanh' = 'none'): T {
  const activate = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const [value] = fused(
      [input],
      (graph, v) => [graph.one('Gelu', [v as never], { approximate }, input.shape, 'float32')],
      () => [approximate === 'tanh' ? tanhGelu(input) : input.mul(normalCdf(input))],
    ) as [tf.Tensor];
    save([input, value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
      const [input, value] = saved as [tf.Tensor, tf.Tensor];
      return dy.mul(approximate === 'tanh' ? tanhSlope(input, value) : slope(input));
    };
    return { value, gradFunc: gradFunc as never };
  });
  return activate(x) as T;
}

function normalCdf(x: tf.Tensor): tf.Tensor {
  return x.mul(Math.SQRT1_2).erf().mul(0.5).add(0.5);
}

/** Φ(x) + x φ(x), which with u = x / √2 is (1 + erf u) / 2 + u exp(-u² - ln √π). */
function slope(x: tf.Tensor): tf.Tensor {
  const u = x.mul(Math.SQRT1_2);
  const density = tf.sub(-0.5 * Math.log(Math.PI), u.mul(u)).exp();
  return u.erf().mul(0.5).add(0.5).add(u.mul(density));
}

/** x σ(2u) with u = √(2/π) (x + 0.044715 x³), which is ½ x (1 + tanh u). */
function tanhGelu(x: tf.Tensor): tf.Tensor {
  return x.mul(gate(x, x.mul(x)));
}

function gate(x: tf.Tensor, square: tf.Tensor): tf.Tensor {
  return square
    .mul(2 * TANH_SCALE * TANH_CUBE)
    .add(2 * TANH_SCALE)
    .mul(x)
    .sigmoid();
}

/** With s = σ(2u) and y = x s, the value: s + y (1 - s) 2u' */
function tanhSlope(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const square = x.mul(x);
  const s = gate(x, square);
  const inner = square.mul(6 * TANH_SCALE * TANH_CUBE).add(2 * TANH_SCALE);
  return y.sub(y.mul(s)).mul(inner).add(s);
}
