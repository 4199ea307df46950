/** `jit`: a function of tensors, traced once for each set of shapes, run from then on as one compiled graph. */
import { rename, rm, writeFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import { currentDevice } from '../device/current.ts';
import { reportOf } from '../device/device.ts';
import {
  DeviceMemory,
  type DeviceTensor,
  deviceTensor,
  feedOfEager,
  hostTensor,
  memoryOf,
} from '../device/memory.ts';
import { PRECISIONS, type Precision, whyNot } from '../device/probe.ts';
import { type DeviceName, keepsTensors, type Results } from '../device/session.ts';
import { inputName } from '../graph/onnx.ts';
import type { Value } from '../graph/values.ts';
import type * as tf from '../tf.ts';
import { backend, isTracing } from '../trace/backend.ts';
import { atUserFrame, TraceError } from '../trace/errors.ts';
import { type Placed, type Tree, unflatten } from '../tree.ts';
import { type Call, CallReader, differences, identityOf, parameterNames, tensorsAt } from './arguments.ts';
import {
  type Loaded,
  load,
  refused,
  type Target,
  type TracedFunction,
  tensorDType,
  traceFunction,
  write,
} from './compile.ts';
import { type Explanation, explainFunction } from './explain.ts';
import { updatesOf } from './in-place.ts';
import { inTurn } from './turns.ts';

/** What comes back for what the function returns: the same structure, with tensors on the device. */
export type OnDevice<T> =
  T extends tf.Tensor<infer R>
    ? DeviceTensor<R>
    : T extends (...args: never[]) => unknown
      ? T
      : T extends object
        ? { [Key in keyof T]: OnDevice<T[Key]> }
        : T;

type Traceable = (...args: never[]) => unknown;

export interface JitOptions {
  /** Shown in errors and explanations; the function's own name where not given. */
  name?: string;
  /**
   * Parameters, by name or position, whose tensors are handed over: they are disposed when the call has succeeded, and
   * their memory is used again. What is returned as a change of one element by element, or with parts replaced
   * (`tf.tensorScatterUpdate`), is computed in its place where nothing else reads it: a call that runs out of memory in
   * between leaves it changed.
   */
  donate?: readonly (string | number)[];
  /**
   * Parameters, by name or position, whose tensors become constants of the graph. ONNX Runtime lays matrices that are
   * constants out for the processor once, and multiplies a few rows with them up to twice as fast; it keeps a copy of
   * them. A call with other tensors compiles the graph anew in place of the one before, so this is for parameters that
   * are used many times before they change. `explain` and `saveOnnx` show them as inputs.
   */
  constants?: readonly (string | number)[];
  /** Where it runs, if not on the device that `device.use` chose. */
  device?: DeviceName;
  /**
   * What matrix products and convolutions compute in, as in PyTorch's `autocast`: `'float16'` where the device has it.
   * All else, and what is passed in and comes back, stays float32. `'float32'` where not given.
   */
  precision?: Precision;
  /** Threads on the CPU. One for each physical core where not given. */
  threads?: number;
}

export interface Jitted<F extends Traceable> {
  (...args: Parameters<F>): Promise<OnDevice<ReturnType<F>>>;
  /** The function itself, for use inside of another jitted function, into whose graph it is compiled. */
  readonly inline: F;
  /**
   * Writes the graph as an ONNX model of standard operators, for the shapes of the last call or of `args`. Inputs are
   * named by their paths (`state.params.w`), outputs likewise (`output.loss`); products are in the function's precision.
   *
   * @throws {Error} before the first call, where no `args` are given, and where the file can't be written.
   */
  saveOnnx(path: string, args?: Parameters<F>): Promise<void>;
  /**
   * Size, time by operator and by line, memory, and what runs off the device, for the shapes of the last call or of
   * `args`. The graph is run on made-up numbers, a few times.
   */
  explain(args?: Parameters<F>): Promise<Explanation>;
  /** Graphs compiled so far. */
  readonly compilations: number;
  /** Frees the compiled graphs. A later call compiles again. */
  release(): Promise<void>;
}

interface Compiled {
  traced: TracedFunction;
  loaded: Loaded;
  /** Which tensors are constants of the graph. */
  constants: string;
  /** For each input of the model, the leaf of the arguments that it comes from, or a variable. */
  feeds: { name: string; leaf?: number; variable?: tf.Variable }[];
  /** Outputs by path, each with the leaf of the arguments whose memory it may take where that is donated. */
  updates: { path: string; leaf: number }[];
}

/** So many graphs for different values of one number suggest that it should be a tensor. */
const MANY_GRAPHS = 16;

/**
 * Compiles `fn`, a pure function over nested objects and arrays of tensors, written with TensorFlow.js's ops and
 * gradients. It is traced once for each set of shapes, dtypes and values that aren't tensors, and run by ONNX Runtime on
 * the device in use. Captured tensors become constants; captured variables are read at each call.
 *
 * @throws {TraceError} at the call, for what can't be compiled: reading a value, awaiting, an op without a lowering.
 * @throws {TypeError} at the call, for a disposed tensor or an array in place of a tensor, with its path.
 */
export function jit<F extends Traceable>(fn: F, options: JitOptions = {}): Jitted<F> {
  const name = options.name ?? (fn.name || 'a function');
  const { names, rest } = parameterNames(fn);
  const positions = (option: 'donate' | 'constants'): Set<number> =>
    new Set(
      (options[option] ?? []).map((parameter) => {
        const at = typeof parameter === 'number' ? parameter : names.indexOf(parameter);
        if (at < 0 || (at >= names.length && !rest)) {
          throw new RangeError(
            `${option}: ${name} has no parameter '${parameter}'. It has: ${names.join(', ')}.`,
          );
        }
        return at;
      }),
    );
  const donated = positions('donate');
  const constant = positions('constants');
  for (const at of constant) {
    if (donated.has(at)) {
      throw new RangeError(
        `${names[at]} of ${name} can't both be donated and a constant: what is donated changes.`,
      );
    }
  }
  const calls = new CallReader(names);
  const compiled = new Map<string, Compiled>();
  let traces = 0;
  /** The last call that could be traced, without its tensors. */
  let succeeded: Call | undefined;
  let last: { traced: TracedFunction; device: DeviceName } | undefined;

  const { precision = 'float32' } = options;
  if (!PRECISIONS.includes(precision)) {
    throw new RangeError(
      `There is no precision '${String(precision)}': choose from ${PRECISIONS.join(', ')}.`,
    );
  }
  const deviceName = (): DeviceName => options.device ?? currentDevice();

  const trace = (args: readonly unknown[], device: DeviceName, call = calls.read(args)): TracedFunction => {
    try {
      const traced = traceFunction(fn, args, call.leaves, device);
      succeeded = { ...call, leaves: call.leaves.map((leaf) => ({ ...leaf, value: undefined })) };
      return traced;
    } catch (error) {
      throw explained(error, name, call, succeeded);
    }
  };

  const compile = async (
    args: readonly unknown[],
    target: Target,
    call: Call,
    constants: string,
  ): Promise<Compiled> => {
    const traced = trace(args, target.device, call);
    traces++;
    if (traces === MANY_GRAPHS) {
      console.warn(
        `${name} was compiled ${MANY_GRAPHS} times, for different shapes, for other constants, or for different values of an argument that is not a tensor: pass a number that changes as tf.scalar(…), and pad to a few sizes.`,
      );
    }
    const fixed = new Map(tensorsAt(call, constant).map(({ path, value }) => [path, value]));
    const numbers = new Map<Value, ort.Tensor>();
    for (const input of traced.inputs) {
      const tensor = input?.source.kind === 'input' ? fixed.get(input.source.name) : undefined;
      if (input && tensor && tensor.size > 0) numbers.set(input, await feedOf(tensor, 'cpu'));
    }
    const threads = options.threads === undefined ? {} : { threads: options.threads };
    const loaded = await load(traced, { ...target, ...threads }, numbers);
    const leafOf = new Map(traced.inputs.map((input, i) => [input, i]));
    const feeds = loaded.model.inputs.map((input) => {
      const leaf = leafOf.get(input);
      if (leaf !== undefined) return { name: inputName(input), leaf };
      const variable = traced.trace.captured.find(({ value }) => value === input)?.variable;
      if (!variable) throw new Error(`The input ${inputName(input)} of ${name} comes from nowhere.`);
      return { name: inputName(input), variable };
    });
    const given = traced.inputs.filter((_, i) => donated.has(call.leaves[i]?.argument as number));
    const updates = [...updatesOf(traced, new Set(given as Value[]))].map(([path, input]) => ({
      path,
      leaf: leafOf.get(input) as number,
    }));
    return { traced, loaded, feeds, updates, constants };
  };

  const call = async (args: readonly unknown[], device: DeviceName, moved: () => void): Promise<unknown> => {
    const read = calls.read(args);
    const { leaves, signature } = read;
    const key = `${device};${signature}`;
    const constants = tensorsAt(read, constant)
      .map(({ value }) => identityOf(value.dataId))
      .join();
    let known = compiled.get(key);
    if (known && known.constants !== constants) {
      compiled.delete(key);
      await known.loaded.session.release();
      known = undefined;
    }
    if (!known) {
      known = await compile(args, { device, precision }, read, constants);
      compiled.set(key, known);
      moved();
    }
    const { traced, loaded, feeds, updates } = known;
    last = { traced, device };
    const inputs: Record<string, ort.Tensor> = {};
    for (const { name: input, leaf, variable } of feeds) {
      const tensor = variable ?? (leaves[leaf as number]?.value as tf.Tensor);
      inputs[input] = feedAtHand(tensor, device) ?? (await feedOf(tensor, device));
      moved();
    }
    const taken = new Map<string, DeviceMemory>();
    const fed = countOf(Object.values(inputs));
    for (const { path, leaf } of keepsTensors(device) ? [] : updates) {
      const { dataId } = (leaves[leaf] as Placed<tf.Tensor>).value;
      const memory = backend.stored(dataId);
      // Neither a clone nor another input has its memory.
      if (!(memory instanceof DeviceMemory && memory.onHost) || backend.refCount(dataId) !== 1) continue;
      if (fed.get(memory.tensor) === 1) taken.set(path, memory);
    }
    const results = await execute(traced, loaded, inputs, taken);
    for (const { value } of tensorsAt(read, donated)) value.dispose();
    return results;
  };

  const start = async (args: readonly unknown[]): Promise<unknown> => {
    const device = deviceName();
    await refuseMissing({ device, precision });
    return inTurn((moved) => call(args, device, moved));
  };
  const known = (): { traced: TracedFunction; device: DeviceName } => {
    if (last) return last;
    throw new Error(
      `${name} has not been called yet, so its shapes aren't known: call it first, or pass example arguments.`,
    );
  };

  const jitted = ((...args: unknown[]) =>
    isTracing() ? fn(...(args as never[])) : start(args)) as unknown as Jitted<F>;
  const methods = {
    inline: fn,
    saveOnnx: async (path: string, args?: readonly unknown[]) => {
      const traced = args ? trace(args, deviceName()) : known().traced;
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        await writeFile(temporary, write(traced, 'onnx', precision).bytes);
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {});
        throw new Error(`${name} can't be written to ${path}: ${(error as Error).message}`, { cause: error });
      }
    },
    explain: async (args?: readonly unknown[]) => {
      const now = deviceName();
      const { traced, device } = args ? { traced: trace(args, now), device: now } : known();
      return explainFunction(name, traced, { device, precision });
    },
    release: () =>
      inTurn(async (moved) => {
        const all = [...compiled.values()];
        compiled.clear();
        for (const { loaded } of all) {
          await loaded.session.release();
          moved();
        }
      }),
  };
  Object.defineProperty(jitted, 'name', { value: name });
  Object.defineProperty(jitted, 'compilations', { get: () => traces });
  return Object.assign(jitted, methods);
}

