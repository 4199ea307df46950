/** Kernels that reduce along axes, or scan them. */
import type { Graph } from '../../graph/graph.ts';
import { type DType, normalizeAxis, type Value } from '../../graph/values.ts';
import { type Attributes, type Inputs, type Lowering, type Lowerings, need } from '../lowering.ts';

/** The axes that a kernel was asked to reduce: all of them where none is named. */
export function axesOf(axis: unknown, rank: number): number[] {
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, i) => i);
  const axes = (Array.isArray(axis) ? axis : [axis]) as number[];
  return (axes.length === 0 && rank > 0 ? Array.from({ length: rank }, (_, i) => i) : axes).map((a) =>
    normalizeAxis(a, rank),
  );
}

function reducer(op: string, dtype?: DType): Lowering {
  return (graph, inputs, { axis, reductionIndices, keepDims }) => {
    const given = need(inputs, 'x');
    const x = graph.cast(given, dtype ?? given.dtype);
    return graph.reduce(op, x, axesOf(axis ?? reductionIndices, x.shape.length), keepDims === true);
  };
}

/** `any` and `all` of booleans, through int32, which ONNX reduces. */
function booleanReducer(op: string): Lowering {
  return (graph, inputs, { axis, keepDims }) => {
    const x = need(inputs, 'x');
    const reduced = graph.reduce(op, graph.cast(x, 'int32'), axesOf(axis, x.shape.length), keepDims === true);
    return graph.cast(reduced, 'bool');
  };
}

function numeric(graph: Graph, x: Value): Value {
  return x.dtype === 'bool' ? graph.cast(x, 'int32') : x;
}

function argument(op: string): Lowering {
  return (graph, inputs, { axis }) => {
    const x = need(inputs, 'x');
    const [at = 0] = axesOf(axis ?? 0, x.shape.length);
    const shape = x.shape.filter((_, i) => i !== at);
    const found = graph.one(op, [numeric(graph, x)], { axis: at, keepdims: 0 }, shape, 'int64');
    return graph.cast(found, 'int32');
  };
}

function cumulativeSum(graph: Graph, x: Value, attributes: Attributes): Value {
  const axis = normalizeAxis((attributes.axis as number | undefined) ?? 0, x.shape.length);
  return graph.one(
    'CumSum',
    [x, { integers: [axis], scalar: true }],
    { exclusive: Number(attributes.exclusive === true), reverse: Number(attributes.reverse === true) },
    x.shape,
    x.dtype,
  );
}

/** A product of prefixes by doubling: log2(n) steps, each a product with itself moved along. */
function cumulativeProduct(graph: Graph, inputs: Inputs, attributes: Attributes): Value {
  const x = need(inputs, 'x');
  const rank = x.shape.length;
  const axis = normalizeAxis((attributes.axis as number | undefined) ?? 0, rank);
  const size = x.shape[axis] as number;
  const reverse = attributes.reverse === true;
  const moved = (value: Value, by: number): Value => {
    const at = (n: number): number[] => x.shape.map((_, i) => (i === axis ? n : 0));
    const padded = reverse ? graph.pad(value, at(0), at(by), 1) : graph.pad(value, at(by), at(0), 1);
    const begin = at(reverse ? by : 0);
    return graph.slice(
      padded,
      begin,
      x.shape.map((n, i) => n + (begin[i] as number)),
    );
  };
  let product = attributes.exclusive === true ? moved(x, 1) : x;
  for (let by = 1; by < size; by *= 2) product = graph.binary('Mul', product, moved(product, by));
  return product;
}

export const reduction: Lowerings = {
  Sum: reducer('ReduceSum'),
  Mean: reducer('ReduceMean', 'float32'),
  Max: reducer('ReduceMax'),
  Min: reducer('ReduceMin'),
  Prod: reducer('ReduceProd'),
  Any: booleanReducer('ReduceMax'),
  All: booleanReducer('ReduceMin'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Cumsum: (graph, inputs, attributes) => cumulativeSum(graph, numeric(graph, need(inputs, 'x')), attributes),
  Cumprod: cumulativeProduct,
  TopK: (graph, inputs, { k, sorted }) => {
    const x = need(inputs, 'x');
    const shape = [...x.shape.slice(0, -1), k as number];
    const [values, indices] = graph.add(
      'TopK',
      [x, { integers: [k as number] }],
      { axis: x.shape.length - 1, largest: 1, sorted: sorted === false ? 0 : 1 },
      [
        { shape, dtype: x.dtype },
        { shape, dtype: 'int64' },
      ],
    ) as [Value, Value];
    return [values, graph.cast(indices, 'int32')];
  },
};
