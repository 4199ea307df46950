/** Gradients of picking and placing by index. */
import * as tf from '../tf.ts';
import type { Gradient } from './register.ts';

export const indexing: Record<string, Gradient> = {
  TopK: {
    inputs: ['x'],
    outputs: [false, true],
    by: (dys, [input, places]) => ({
      x: () => {
        const [x, indices] = [input as tf.Tensor, places as tf.Tensor];
        const [values] = dys as unknown as [tf.Tensor];
        const [n = 1, k = 1] = [x.shape.at(-1), indices.shape.at(-1)];
        // (rows, 1, k) · (rows, k, n) -> (rows, 1, n)
        const chosen = tf.oneHot(indices.reshape([-1, k]) as tf.Tensor2D, n).cast('float32');
        return tf.matMul(values.reshape([-1, 1, k]), chosen).reshape(x.shape);
      },
    }),
  },
  GatherNd: {
    inputs: ['params', 'indices'],
    by: (dy, [params, indices]) => ({
      params: () => tf.scatterND(indices as tf.Tensor, dy, (params as tf.Tensor).shape as never),
      indices: () => tf.zerosLike(indices as tf.Tensor),
    }),
  },
  ScatterNd: {
    inputs: ['indices'],
    by: (dy, [indices]) => ({
      indices: () => tf.zerosLike(indices as tf.Tensor),
      updates: () => tf.gatherND(dy, indices as tf.Tensor),
    }),
  },
  TensorScatterUpdate: {
    inputs: ['indices', 'updates'],
    by: (dy, [indices, updates]) => ({
      tensor: () => tf.tensorScatterUpdate(dy, indices as tf.Tensor, tf.zerosLike(updates as tf.Tensor)),
      indices: () => tf.zerosLike(indices as tf.Tensor),
      updates: () => tf.gatherND(dy, indices as tf.Tensor),
    }),
  },
};
