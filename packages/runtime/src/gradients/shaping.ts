/** Gradients of ops that move elements. */
import * as tf from '../tf.ts';
import { type Gradient, mapAxis } from './register.ts';

/** (picks, n): a row for each pick, with 1 in the column that is picked. */
function selection(picks: readonly number[], n: number): tf.Tensor2D {
  const matrix = new Float32Array(picks.length * n);
  picks.forEach((column, row) => {
    matrix[row * n + column] = 1;
  });
  return tf.tensor2d(matrix, [picks.length, n]);
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export const shaping: Record<string, Gradient> = {
  MirrorPad: {
    inputs: ['x'],
    by: (dy, [input], { paddings, mode }) => ({
      x: () => {
        const { shape } = input as tf.Tensor;
        const edge = mode === 'reflect' ? 0 : 1;
        return (paddings as [number, number][]).reduce((gradient, [before, after], axis) => {
          if (before === 0 && after === 0) return gradient;
          const n = shape[axis] as number;
          const mirrored = (at: number): number => {
            if (at < 0) return -at - edge;
            return at < n ? at : 2 * (n - 1) - at + edge;
          };
          const picks = range(before + n + after).map((at) => mirrored(at - before));
          return mapAxis(gradient, axis, selection(picks, n));
        }, dy);
      },
    }),
  },
  StridedSlice: {
    inputs: ['x'],
    by: (dy, [input], attributes) => ({
      x: () => {
        const { shape } = input as tf.Tensor;
        const given = attributes as unknown as tf.StridedSliceAttrs;
        const { begin, end, strides } = tf.slice_util.sliceInfo(
          shape,
          given.begin,
          given.end,
          given.strides,
          given.beginMask,
          given.endMask,
          given.ellipsisMask,
          given.newAxisMask,
          given.shrinkAxisMask,
        );
        const picks = shape.map((_, axis) => {
          const [from = 0, to = 0, step = 1] = [begin[axis], end[axis], strides[axis]];
          return range(Math.max(0, Math.ceil((to - from) / step))).map((i) => from + i * step);
        });
        const sliced = dy.reshape(picks.map(({ length }) => length));
        return picks.reduce((gradient, chosen, axis) => {
          const n = shape[axis] as number;
          const whole = chosen.length === n && chosen[0] === 0;
          return whole ? gradient : mapAxis(gradient, axis, selection(chosen, n));
        }, sliced);
      },
    }),
  },
  DepthToSpace: {
    inputs: [],
    by: (dy, _, { blockSize, dataFormat }) => ({
      x: () => {
        const block = blockSize as number;
        const first = dataFormat === 'NCHW' ? dy.transpose([0, 2, 3, 1]) : dy;
        const [b = 1, h = 1, w = 1, c = 1] = first.shape;
        const [rows, columns] = [h / block, w / block];
        // (B, H/s, s, W/s, s, C) -> (B, H/s, W/s, s, s, C) -> (B, H/s, W/s, s s C)
        const space = first.reshape([b, rows, block, columns, block, c]).transpose([0, 1, 3, 2, 4, 5]);
        const depth = space.reshape([b, rows, columns, block * block * c]);
        return dataFormat === 'NCHW' ? depth.transpose([0, 3, 1, 2]) : depth;
      },
    }),
  },
  Diag: {
    inputs: ['x'],
    by: (dy, [input]) => ({
      x: () => {
        const x = input as tf.Tensor;
        return dy.reshape([x.size, x.size]).mul(tf.eye(x.size)).sum(1).reshape(x.shape);
      },
    }),
  },
};
