/** Matrix products. */
import type { Graph } from '../../graph/graph.ts';
import type { Value } from '../../graph/values.ts';
import { type Lowerings, need } from '../lowering.ts';
import { parseEinsum } from './einsum.ts';
import { clip } from './elementwise.ts';

/** The activation that TensorFlow.js's fused kernels end with. */
export function activate(
  graph: Graph,
  x: Value,
  activation: unknown,
  weights?: Value,
  leakyreluAlpha?: unknown,
): Value {
  switch (activation) {
    case undefined:
    case null:
    case 'linear':
      return x;
    case 'relu':
      return graph.unary('Relu', x);
    case 'relu6':
      return clip(graph, x, 0, 6);
    case 'elu':
      return graph.unary('Elu', x);
    case 'sigmoid':
      return graph.unary('Sigmoid', x);
    case 'leakyrelu':
      return graph.unary('LeakyRelu', x, { alpha: { float: (leakyreluAlpha as number | undefined) ?? 0.2 } });
    case 'prelu': {
      if (!weights) throw new Error('prelu: its slopes are missing.');
      const positive = graph.binary('Greater', x, graph.scalar(0));
      return graph.where(positive, x, graph.binary('Mul', x, weights));
    }
    default:
      throw new Error(`The activation ${String(activation)} is not known.`);
  }
}

export const linear: Lowerings = {
  BatchMatMul: (graph, inputs, { transposeA, transposeB }) =>
    graph.matMul(need(inputs, 'a'), need(inputs, 'b'), transposeA === true, transposeB === true),
  _FusedMatMul: (graph, inputs, { transposeA, transposeB, activation, leakyreluAlpha }) => {
    const product = graph.matMul(
      need(inputs, 'a'),
      need(inputs, 'b'),
      transposeA === true,
      transposeB === true,
    );
    const sum = inputs.bias ? graph.binary('Add', product, inputs.bias) : product;
    return activate(graph, sum, activation, inputs.preluActivationWeights, leakyreluAlpha);
  },
  Einsum: (graph, inputs, { equation }) => {
    const operands = Object.values(inputs);
    const { terms, output } = parseEinsum(equation as string, operands);
    return einsum(graph, operands, terms, output);
  },
};

/**
 * Contracts operands two at a time, each pair as one batched matrix product: axes in both and in the result are the
 * batch, axes in both and not needed later are summed.
 */
function einsum(graph: Graph, operands: Value[], terms: string[][], output: string[]): Value {
  const [first, ...rest] = operands;
  let value = first as Value;
  let axes = terms[0] as string[];
  rest.forEach((other, i) => {
    const otherAxes = terms[i + 1] as string[];
    const later = new Set([...output, ...terms.slice(i + 2).flat()]);
    [value, axes] = contract(graph, value, axes, other, otherAxes, later);
  });
  const extra = axes.flatMap((axis, i) => (output.includes(axis) ? [] : [i]));
  value = graph.sum(value, extra);
  axes = axes.filter((axis) => output.includes(axis));
  return graph.transpose(
    value,
    output.map((axis) => axes.indexOf(axis)),
  );
}

function contract(
  graph: Graph,
  a: Value,
  axesA: string[],
  b: Value,
  axesB: string[],
  later: Set<string>,
): [Value, string[]] {
  const drop = (value: Value, axes: string[], others: string[]): [Value, string[]] => {
    const only = axes.flatMap((axis, i) => (others.includes(axis) || later.has(axis) ? [] : [i]));
    return [graph.sum(value, only), axes.filter((_, i) => !only.includes(i))];
  };
  const [left, leftAxes] = drop(a, axesA, axesB);
  const [right, rightAxes] = drop(b, axesB, axesA);
  const shared = leftAxes.filter((axis) => rightAxes.includes(axis));
  const batch = shared.filter((axis) => later.has(axis));
  const summed = shared.filter((axis) => !later.has(axis));
  const rows = leftAxes.filter((axis) => !shared.includes(axis));
  const columns = rightAxes.filter((axis) => !shared.includes(axis));
  const size = (axis: string): number =>
    (leftAxes.includes(axis)
      ? left.shape[leftAxes.indexOf(axis)]
      : right.shape[rightAxes.indexOf(axis)]) as number;
  const count = (axes: string[]): number => axes.reduce((product, axis) => product * size(axis), 1);
  const arrange = (value: Value, axes: string[], ...groups: string[][]): Value => {
    const moved = graph.transpose(
      value,
      groups.flat().map((axis) => axes.indexOf(axis)),
    );
    const shape = batch.length > 0 ? groups.map(count) : groups.slice(1).map(count);
    return graph.reshape(moved, shape);
  };
  const product = graph.matMul(
    arrange(left, leftAxes, batch, rows, summed),
    arrange(right, rightAxes, batch, summed, columns),
  );
  const axes = [...batch, ...rows, ...columns];
  return [graph.reshape(product, axes.map(size)), axes];
}
