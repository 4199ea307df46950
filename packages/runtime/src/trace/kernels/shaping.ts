/** Kernels that move elements without changing them, and those that make constants. */
import type { Graph } from '../../graph/graph.ts';
import { type DType, normalizeAxis, type Value } from '../../graph/values.ts';
import * as tf from '../../tf.ts';
import { type Lowerings, need } from '../lowering.ts';

/** The axes of `rank` with `axis` first and the rest in order, and back. */
function flipped(axes: readonly number[]): number[] {
  const back: number[] = [];
  axes.forEach((axis, i) => {
    back[axis] = i;
  });
  return back;
}

function reverse(graph: Graph, x: Value, dims: readonly number[]): Value {
  const axes = new Set(dims.map((dim) => normalizeAxis(dim, x.shape.length)));
  return graph.slice(
    x,
    x.shape.map((size, i) => (axes.has(i) ? size - 1 : 0)),
    x.shape.map((size, i) => (axes.has(i) ? -1 : size)),
    x.shape.map((_, i) => (axes.has(i) ? -1 : 1)),
  );
}

function tile(graph: Graph, x: Value, reps: readonly number[]): Value {
  const rank = Math.max(x.shape.length, reps.length);
  const times = [...new Array<number>(rank - reps.length).fill(1), ...reps];
  const source = graph.reshape(x, [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape]);
  const shape = source.shape.map((size, i) => size * (times[i] as number));
  // An axis of size 1 is broadcast, which costs nothing where the next operator broadcasts.
  if (source.shape.every((size, i) => size === 1 || times[i] === 1)) return graph.expand(source, shape);
  return graph.one('Tile', [source, { integers: times }], {}, shape, x.dtype);
}

/** Space to depth for blocks of any rank, as TensorFlow's `SpaceToBatchND`. */
function spaceToBatch(graph: Graph, x: Value, block: readonly number[], paddings: number[][]): Value {
  const [batch = 1, ...space] = x.shape;
  const before = [0, ...paddings.map(([left]) => left as number)];
  const after = [0, ...paddings.map(([, right]) => right as number)];
  const missing = space.length - block.length;
  const fill = new Array<number>(missing).fill(0);
  const padded = graph.pad(x, [...before, ...fill], [...after, ...fill], 0);
  const rest = padded.shape.slice(1 + block.length);
  // (B, S1, …, rest) -> (B, S1/b1, b1, …, rest) -> (b1, …, B, S1/b1, …, rest)
  const sizes = block.map((b, i) => (padded.shape[i + 1] as number) / b);
  const split = graph.reshape(padded, [batch, ...block.flatMap((b, i) => [sizes[i] as number, b]), ...rest]);
  const moved = graph.transpose(split, [
    ...block.map((_, i) => 2 * i + 2),
    0,
    ...block.map((_, i) => 2 * i + 1),
    ...rest.map((_, i) => 1 + 2 * block.length + i),
  ]);
  const blocks = block.reduce((product, b) => product * b, 1);
  return graph.reshape(moved, [batch * blocks, ...sizes, ...rest]);
}

function batchToSpace(graph: Graph, x: Value, block: readonly number[], crops: number[][]): Value {
  const blocks = block.reduce((product, b) => product * b, 1);
  const batch = (x.shape[0] as number) / blocks;
  const space = x.shape.slice(1, 1 + block.length);
  const rest = x.shape.slice(1 + block.length);
  // (b1, …, B, S1, …, rest) -> (B, S1, b1, …, rest) -> (B, S1 b1, …, rest)
  const split = graph.reshape(x, [...block, batch, ...space, ...rest]);
  const moved = graph.transpose(split, [
    block.length,
    ...block.flatMap((_, i) => [block.length + 1 + i, i]),
    ...rest.map((_, i) => 1 + 2 * block.length + i),
  ]);
  const whole = graph.reshape(moved, [batch, ...space.map((s, i) => s * (block[i] as number)), ...rest]);
  const begin = [0, ...crops.map(([left]) => left as number), ...rest.map(() => 0)];
  const end = whole.shape.map((size, i) => size - (crops[i - 1]?.[1] ?? 0));
  return graph.slice(whole, begin, end);
}

