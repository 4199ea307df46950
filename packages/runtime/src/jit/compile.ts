/** From a function and example arguments to a model that ONNX Runtime has loaded. */
import type * as ort from 'onnxruntime-node';
import { createSession } from '../device/create-session.ts';
import type { TensorDType } from '../device/memory.ts';
import type { Precision } from '../device/probe.ts';
import type { DeviceName, Session, SessionOptions } from '../device/session.ts';
import type { Dialect } from '../graph/dialect.ts';
import { inputName, type WrittenModel, writeModel } from '../graph/onnx.ts';
import type { Node, Value } from '../graph/values.ts';
import * as tf from '../tf.ts';
import { dtypeOf, graphValue, record, type Trace, tracedTensor } from '../trace/backend.ts';
import { atUserFrame, TraceError, userFrame } from '../trace/errors.ts';
import { leavesOf, mapTree, type Placed, type Tree, unflatten } from '../tree.ts';
import { refuseHidden } from './arguments.ts';

/** A function as a graph, before it is written for a device. */
export interface TracedFunction {
  trace: Trace;
  /** For each leaf of the arguments the graph's input, or undefined where the leaf is no tensor. */
  inputs: (Value | undefined)[];
  /** Leaves of the result in order: a value of the graph, or what the function returned as it is. */
  outputs: Placed<{ value: Value } | { static: unknown }>[];
  /** The result's structure, with anything as leaves. */
  template: unknown;
}

function argumentsOf(args: readonly unknown[], replacements: readonly unknown[]): unknown[] {
  return unflatten(args as Tree<unknown>[], replacements) as unknown[];
}

/**
 * @throws {TraceError} for what can't be compiled, with the user's line.
 */
export function traceFunction(
  fn: (...args: never[]) => unknown,
  args: readonly unknown[],
  leaves: readonly Placed<unknown>[],
  device: DeviceName,
): TracedFunction {
  const { trace, result } = record(device, (trace) => {
    const inputs = leaves.map(({ path, value }) =>
      value instanceof tf.Tensor
        ? trace.graph.input(path, value.shape, dtypeOf(value.dtype, path))
        : undefined,
    );
    const traced = leaves.map(({ value }, i) => {
      const input = inputs[i];
      return input ? tracedTensor(input) : value;
    });
    const returned = fn(...(argumentsOf(args, traced) as never[]));
    const outputs = leavesOf(returned, outputRoot(leaves)).map(({ path, value }) => {
      refusePromise(value);
      if (value instanceof tf.Tensor) return { path, value: { value: outputValue(trace, value, path) } };
      if (typeof value === 'object' && value !== null) refuseHidden(path, value);
      return { path, value: { static: value } };
    });
    if (!outputs.some(({ value }) => 'value' in value)) {
      throw new TraceError(
        'A jitted function must return a tensor, or an object or array of tensors: what it computes and does not return is not run.',
      );
    }
    return { inputs, outputs, template: mapTree(returned as Tree<unknown>, () => null) };
  });
  return { trace, ...result };
}

/** What paths of outputs begin with: `output`, and an underscore where a parameter is called so. */
function outputRoot(leaves: readonly Placed<unknown>[]): string {
  let root = 'output';
  while (leaves.some(({ path }) => path.split(/[.[]/, 1)[0] === root)) root += '_';
  return root;
}

function outputValue(trace: Trace, tensor: tf.Tensor, path: string): Value {
  if (tensor.isDisposed) {
    throw new TraceError(
      `${path} was disposed inside of the function, which has to keep what it returns. What is made in the loss function of valueAndGradients comes out of it as { loss, also }.`,
    );
  }
  return graphValue(trace, tensor);
}

function refusePromise(returned: unknown): void {
  if (!(typeof returned === 'object' && returned !== null && 'then' in returned)) return;
  const promise = returned as unknown as Promise<unknown>;
  promise.then(undefined, () => {});
  throw new TraceError(
    'A jitted function must not be async, and must not await: it runs once, to be compiled, without values to wait for. Read results after the call, and call other jitted functions as inner.inline(…).',
  );
}

/** Where and how precisely a function runs. */
export interface Target {
  device: DeviceName;
  precision: Precision;
}

/** What is known of a model whose bytes ONNX Runtime has taken. */
type LoadedModel = Omit<WrittenModel, 'bytes'>;

export interface Loaded {
  model: LoadedModel;
  session: Session;
  device: DeviceName;
}

/**
 * @param constants inputs that become constants of the model, with their numbers on the host, which stay there
 */
export async function load(
  traced: TracedFunction,
  { device, precision, ...options }: Target & Omit<SessionOptions, 'constants'>,
  constants: ReadonlyMap<Value, ort.Tensor> = new Map(),
): Promise<Loaded> {
  const { bytes, ...model } = write(traced, device, precision, new Set(constants.keys()));
  const outside = model.constants.map((value) => ({
    name: inputName(value),
    tensor: constants.get(value) as ort.Tensor,
  }));
  try {
    const { fullBytes: exactBytes } = traced.trace.graph;
    const all = { ...options, exactBytes, constants: outside, keepOutputs: true };
    const session = await createSession(bytes, device, all);
    return { model, session, device };
  } catch (error) {
    throw refused(error, model, device);
  }
}

/** Names of the outputs in the model: `output.loss`. */
export function write(
  traced: TracedFunction,
  dialect: Dialect,
  precision?: Precision,
  constants: ReadonlySet<Value> = new Set(),
): WrittenModel {
  const outputs = traced.outputs.flatMap(({ path, value }) =>
    'value' in value ? [{ path, value: value.value }] : [],
  );
  return writeModel(
    traced.trace.graph,
    outputs.map(({ value }) => value),
    {
      dialect,
      outputNames: outputs.map(({ path }) => path),
      halfProducts: precision === 'float16',
      constants,
    },
  );
}

/** ONNX Runtime's complaint about a graph, with the operator and the user's line. */
export function refused(error: unknown, model: LoadedModel, device: DeviceName): Error {
  const message = error instanceof Error ? error.message : String(error);
  const name = [...model.origins.keys()].find((key) => new RegExp(`(?<![\\w])${key}(?![\\w])`).test(message));
  const node = name === undefined ? undefined : model.origins.get(name);
  const operator = node ? ` at the operator ${describeNode(node)}${atUserFrame(node.origin)}` : '';
  return new Error(`ONNX Runtime refused the compiled function on '${device}'${operator}: ${message}`, {
    cause: error,
  });
}

export function describeNode(node: Node): string {
  const shapes = node.inputs.flatMap((operand) =>
    operand && 'source' in operand ? [`${operand.dtype}[${operand.shape}]`] : [],
  );
  return `${node.op}(${shapes.join(', ')})`;
}

export function lineOf(node: Node): string | undefined {
  return node.origin ? userFrame(node.origin) : undefined;
}

export function tensorDType(value: Value): TensorDType {
  if (value.dtype === 'float32' || value.dtype === 'int32' || value.dtype === 'bool') return value.dtype;
  throw new Error(`Outputs of ${value.dtype} are not tensors of TensorFlow.js.`);
}
