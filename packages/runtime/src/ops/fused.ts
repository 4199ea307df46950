/** Ops with a fused operator in ONNX: one node while traced, TensorFlow.js's own ops eagerly. */
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/values.ts';
import type * as tf from '../tf.ts';
import { currentTrace, graphValue, isTracing, tracedTensor } from '../trace/backend.ts';

/**
 * `build` adds operators for `inputs` to the graph while a function is traced; `eager` computes the same with
 * TensorFlow.js otherwise.
 */
export function fused(
  inputs: readonly tf.Tensor[],
  build: (graph: Graph, ...values: Value[]) => Value[],
  eager: () => tf.Tensor[],
): tf.Tensor[] {
  if (!isTracing()) return eager();
  const trace = currentTrace();
  trace.graph.origin = new Error();
  const values = inputs.map((input) => graphValue(trace, input));
  return build(trace.graph, ...values).map(tracedTensor);
}
