/** Kernels that pick elements by index, or add them up by index. */
import type { Graph } from '../../graph/graph.ts';
import { type DType, normalizeAxis, sizeOf, type Value } from '../../graph/values.ts';
import * as tf from '../../tf.ts';
import { type Lowerings, need } from '../lowering.ts';

/** Up to so many elements of the one-hot matrix, a sum by index is a matrix product. */
const LARGEST_ONE_HOT = 1 << 21;

/** Ones where the last axis's position is the index, elsewhere zeros: indices.shape + [depth], of `dtype`. */
export function oneHot(graph: Graph, indices: Value, depth: number, dtype: DType, on = 1, off = 0): Value {
  const positions = graph.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  );
  const hit = graph.binary('Equal', graph.reshape(indices, [...indices.shape, 1]), positions);
  if (on === 1 && off === 0) return graph.cast(hit, dtype);
  return graph.where(hit, graph.scalar(on, dtype), graph.scalar(off, dtype));
}

/**
 * Rows of `x` (n, …) added up by `ids` (n): (segments, …). Rows whose index is out of range are dropped.
 */
export function segmentSum(graph: Graph, x: Value, ids: Value, segments: number): Value {
  const rows = sizeOf(ids.shape);
  const rest = x.shape.slice(ids.shape.length);
  const flat = graph.reshape(x, [rows, sizeOf(rest)]);
  const index = graph.reshape(ids, [rows]);
  const shape = [segments, ...rest];
  if (rows * segments <= LARGEST_ONE_HOT && x.dtype === 'float32') {
    return graph.reshape(graph.matMul(oneHot(graph, index, segments, 'float32'), flat, true), shape);
  }
  const zeros = graph.expand(graph.scalar(0, x.dtype), [segments, sizeOf(rest)]);
  const at = graph.cast(graph.reshape(index, [rows, 1]), 'int64');
  const sum = graph.one('ScatterND', [zeros, at, flat], { reduction: 'add' }, zeros.shape, x.dtype);
  return graph.reshape(sum, shape);
}

export const indexing: Lowerings = {
  GatherV2: (graph, inputs, { axis, batchDims }) => {
    const [x, indices] = [need(inputs, 'x'), need(inputs, 'indices')];
    const at = normalizeAxis((axis as number | undefined) ?? 0, x.shape.length);
    const batch = normalizeAxis((batchDims as number | undefined) ?? 0, indices.shape.length);
    if (batch === 0) return graph.gather(x, indices, at);
    // Batches become one axis: each index is moved into its own batch's rows.
    const batches = sizeOf(x.shape.slice(0, batch));
    const outer = x.shape.slice(batch, at);
    const size = x.shape[at] as number;
    const inner = x.shape.slice(at + 1);
    const picked = indices.shape.slice(batch);
    // (batches, outer, size, inner) -> (batches, size, outer, inner) -> (batches size, outer, inner)
    const split = graph.reshape(x, [batches, sizeOf(outer), size, sizeOf(inner)]);
    const rows = graph.reshape(graph.transpose(split, [0, 2, 1, 3]), [
      batches * size,
      sizeOf(outer),
      sizeOf(inner),
    ]);
    const offsets = Int32Array.from({ length: batches }, (_, i) => i * size);
    const base = graph.constant(offsets, [batches, 1], 'int32');
    const flat = graph.binary('Add', graph.reshape(indices, [batches, sizeOf(picked)]), base);
    // (batches, picked, outer, inner) -> (batches, outer, picked, inner)
    const found = graph.transpose(graph.gather(rows, flat, 0), [0, 2, 1, 3]);
    return graph.reshape(found, [...x.shape.slice(0, batch), ...outer, ...picked, ...inner]);
  },
  GatherNd: (graph, inputs) => {
    const [x, indices] = [need(inputs, 'params'), need(inputs, 'indices')];
    const depth = indices.shape.at(-1) as number;
    const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
    return graph.one('GatherND', [x, graph.cast(indices, 'int64')], {}, shape, x.dtype);
  },
  ScatterNd: (graph, inputs, { shape }) => {
    const [indices, updates] = [need(inputs, 'indices'), need(inputs, 'updates')];
    const size = shape as number[];
    const zeros = graph.expand(graph.scalar(0, updates.dtype), size);
    const at = graph.cast(indices, 'int64');
    return graph.one('ScatterND', [zeros, at, updates], { reduction: 'add' }, size, updates.dtype);
  },
  TensorScatterUpdate: (graph, inputs) => {
    const [x, indices] = [need(inputs, 'tensor'), need(inputs, 'indices')];
    const operands = [x, graph.cast(indices, 'int64'), need(inputs, 'updates')];
    return graph.one('ScatterND', operands, {}, x.shape, x.dtype);
  },
  UnsortedSegmentSum: (graph, inputs, { numSegments }) =>
    segmentSum(graph, need(inputs, 'x'), need(inputs, 'segmentIds'), numSegments as number),
  OneHot: (graph, inputs, { depth, onValue, offValue, dtype }) =>
    oneHot(
      graph,
      need(inputs, 'indices'),
      depth as number,
      (dtype as DType | undefined) ?? 'int32',
      onValue as number,
      offValue as number,
    ),
  // Draws are made while tracing, from the seed: the same at every call, as they are eagerly.
  Multinomial: (graph, inputs, { numSamples, seed, normalized }) => {
    const logits = need(inputs, 'logits');
    const [batch = 1, events = 1] = logits.shape;
    const samples = numSamples as number;
    const probabilities = normalized === true ? logits : graph.softmax(logits, 1);
    const cumulative = graph.one(
      'CumSum',
      [probabilities, { integers: [1], scalar: true }],
      {},
      logits.shape,
      'float32',
    );
    const drawn = tf.randomUniform([samples], 0, 1, 'float32', seed as number).dataSync();
    const uniform = graph.constant(Float32Array.from(drawn), [1, samples, 1], 'float32');
    const passed = graph.binary('GreaterOrEqual', uniform, graph.reshape(cumulative, [batch, 1, events]));
    // The last event takes what rounding leaves over.
    const count = graph.sum(graph.cast(passed, 'int32'), [2]);
    return graph.binary('Min', count, graph.scalar(events - 1, 'int32'));
  },
};