/** Devices that were there when a function was first compiled for them. */
const found = new Set<DeviceName>(['cpu']);

/** @throws {Error} where the device isn't there, or can't compute in that precision. */
async function refuseMissing({ device, precision }: Target): Promise<void> {
  if (!found.has(device)) {
    await reportOf(device);
    found.add(device);
  }
  if (precision === 'float32') return;
  const missing =
    device === 'cpu'
      ? 'ONNX Runtime has no float16 arithmetic for processors'
      : await whyNot(device, precision);
  if (missing)
    throw new Error(
      `precision 'float16' can't be had on '${device}': ${missing.replace(/\.$/, '')}. Use 'float32'.`,
    );
}

/** An error of the user's function or of an op in it, with the line and with what was passed in. */
function explained(error: unknown, name: string, call: Call, succeeded: Call | undefined): unknown {
  if (!(error instanceof Error) || error instanceof TraceError) return error;
  const changed = succeeded ? differences(call, succeeded) : [];
  const arguments_ = call.leaves.slice(0, 8).map(({ path }, i) => `${path} ${call.kinds[i]}`);
  const more = call.leaves.length > 8 ? `, and ${call.leaves.length - 8} more` : '';
  const passed =
    changed.length > 0
      ? ` Different from the last call that could be compiled: ${changed.join('; ')}.`
      : ` It was called with ${arguments_.join(', ')}${more}.`;
  return new TraceError(
    `${name} can't be compiled${atUserFrame(error)}: ${error.message.replace(/\.?$/, '.')}${passed}`,
    { cause: error },
  );
}

