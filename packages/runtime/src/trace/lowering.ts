/** How one TensorFlow.js kernel becomes operators of a graph. */
import type { Graph } from '../graph/graph.ts';
import type { Value } from '../graph/values.ts';

/** Inputs of a kernel by name, or in order where the kernel takes a list. */
export type Inputs = Readonly<Record<string, Value>>;
export type Attributes = Readonly<Record<string, unknown>>;
/** One value for each output of the kernel. */
export type Lowering = (graph: Graph, inputs: Inputs, attributes: Attributes) => Value | Value[];
export type Lowerings = Record<string, Lowering>;

/** The input of that name, which the kernel's contract promises. */
export function need(inputs: Inputs, name: string): Value {
  const value = inputs[name];
  if (!value) throw new Error(`The input ${name} is missing.`);
  return value;
}
