/** Resizing of pictures, as a matrix product along each axis. */
import { type Method, resizeWeights, type Sampling } from '../../gradients/resizing.ts';
import { type Lowering, type Lowerings, need } from '../lowering.ts';

function resize(method: Method): Lowering {
  return (graph, inputs, attributes) => {
    const images = need(inputs, 'images');
    const [, fromHeight = 1, fromWidth = 1] = images.shape;
    const [height, width] = attributes.size as [number, number];
    const sampling = attributes as unknown as Sampling;
    const rows = resizeWeights(method, [fromHeight, height], sampling);
    const columns = resizeWeights(method, [fromWidth, width], sampling);
    const byRows = graph.constant(rows, [height, fromHeight], 'float32');
    const byColumns = graph.constant(columns, [width, fromWidth], 'float32');
    const channels = graph.transpose(graph.cast(images, 'float32'), [0, 3, 1, 2]); // (B, H, W, C) -> (B, C, H, W)
    const resized = graph.matMul(byRows, graph.matMul(channels, byColumns, false, true));
    const moved = graph.transpose(resized, [0, 2, 3, 1]);
    return method === 'nearest' ? graph.cast(moved, images.dtype) : moved;
  };
}

export const resizing: Lowerings = {
  ResizeBilinear: resize('bilinear'),
  ResizeNearestNeighbor: resize('nearest'),
};