/** A tensor as ONNX Runtime takes it, where it needn't be waited for: it is on the device, or on the host. */
function feedAtHand(tensor: tf.Tensor, device: DeviceName): ort.Tensor | undefined {
  const memory = memoryOf(tensor);
  return memory && (memory.device === device || memory.onHost) ? memory.tensor : undefined;
}

/** A tensor as ONNX Runtime takes it: where it is if it is on the device, else its numbers. */
async function feedOf(tensor: tf.Tensor, device: DeviceName): Promise<ort.Tensor> {
  const ready = feedAtHand(tensor, device);
  if (ready) return ready;
  const memory = memoryOf(tensor);
  if (!memory) return feedOfEager(tensor, device);
  return new ort.Tensor(tensor.dtype as 'float32', (await memory.read()) as Float32Array, tensor.shape);
}

function countOf<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** @param taken memory in which outputs are computed, by their paths */
async function execute(
  traced: TracedFunction,
  { model, session, device }: Loaded,
  inputs: Record<string, ort.Tensor>,
  taken: ReadonlyMap<string, DeviceMemory>,
): Promise<unknown> {
  const keeps = keepsTensors(device);
  const values = traced.outputs.flatMap(({ path, value }) =>
    'value' in value ? [{ path, value: value.value }] : [],
  );
  const fetches: Record<string, ort.Tensor | null> = {};
  for (const { path, value } of values) {
    const memory = taken.get(path);
    fetches[path] = keeps ? null : (memory?.tensor ?? hostTensor(tensorDType(value), value.shape));
  }
  let returned: Results;
  try {
    returned = await session.run(inputs, fetches);
  } catch (error) {
    throw refused(error, model, device);
  }
  for (const memory of taken.values()) memory.handOver();
  const leaves = traced.outputs.map(({ path, value }) => {
    if ('static' in value) return value.static;
    const tensor = returned[path] as ort.Tensor;
    return deviceTensor(new DeviceMemory(device, tensor, value.value.shape, tensorDType(value.value)));
  });
  return unflatten(traced.template as Tree<unknown>, leaves);
}
