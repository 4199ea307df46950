/**
 * The TensorFlow.js backend `quire`. While a function is traced its kernels record into a graph instead of computing;
 * at all times it keeps the tensors that compiled functions returned, which eager ops on another backend may read.
 */
// Those of `globalThis` may be a notebook kernel's, which drops callbacks of an interrupted cell.
import { clearImmediate, setImmediate } from 'node:timers';
import '../gradients/index.ts';
import type { Dialect } from '../graph/dialect.ts';
import { Graph } from '../graph/graph.ts';
import type { Data, DType, Value } from '../graph/values.ts';
import * as tf from '../tf.ts';
import { atUserFrame, TraceError } from './errors.ts';
import { lowerings } from './kernels/index.ts';

export const BACKEND = 'quire';

/** A tensor's numbers on a device. */
export interface Stored {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** @throws {Error} where the device can't be read without waiting. */
  readSync(): tf.BackendValues;
  read(): Promise<tf.BackendValues>;
  release(): void;
}

/** A variable of TensorFlow.js that a traced function reads: its value of the moment is handed in at every call. */
export interface CapturedVariable {
  variable: tf.Variable;
  value: Value;
}

export interface Trace {
  readonly graph: Graph;
  readonly values: WeakMap<object, Value>;
  readonly captured: CapturedVariable[];
  /** Why the function can't be compiled, where that was found in a promise, which the function may not have awaited. */
  failure?: TraceError;
}

class QuireBackend extends tf.KernelBackend {
  readonly #stored = new Map<object, { stored: Stored; references: number }>();
  trace: Trace | undefined;

  store(stored: Stored): object {
    const id = {};
    this.#stored.set(id, { stored, references: 1 });
    return id;
  }

  stored(id: object): Stored | undefined {
    return this.#stored.get(id)?.stored;
  }

  get storedCount(): number {
    return this.#stored.size;
  }

  *allStored(): Generator<Stored> {
    for (const { stored } of this.#stored.values()) yield stored;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    if (!this.trace) {
      throw new Error(
        `The backend '${BACKEND}' is for compiled functions: choose an eager one with device.use().`,
      );
    }
    const { graph } = this.trace;
    return this.record(graph.constant(dataOf(values, dtype), shape, dtypeOf(dtype)));
  }

  /** The id of a tensor that stands for `value` in the trace. */
  record(value: Value): object {
    const id = {};
    this.trace?.values.set(id, value);
    return id;
  }

  override readSync(id: object): tf.BackendValues {
    const known = this.#stored.get(id);
    if (known) return known.stored.readSync();
    const source = this.trace?.values.get(id)?.source;
    if (source?.kind === 'constant') return source.data as tf.BackendValues;
    throw new TraceError(
      `A traced tensor has no value yet: it can't be read (dataSync, arraySync, data, array, print), compared in an if or a loop's condition, or turned into a number while the function is compiled${atUserFrame(new Error())}. Return it and read the result; choose between values with tf.where; loop over sizes, not over values.`,
    );
  }

  override async read(id: object): Promise<tf.BackendValues> {
    const known = this.#stored.get(id);
    if (known) return known.stored.read();
    const { trace } = this;
    try {
      return this.readSync(id);
    } catch (error) {
      if (!trace) throw error;
      trace.failure ??= error as TraceError;
      return new Promise(() => {});
    }
  }

  override disposeData(id: object, force = false): boolean {
    const known = this.#stored.get(id);
    if (!known) return true;
    known.references--;
    if (!force && known.references > 0) return false;
    this.#stored.delete(id);
    known.stored.release();
    return true;
  }

  override refCount(id: object): number {
    return this.#stored.get(id)?.references ?? 0;
  }

  override incRef(id: object): void {
    const known = this.#stored.get(id);
    if (known) known.references++;
  }

  override move(): void {
    throw new TraceError(`A tensor can't be moved into a traced function${atUserFrame(new Error())}.`);
  }

  override numDataIds(): number {
    return this.#stored.size;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {}
}

export const backend = new QuireBackend();
tf.registerBackend(BACKEND, () => backend, 0);

for (const [kernelName, lowering] of Object.entries(lowerings)) {
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const trace = currentTrace();
      trace.graph.origin = new Error();
      const values = Object.fromEntries(
        Object.entries(inputs).flatMap(([name, input]) =>
          input == null ? [] : [[name, graphValue(trace, input as tf.TensorInfo)]],
        ),
      );
      const result = lowering(trace.graph, values, (attrs ?? {}) as Record<string, unknown>);
      return Array.isArray(result) ? result.map(infoOf) : infoOf(result);
    },
  });
}

/** Kernels of TensorFlow.js that have no lowering say so by name. */
function refuseOtherKernels(names: Iterable<string>): void {
  for (const kernelName of names) {
    if (tf.getKernel(kernelName, BACKEND)) continue;
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: () => {
        throw new TraceError(
          `The op ${kernelName} can't be compiled${atUserFrame(new Error())}. Compute it outside of the jitted function and pass the result in.`,
        );
      },
    });
  }
}

