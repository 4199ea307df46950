/** Resizing of pictures as a matrix along each axis, and its gradient as the matrix transposed. */
import * as tf from '../tf.ts';
import type { Gradient } from './register.ts';
import { mapAxis } from './register.ts';

export type Method = 'bilinear' | 'nearest';

export interface Sampling {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/**
 * (output, input): how much each input counts for each output.
 * Sampling positions as TensorFlow's `ResizeBilinear` and `ResizeNearestNeighbor` compute them.
 */
export function resizeWeights(
  method: Method,
  [input, output]: readonly [input: number, output: number],
  { alignCorners, halfPixelCenters }: Sampling,
): Float32Array {
  const scale = alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
  const matrix = new Float32Array(output * input);
  for (let i = 0; i < output; i++) {
    if (method === 'nearest') {
      const at = halfPixelCenters ? (i + 0.5) * scale : i * scale;
      const nearest = alignCorners ? Math.round(at) : Math.floor(at);
      matrix[i * input + Math.min(input - 1, Math.max(0, nearest))] = 1;
      continue;
    }
    const at = halfPixelCenters ? (i + 0.5) * scale - 0.5 : i * scale;
    const low = Math.max(0, Math.floor(at));
    const high = Math.min(input - 1, Math.ceil(at));
    const fraction = at - Math.floor(at);
    matrix[i * input + low] = (matrix[i * input + low] as number) + 1 - fraction;
    matrix[i * input + high] = (matrix[i * input + high] as number) + fraction;
  }
  return matrix;
}

function resizeGradient(method: Method): Gradient {
  return {
    inputs: ['images'],
    by: (dy, [images], attributes) => ({
      images: () => {
        const sampling = attributes as unknown as Sampling;
        return [1, 2].reduce((gradient, axis) => {
          const [input = 1, output = 1] = [(images as tf.Tensor).shape[axis], dy.shape[axis]];
          const matrix = tf.tensor2d(resizeWeights(method, [input, output], sampling), [output, input]);
          return mapAxis(gradient, axis, matrix);
        }, dy);
      },
    }),
  };
}

export const resizing: Record<string, Gradient> = {
  ResizeBilinear: resizeGradient('bilinear'),
  ResizeNearestNeighbor: resizeGradient('nearest'),
};
