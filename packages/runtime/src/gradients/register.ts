/** How the gradients of this folder are registered with TensorFlow.js, for every backend and for tracing. */
import * as tf from '../tf.ts';

export interface Gradient {
  /** Inputs that `by` needs, by name; it gets them first, in this order. Undefined saves every input of a list. */
  inputs?: readonly string[];
  /** Outputs that it needs, by position; they come after the inputs. */
  outputs?: readonly boolean[];
  /** The gradient by each input, by its name, from the gradient by the output, or by each of several. */
  by: (
    dy: tf.Tensor,
    saved: tf.Tensor[],
    attributes: Readonly<Record<string, unknown>>,
  ) => Record<string, () => tf.Tensor>;
}

export function register(gradients: Readonly<Record<string, Gradient>>): void {
  for (const [kernelName, { inputs, outputs, by }] of Object.entries(gradients)) {
    tf.registerGradient({
      kernelName,
      ...(inputs ? { inputsToSave: [...inputs] } : { saveAllInputs: true }),
      ...(outputs ? { outputsToSave: [...outputs] } : {}),
      gradFunc: (dy, saved, attributes) =>
        by(dy as tf.Tensor, saved, attributes as unknown as Record<string, unknown>),
    });
  }
}

/** `dy` added up along the axes in which a tensor of `shape` was broadcast. */
export function sumTo(dy: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape);
  return (axes.length > 0 ? dy.sum(axes) : dy).reshape(shape);
}

/** x with its axis of size n mapped to size m by a matrix of constants, (n, m). */
export function mapAxis(x: tf.Tensor, axis: number, matrix: tf.Tensor2D): tf.Tensor {
  const [n, m] = matrix.shape;
  const before = x.shape.slice(0, axis).reduce((product, size) => product * size, 1);
  const after = x.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const shape = [...x.shape.slice(0, axis), m, ...x.shape.slice(axis + 1)];
  if (after === 1) return tf.matMul(x.reshape([before, n]), matrix).reshape(shape);
  const columns = x.reshape([before, n, after]); // (before, n, after)
  return tf.matMul(matrix.tile([before, 1]).reshape([before, n, m]), columns, true).reshape(shape);
}
