/** Which results may take the place of an argument. */
import { neededNodes } from '../graph/onnx.ts';
import { isValue, madeBy, type Value } from '../graph/values.ts';
import type { TracedFunction } from './compile.ts';

/**
 * Results that are an input with some parts replaced (`tensorScatterUpdate`), where nothing else reads the input: a cache
 * that is appended to. Computed in the input's own memory, only the parts are written. ONNX Runtime's `ScatterND` copies
 * its input unless that is where its output is.
 *
 * @returns paths of outputs, each with the input
 */
export function updatesOf({ trace, outputs }: TracedFunction): Map<string, Value> {
  const values = outputs.flatMap(({ value }) => ('value' in value ? [value.value] : []));
  const reads = new Map<Value, number>();
  const read = (value: Value): void => {
    reads.set(value, (reads.get(value) ?? 0) + 1);
  };
  for (const node of neededNodes(trace.graph, values)) {
    for (const operand of node.inputs) if (isValue(operand)) read(operand);
  }
  // A result that comes back twice is two tensors, of which one can't have the memory of the other.
  const returned = new Map<Value, number>();
  for (const value of values) {
    if (value.source.kind === 'input') read(value);
    returned.set(value, (returned.get(value) ?? 0) + 1);
  }
  const found = new Map<string, Value>();
  for (const { path, value } of outputs) {
    if (!('value' in value) || returned.get(value.value) !== 1) continue;
    const [input] = madeBy(value.value, 'ScatterND')?.inputs ?? [];
    if (input && isValue(input) && input.source.kind === 'input' && reads.get(input) === 1) {
      found.set(path, input);
    }
  }
  return found;
}
