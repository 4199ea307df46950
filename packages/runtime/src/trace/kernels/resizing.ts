/** Resizing of pictures, as matrix products along each axis, which have gradients of the same kind. */
import type { Graph } from '../../graph/graph.ts';
import type { Value } from '../../graph/values.ts';
import { type Attributes, type Lowering, type Lowerings, need } from '../lowering.ts';

/**
 * (output, input): how much each input counts for each output.
 * Sampling positions as TensorFlow's `ResizeBilinear` and `ResizeNearestNeighbor` compute them.
 */
function weights(method: string, input: number, output: number, attributes: Attributes): Float32Array {
  const { alignCorners, halfPixelCenters } = attributes;
  const scale = alignCorners === true && output > 1 ? (input - 1) / (output - 1) : input / output;
  const matrix = new Float32Array(output * input);
  for (let i = 0; i < output; i++) {
    if (method === 'nearest') {
      const at = halfPixelCenters === true ? (i + 0.5) * scale : i * scale;
      const nearest = alignCorners === true ? Math.round(at) : Math.floor(at);
      matrix[i * input + Math.min(input - 1, Math.max(0, nearest))] = 1;
      continue;
    }
    const at = halfPixelCenters === true ? (i + 0.5) * scale - 0.5 : i * scale;
    const low = Math.max(0, Math.floor(at));
    const high = Math.min(input - 1, Math.ceil(at));
    const fraction = at - Math.floor(at);
    matrix[i * input + low] = (matrix[i * input + low] as number) + 1 - fraction;
    matrix[i * input + high] = (matrix[i * input + high] as number) + fraction;
  }
  return matrix;
}

/** images (N, H, W, C) by rows (H', H) and columns (W', W), or by their transposes. */
function apply(graph: Graph, images: Value, rows: Value, columns: Value, transposed: boolean): Value {
  const first = graph.transpose(images, [0, 3, 1, 2]);
  const byColumns = graph.matMul(first, columns, false, !transposed);
  return graph.transpose(graph.matMul(rows, byColumns, transposed, false), [0, 2, 3, 1]);
}

function resize(method: string): Lowering {
  return (graph, inputs, attributes) => {
    const images = need(inputs, 'images');
    const [height, width] = attributes.size as [number, number];
    const floats = graph.cast(images, 'float32');
    const [rows, columns] = matrices(graph, method, images.shape, height, width, attributes);
    return apply(graph, floats, rows, columns, false);
  };
}

function resizeGradient(method: string): Lowering {
  return (graph, inputs, attributes) => {
    const [images, dy] = [need(inputs, 'images'), need(inputs, 'dy')];
    const [, height = 1, width = 1] = dy.shape;
    const [rows, columns] = matrices(graph, method, images.shape, height, width, attributes);
    return apply(graph, dy, rows, columns, true);
  };
}

function matrices(
  graph: Graph,
  method: string,
  shape: readonly number[],
  height: number,
  width: number,
  attributes: Attributes,
): [Value, Value] {
  const [, fromHeight = 1, fromWidth = 1] = shape;
  return [
    graph.constant(weights(method, fromHeight, height, attributes), [height, fromHeight], 'float32'),
    graph.constant(weights(method, fromWidth, width, attributes), [width, fromWidth], 'float32'),
  ];
}

export const resizing: Lowerings = {
  ResizeBilinear: resize('bilinear'),
  ResizeBilinearGrad: resizeGradient('bilinear'),
  ResizeNearestNeighbor: resize('nearest'),
  ResizeNearestNeighborGrad: resizeGradient('nearest'),
};
