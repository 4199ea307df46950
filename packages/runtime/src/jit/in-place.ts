/** Which results may take the place of an argument. */
import { neededNodes } from '../graph/onnx.ts';
import { isValue, type Node, sameShape, type Value } from '../graph/values.ts';
import type { TracedFunction } from './compile.ts';

/** Operators whose every number depends on the numbers at the same place alone. */
const ELEMENTWISE = new Set([
  'Abs',
  'Add',
  'Div',
  'Max',
  'Min',
  'Mul',
  'Neg',
  'Sign',
  'Sqrt',
  'Sub',
  'Where',
]);

/**
 * Results that can be computed in the memory of a donated input, each with its input. One is a change of the input element by
 * element, as of an optimizer's moments; another has some parts replaced (`tensorScatterUpdate`), as a cache that is
 * appended to, and then only the parts are written, since ONNX Runtime's `ScatterND` copies its input unless that is
 * where its output is.
 *
 * Whatever reads the input must be over when the result is written, in any order of operators, and however ONNX Runtime
 * fuses them: all that reads it leads to the result through such operators of its shape.
 *
 * @returns paths of outputs, each with the input
 */
export function updatesOf(
  { trace, outputs }: TracedFunction,
  donated: ReadonlySet<Value>,
): Map<string, Value> {
  const results = outputs.flatMap(({ path, value }) =>
    'value' in value ? [{ path, value: value.value }] : [],
  );
  const values = results.map(({ value }) => value);
  const readers = new Map<Value, Set<Node>>();
  for (const node of neededNodes(trace.graph, values)) {
    for (const operand of node.inputs) {
      if (!isValue(operand)) continue;
      const known = readers.get(operand);
      if (known) known.add(node);
      else readers.set(operand, new Set([node]));
    }
  }
  const replaceable = ({ path, value }: { path: string; value: Value }) => {
    const { way, ends } = wayTo(value);
    const inputs = [...ends].filter(
      (input) =>
        donated.has(input) &&
        input.dtype === value.dtype &&
        sameShape(input.shape, value.shape) &&
        !values.includes(input) &&
        [...(readers.get(input) ?? [])].every((reader) => way.has(reader)),
    );
    // A result that comes back twice is two tensors, of which one can't have the memory of the other.
    return { path, inputs: values.indexOf(value) === values.lastIndexOf(value) ? inputs : [] };
  };
  const found = new Map<string, Value>();
  const taken = new Set<Value>();
  const candidates = results.map(replaceable).filter(({ inputs }) => inputs.length > 0);
  for (const { path, inputs } of candidates.sort((a, b) => a.inputs.length - b.inputs.length)) {
    const input = inputs.find((each) => !taken.has(each));
    if (!input) continue;
    taken.add(input);
    found.set(path, input);
  }
  return found;
}

/**
 * The operators that lead to `value` element by element, in its shape, with the inputs of the graph that they begin at; or
 * the one operator that replaces parts.
 */
function wayTo(value: Value): { way: Set<Node>; ends: Set<Value> } {
  const [way, ends] = [new Set<Node>(), new Set<Value>()];
  const { source } = value;
  if (source.kind === 'node' && source.node.op === 'ScatterND') {
    const [input, ...others] = source.node.inputs;
    if (input && isValue(input) && input.source.kind === 'input' && !others.includes(input)) {
      way.add(source.node);
      ends.add(input);
    }
    return { way, ends };
  }
  const pending = [value];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { source, shape } = next;
    if (source.kind === 'input') ends.add(next);
    if (source.kind !== 'node' || way.has(source.node)) continue;
    if (!ELEMENTWISE.has(source.node.op) || !sameShape(shape, value.shape)) continue;
    way.add(source.node);
    pending.push(...source.node.inputs.filter(isValue));
  }
  return { way, ends };
}