export function currentTrace(): Trace {
  if (!backend.trace) {
    throw new Error(
      `The backend '${BACKEND}' records only inside jit(): choose an eager one with device.use().`,
    );
  }
  return backend.trace;
}

export function isTracing(): boolean {
  return backend.trace !== undefined;
}

/** Whether the tensor's numbers are there, and not yet to be computed by a function that is being traced. */
export function hasNumbers({ dataId }: tf.Tensor): boolean {
  const source = backend.trace?.values.get(dataId)?.source;
  return source === undefined || source.kind === 'constant';
}

/** The graph's value that `tensor` stands for; a tensor from outside of the trace becomes a constant. */
export function graphValue(trace: Trace, tensor: tf.TensorInfo): Value {
  const known = trace.values.get(tensor.dataId);
  if (known) return known;
  const whole = tensor as tf.Tensor;
  let value: Value;
  if (whole instanceof tf.Variable) {
    value = trace.graph.input(`variable.${trace.captured.length}`, tensor.shape, dtypeOf(tensor.dtype));
    trace.captured.push({ variable: whole, value });
  } else {
    const data = dataOf(tf.engine().readSync(tensor.dataId), tensor.dtype);
    value = trace.graph.constant(data.slice(), tensor.shape, dtypeOf(tensor.dtype));
  }
  trace.values.set(tensor.dataId, value);
  return value;
}

export function infoOf(value: Value): tf.TensorInfo {
  return { dataId: backend.record(value), shape: [...value.shape], dtype: value.dtype as tf.DataType };
}

/** A tensor that stands for `value` while the function is traced. */
export function tracedTensor(value: Value): tf.Tensor {
  const { dataId, shape, dtype } = infoOf(value);
  return tf.engine().makeTensorFromDataId(dataId, shape, dtype, backend);
}

/** @throws {TraceError} for other types, with what `path` names, or with the user's line. */
export function dtypeOf(dtype: string, path?: string): DType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  const what = path === undefined ? `Tensors of ${dtype}` : `${path} is a tensor of ${dtype}, which`;
  throw new TraceError(
    `${what} can't be compiled${path === undefined ? atUserFrame(new Error()) : ''}: float32, int32 and bool can.`,
  );
}

export function dataOf(values: tf.BackendValues, dtype: string): Data {
  if (dtype === 'float32')
    return values instanceof Float32Array ? values : Float32Array.from(values as never);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values as never);
  if (dtype === 'bool') return values instanceof Uint8Array ? values : Uint8Array.from(values as never);
  dtypeOf(dtype);
  throw new Error('unreachable');
}

/**
 * Runs `build` with every TensorFlow.js op recording into a new graph for a device.
 *
 * @throws {TraceError} for what can't be traced.
 */
export function record<Result>(
  dialect: Dialect,
  build: (trace: Trace) => Result,
): { trace: Trace; result: Result } {
  const engine = tf.engine();
  const trace: Trace = { graph: new Graph(dialect), values: new WeakMap(), captured: [] };
  tf.backend();
  refuseOtherKernels(tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName));
  const eager = tf.getBackend();
  const variables = new Set(Object.keys(engine.registeredVariables));
  const { random } = Math;
  const { assign } = tf.Variable.prototype;
  const { stackTraceLimit } = Error;
  backend.trace = trace;
  void tf.setBackend(BACKEND);
  Error.stackTraceLimit = 60;
  Math.random = () => {
    throw new TraceError(
      `Random numbers without a seed in a jitted function would be drawn once, while it is compiled, and be the same at every call${atUserFrame(new Error())}. Pass a key in and use random.uniform(key, …), or give the op a seed.`,
    );
  };
  tf.Variable.prototype.assign = function (this: tf.Variable, value: tf.Tensor) {
    if (!variables.has(this.name)) return assign.call(this, value);
    throw new TraceError(
      `The variable '${this.name}' can't be assigned in a jitted function, which runs once, while it is compiled${atUserFrame(new Error())}. Return the new value and assign it after the call; in place of tf.train take optimizers, which are functions of state.`,
    );
  };
  const { kernelDepth, gradientDepth, activeTape, scopeStack } = engine.state;
  const depth = scopeStack.length;
  engine.startScope('jit');
  const finish = (): void => {
    // What would be in the way of everything else comes first: this too may be interrupted.
    tf.Variable.prototype.assign = assign;
    Math.random = random;
    Error.stackTraceLimit = stackTraceLimit;
    backend.trace = undefined;
    void tf.setBackend(eager);
    Object.assign(engine.state, { kernelDepth, gradientDepth, activeTape });
    clearImmediate(lost);
    while (scopeStack.length > depth) engine.endScope();
    for (const [name, variable] of Object.entries(engine.registeredVariables)) {
      if (!variables.has(name)) variable.dispose();
    }
  };
  // An interrupt of a notebook's cell ends tracing past `finally`.
  const lost = setImmediate(finish);
  try {
    const result = build(trace);
    if (trace.failure) throw trace.failure;
    return { trace, result };
  } catch (error) {
    throw trace.failure ?? error;
  } finally {
    finish();
  }
}
