/** Images as sequences of patches (Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929). */
import { tf } from '@quire/runtime';
import { linear } from './linear.ts';

/** Rows and columns of patches. */
export type Grid = readonly [rows: number, columns: number];

/** How many whole patches fit into an image of that height and width. */
export function gridOf([height, width]: readonly [number, number], patchSize: number): Grid {
  return [Math.floor(height / patchSize), Math.floor(width / patchSize)];
}

/**
 * PyTorch's `Conv2d` whose stride is its size, row by row; what is left at the right and the bottom is left out.
 *
 * @param pixelValues float32 (B, in, H, W)
 * @param weight float32 (C, in, P, P)
 * @returns float32 (B, N, C)
 */
export function embedPatches(
  pixelValues: tf.Tensor4D,
  { weight, bias }: { weight: tf.Tensor4D; bias?: tf.Tensor1D },
): tf.Tensor3D {
  const [b, c, height, width] = pixelValues.shape;
  const [to, , p] = weight.shape;
  const [rows, columns] = gridOf([height, width], p);
  const whole = rows * p === height && columns * p === width;
  const used = whole ? pixelValues : pixelValues.slice([0, 0, 0, 0], [b, c, rows * p, columns * p]);
  const patches = used
    .reshape([b, c, rows, p, columns, p])
    .transpose([0, 2, 4, 1, 3, 5]) // (B, in, rows, P, columns, P) -> (B, rows, columns, in, P, P)
    .reshape([b, rows * columns, c * p * p]) as tf.Tensor3D; // -> (B, N, in P P)
  const matrix = weight.reshape([to, c * p * p]) as tf.Tensor2D; // (C, in, P, P) -> (C, in P P)
  return linear(patches, { weight: matrix, ...(bias && { bias }) });
}

/**
 * The inverse of cutting into patches: each position's numbers are a square of pixels.
 *
 * @param x float32 (B, N, C S S)
 * @returns float32 (B, C, rows S, columns S)
 */
export function joinPatches(x: tf.Tensor3D, [rows, columns]: Grid, size: number): tf.Tensor4D {
  const [b, , numbers] = x.shape;
  const c = numbers / (size * size);
  return x
    .reshape([b, rows, columns, c, size, size])
    .transpose([0, 3, 1, 4, 2, 5]) // (B, rows, columns, C, S, S) -> (B, C, rows, S, columns, S)
    .reshape([b, c, rows * size, columns * size]); // -> (B, C, rows S, columns S)
}

export interface PositionOptions {
  /** Of the images that the model was made for. */
  imageSize: readonly [height: number, width: number];
  patchSize: number;
  /** Interpolates where images are of another size. */
  interpolate?: boolean;
}

/**
 * The embeddings of the class token's position and of each patch's.
 *
 * @param positions float32 (1 + N, C), for images of `imageSize`
 * @param pixelValues float32 (B, in, H, W)
 * @returns float32 (1 + N', C)
 * @throws {RangeError} where images are of another size, and positions aren't to be interpolated.
 */
export function positionsFor(
  positions: tf.Tensor2D,
  pixelValues: tf.Tensor4D,
  { imageSize, patchSize, interpolate = false }: PositionOptions,
): tf.Tensor2D {
  const [, , height, width] = pixelValues.shape;
  if (height === imageSize[0] && width === imageSize[1]) return positions;
  if (!interpolate) {
    throw new RangeError(
      `Images of ${height}x${width} are given to a model of ${imageSize.join('x')}: resize them, or say { interpolatePositions: true }.`,
    );
  }
  const [from, to] = [gridOf(imageSize, patchSize), gridOf([height, width], patchSize)];
  const c = positions.shape[1];
  const [first, others] = tf.split(positions, [1, from[0] * from[1]], 0) as [tf.Tensor2D, tf.Tensor2D];
  const down = cubicMatrix(from[0], to[0]).matMul(others.reshape([from[0], from[1] * c])); // (rows, columns C) -> (rows', columns C)
  const across = down
    .reshape([to[0], from[1], c])
    .transpose([1, 0, 2])
    .reshape([from[1], to[0] * c]); // -> (rows', columns, C) -> (columns, rows' C)
  const both = cubicMatrix(from[1], to[1]).matMul(across).reshape([to[1], to[0], c]); // (columns', rows' C) -> (columns', rows', C)
  const made = both.transpose([1, 0, 2]).reshape([to[0] * to[1], c]); // -> (rows', columns', C) -> (N', C)
  return tf.concat([first, made as tf.Tensor2D], 0);
}

/**
 * What bicubic interpolation does along one axis, as PyTorch's without aligned corners: cubic convolution with a = -0.75
 * (Keys 1981, https://doi.org/10.1109/TASSP.1981.1163711), borders repeated.
 *
 * @returns float32 (to, from)
 */
function cubicMatrix(from: number, to: number): tf.Tensor2D {
  const a = -0.75;
  const weight = (distance: number): number => {
    const x = Math.abs(distance);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
  };
  const matrix = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const center = ((row + 0.5) * from) / to - 0.5;
    const start = Math.floor(center) - 1;
    for (let i = start; i < start + 4; i++) {
      const at = row * from + Math.min(from - 1, Math.max(0, i));
      matrix[at] = (matrix[at] as number) + weight(center - i);
    }
  }
  return tf.tensor2d(matrix, [to, from]);
}