export const shaping: Lowerings = {
  Reshape: (graph, inputs, { shape }) => {
    const x = need(inputs, 'x');
    const size = x.shape.reduce((product, n) => product * n, 1);
    return graph.reshape(x, tf.util.inferFromImplicitShape(shape as number[], size));
  },
  ExpandDims: (graph, inputs, { dim }) => {
    const x = need(inputs, 'input');
    const at = normalizeAxis(dim as number, x.shape.length + 1);
    return graph.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
  },
  Transpose: (graph, inputs, { perm }) => graph.transpose(need(inputs, 'x'), perm as number[]),
  BroadcastTo: (graph, inputs, { shape }) => graph.expand(need(inputs, 'x'), shape as number[]),
  Tile: (graph, inputs, { reps }) => tile(graph, need(inputs, 'x'), reps as number[]),
  Concat: (graph, inputs, { axis }) => {
    const values = Object.values(inputs);
    return graph.concat(
      values,
      normalizeAxis((axis as number | undefined) ?? 0, (values[0] as Value).shape.length),
    );
  },
  Pack: (graph, inputs, { axis }) => {
    const values = Object.values(inputs);
    const first = values[0] as Value;
    const at = normalizeAxis((axis as number | undefined) ?? 0, first.shape.length + 1);
    const shape = [...first.shape.slice(0, at), 1, ...first.shape.slice(at)];
    return graph.concat(
      values.map((value) => graph.reshape(value, shape)),
      at,
    );
  },
  Unpack: (graph, inputs, { axis }) => {
    const value = need(inputs, 'value');
    const at = normalizeAxis((axis as number | undefined) ?? 0, value.shape.length);
    const shape = value.shape.filter((_, i) => i !== at);
    const sizes = new Array<number>(value.shape[at] as number).fill(1);
    return graph.split(value, sizes, at).map((part) => graph.reshape(part, shape));
  },
  SplitV: (graph, inputs, { numOrSizeSplits, axis }) => {
    const x = need(inputs, 'x');
    const at = normalizeAxis((axis as number | undefined) ?? 0, x.shape.length);
    const like = { shape: [...x.shape] } as tf.Tensor;
    return graph.split(x, tf.backend_util.prepareSplitSize(like, numOrSizeSplits as number[], at), at);
  },
  Slice: (graph, inputs, { begin, size }) => {
    const x = need(inputs, 'x');
    const like = { shape: [...x.shape], rank: x.shape.length } as tf.Tensor;
    const [from = [], sizes = []] = tf.slice_util.parseSliceParams(like, begin as number[], size as number[]);
    return graph.slice(
      x,
      from,
      from.map((start, i) => start + (sizes[i] as number)),
    );
  },
  StridedSlice: (graph, inputs, attributes) => {
    const x = need(inputs, 'x');
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
      attributes as unknown as tf.StridedSliceAttrs;
    const found = tf.slice_util.sliceInfo(
      [...x.shape],
      begin,
      end,
      strides,
      beginMask,
      endMask,
      ellipsisMask,
      newAxisMask,
      shrinkAxisMask,
    );
    return graph.reshape(graph.slice(x, found.begin, found.end, found.strides), found.finalShape);
  },
  Reverse: (graph, inputs, { dims }) => {
    const x = need(inputs, 'x');
    return reverse(graph, x, tf.util.parseAxisParam(dims as number[], [...x.shape]));
  },
  PadV2: (graph, inputs, { paddings, constantValue }) => {
    const pairs = paddings as [number, number][];
    return graph.pad(
      need(inputs, 'x'),
      pairs.map(([before]) => before),
      pairs.map(([, after]) => after),
      constantValue as number,
    );
  },
  MirrorPad: (graph, inputs, { paddings, mode }) => {
    const x = need(inputs, 'x');
    const pairs = paddings as [number, number][];
    if (mode === 'reflect') {
      return graph.pad(
        x,
        pairs.map(([before]) => before),
        pairs.map(([, after]) => after),
        0,
        'reflect',
      );
    }
    // ONNX has no mode that repeats the edge itself: mirrored slices are joined on.
    return pairs.reduce((value, [before, after], axis) => {
      const cut = (from: number, to: number): Value =>
        reverse(
          graph,
          graph.slice(
            value,
            value.shape.map((_, i) => (i === axis ? from : 0)),
            value.shape.map((size, i) => (i === axis ? to : size)),
          ),
          [axis],
        );
      const size = value.shape[axis] as number;
      const parts = [
        ...(before > 0 ? [cut(0, before)] : []),
        value,
        ...(after > 0 ? [cut(size - after, size)] : []),
      ];
      return graph.concat(parts, axis);
    }, x);
  },
  SpaceToBatchND: (graph, inputs, { blockShape, paddings }) =>
    spaceToBatch(graph, need(inputs, 'x'), blockShape as number[], paddings as number[][]),
  BatchToSpaceND: (graph, inputs, { blockShape, crops }) =>
    batchToSpace(graph, need(inputs, 'x'), blockShape as number[], crops as number[][]),
  DepthToSpace: (graph, inputs, { blockSize, dataFormat }) => {
    const x = need(inputs, 'x');
    const block = blockSize as number;
    const last = dataFormat !== 'NCHW';
    const toLast = [0, 2, 3, 1];
    const nhwc = last ? x : graph.transpose(x, toLast);
    const [n = 1, h = 1, w = 1, c = 1] = nhwc.shape;
    const depth = c / (block * block);
    // (N, H, W, b b D) -> (N, H, b, W, b, D)
    const split = graph.reshape(nhwc, [n, h, w, block, block, depth]);
    const moved = graph.transpose(split, [0, 1, 3, 2, 4, 5]);
    const whole = graph.reshape(moved, [n, h * block, w * block, depth]);
    return last ? whole : graph.transpose(whole, flipped(toLast));
  },
  Diag: (graph, inputs) => {
    const x = need(inputs, 'x');
    const size = x.shape.reduce((product, n) => product * n, 1);
    const eye = new Float32Array(size * size);
    for (let i = 0; i < size; i++) eye[i * (size + 1)] = 1;
    const mask = graph.cast(graph.constant(eye, [size, size], 'float32'), x.dtype);
    return graph.reshape(graph.binary('Mul', mask, graph.reshape(x, [size, 1])), [...x.shape, ...x.shape]);
  },
  Fill: (graph, _, { shape, value, dtype }) => {
    const type = (dtype as DType | undefined) ?? 'float32';
    return graph.expand(graph.scalar(value as number, type), shape as number[]);
  },
  Range: (graph, _, { start, stop, step, dtype }) => {
    const [from, to, by] = [start as number, stop as number, step as number];
    const count = Math.max(0, Math.ceil((to - from) / by));
    const numbers = Array.from({ length: count }, (_, i) => from + i * by);
    return dtype === 'int32'
      ? graph.constant(Int32Array.from(numbers), [count], 'int32')
      : graph.constant(Float32Array.from(numbers), [count], 'float32');
  },
  LinSpace: (graph, _, { start, stop, num }) => {
    const count = num as number;
    const step = ((stop as number) - (start as number)) / Math.max(1, count - 1);
    const numbers = Float32Array.from({ length: count }, (_, i) => (start as number) + i * step);
    return graph.constant(numbers, [count], 'float32');
  },
};
