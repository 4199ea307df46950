/** What a compiled function consists of and where its time goes. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { createSession } from '../device/create-session.ts';
import { hostTensor } from '../device/memory.ts';
import type { DeviceName, Tensors } from '../device/session.ts';
import { inputName, neededNodes, type WrittenModel } from '../graph/onnx.ts';
import { bytesOf, isValue, type Node, sizeOf, type Value } from '../graph/values.ts';
import { inBytes, Printable } from '../printable.ts';
import { lineOf, type Target, type TracedFunction, tensorDType, write } from './compile.ts';

const RUNS = 5;

export interface OperatorTime {
  operator: string;
  /** How many of them there are after ONNX Runtime's own fusions. */
  count: number;
  /** Of one run. */
  milliseconds: number;
  /** ONNX Runtime's name of where it ran, as `CPUExecutionProvider`. */
  provider: string;
}

export interface LineTime {
  line: string;
  milliseconds: number;
}

interface ProfileEvent {
  cat: string;
  name: string;
  dur: number;
  args?: { op_name?: string; provider?: string };
}

/** Size, time, and memory of a compiled function; shows itself in a notebook. */
export class Explanation extends Printable {
  readonly name: string;
  readonly device: DeviceName;
  /** Operators in the graph that was handed to ONNX Runtime. */
  readonly nodes: number;
  /** Bytes of the model: operators and constants. */
  readonly modelBytes: number;
  /** Milliseconds of one run under the profiler, which itself takes a few per cent. */
  readonly milliseconds: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** The most that intermediate results need at one moment, if each is freed after its last use. */
  readonly peakBytes: number;
  readonly operators: readonly OperatorTime[];
  /** By the line of the user's code that asked for the operator; gradients count for the line that took them. */
  readonly lines: readonly LineTime[];
  /** Operators that ran on the CPU though another device was asked for. */
  readonly offDevice: readonly OperatorTime[];

  constructor(fields: Omit<Explanation, 'toString' | 'offDevice'>) {
    super();
    this.name = fields.name;
    this.device = fields.device;
    this.nodes = fields.nodes;
    this.modelBytes = fields.modelBytes;
    this.milliseconds = fields.milliseconds;
    this.inputBytes = fields.inputBytes;
    this.outputBytes = fields.outputBytes;
    this.peakBytes = fields.peakBytes;
    this.operators = fields.operators;
    this.lines = fields.lines;
    this.offDevice =
      fields.device === 'cpu'
        ? []
        : fields.operators.filter(({ provider }) => provider === 'CPUExecutionProvider');
  }

  toString(): string {
    const share = (ms: number): string =>
      `${((100 * ms) / Math.max(1e-9, this.milliseconds)).toFixed(0)}%`.padStart(4);
    const rows = this.operators
      .slice(0, 12)
      .map(
        ({ operator, count, milliseconds }) =>
          `  ${milliseconds.toFixed(2).padStart(8)} ms ${share(milliseconds)}  ${operator} × ${count}`,
      );
    const lines = this.lines
      .slice(0, 8)
      .map(
        ({ line, milliseconds }) =>
          `  ${milliseconds.toFixed(2).padStart(8)} ms ${share(milliseconds)}  ${line}`,
      );
    return [
      `${this.name} on ${this.device}: ${this.nodes} operators, ${this.milliseconds.toFixed(2)} ms a run (profiled)`,
      `memory: ${inBytes(this.inputBytes)} in, ${inBytes(this.outputBytes)} out, ${inBytes(this.peakBytes)} between, ${inBytes(this.modelBytes)} model`,
      'time by operator:',
      ...rows,
      ...(lines.length > 0 ? ['time by line:', ...lines] : []),
      ...(this.offDevice.length > 0
        ? [
            `on the CPU, off ${this.device}: ${this.offDevice.map(({ operator, count }) => `${operator} × ${count}`).join(', ')}`,
          ]
        : []),
    ].join('\n');
  }
}

export async function explainFunction(
  name: string,
  traced: TracedFunction,
  { device, precision }: Target,
): Promise<Explanation> {
  const model = write(traced, device, precision);
  const outputs = traced.outputs.flatMap(({ path, value }) =>
    'value' in value ? [{ path, value: value.value }] : [],
  );
  const values = outputs.map(({ value }) => value);
  const fetches = outputs.map(({ path, value }) => [path, hostTensor(tensorDType(value), value.shape)]);
  const events = await profile(model, device, Object.fromEntries(fetches));
  const needed = neededNodes(traced.trace.graph, values);
  const byOperator = new Map<string, OperatorTime & { names: Set<string> }>();
  const byLine = new Map<string, number>();
  let total = 0;
  for (const { name: event, dur, args } of events) {
    const node = event.replace(/_kernel_time$/, '');
    const operator = args?.op_name ?? node;
    const provider = args?.provider ?? '';
    const milliseconds = dur / 1000 / RUNS;
    total += milliseconds;
    const key = `${operator}:${provider}`;
    const known = byOperator.get(key) ?? { operator, provider, count: 0, milliseconds: 0, names: new Set() };
    known.milliseconds += milliseconds;
    known.names.add(node);
    byOperator.set(key, known);
    const origin = model.origins.get(node);
    const line = origin ? lineOf(origin) : undefined;
    if (line) byLine.set(line, (byLine.get(line) ?? 0) + milliseconds);
  }
  const slowestFirst = (a: { milliseconds: number }, b: { milliseconds: number }): number =>
    b.milliseconds - a.milliseconds;
  return new Explanation({
    name,
    device,
    nodes: needed.length,
    modelBytes: model.bytes.length,
    milliseconds: total,
    inputBytes: model.inputs.reduce((sum, value) => sum + bytesOf(value), 0),
    outputBytes: values.reduce((sum, value) => sum + bytesOf(value), 0),
    peakBytes: peakBytes(needed, values),
    operators: [...byOperator.values()]
      .map(({ operator, provider, milliseconds, names }) => ({
        operator,
        provider,
        milliseconds,
        count: names.size,
      }))
      .sort(slowestFirst),
    lines: [...byLine].map(([line, milliseconds]) => ({ line, milliseconds })).sort(slowestFirst),
  });
}

/** Runs the model on made-up numbers; the events of its operators in all but the first run. */
async function profile(model: WrittenModel, device: DeviceName, fetches: Tensors): Promise<ProfileEvent[]> {
  const folder = await mkdtemp(join(tmpdir(), 'quire-profile-'));
  try {
    const session = await createSession(model.bytes, device, { profileTo: join(folder, 'profile') });
    const feeds = Object.fromEntries(model.inputs.map((value) => [inputName(value), madeUp(value)]));
    for (let run = 0; run <= RUNS; run++) {
      await session.run(feeds, fetches);
    }
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    if (!file) throw new Error('ONNX Runtime wrote no profile.');
    const events = JSON.parse(await readFile(join(folder, file), 'utf8')) as ProfileEvent[];
    const runs = events.filter(({ cat, name }) => cat === 'Session' && name === 'model_run').length;
    const kernels = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
    return kernels.slice(Math.round(kernels.length / Math.max(1, runs)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Numbers around 0 for floats, zeros for integers, which are indices more often than not. */
function madeUp(value: Value): ort.Tensor {
  const size = sizeOf(value.shape);
  const shape = [...value.shape];
  if (value.dtype === 'int32') return new ort.Tensor('int32', new Int32Array(size), shape);
  if (value.dtype === 'bool') return new ort.Tensor('bool', new Uint8Array(size), shape);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7) * 0.1);
  return new ort.Tensor('float32', data, shape);
}

function peakBytes(nodes: readonly Node[], outputs: readonly Value[]): number {
  const lastUse = new Map<Value, number>();
  nodes.forEach((node, i) => {
    for (const operand of node.inputs) if (isValue(operand)) lastUse.set(operand, i);
  });
  for (const value of outputs) lastUse.delete(value);
  const freedAt = new Map<number, number>();
  let live = 0;
  let peak = 0;
  nodes.forEach((node, i) => {
    for (const value of node.outputs) {
      live += bytesOf(value);
      const end = lastUse.get(value);
      if (end !== undefined) freedAt.set(end, (freedAt.get(end) ?? 0) + bytesOf(value));
    }
    peak = Math.max(peak, live);
    live -= freedAt.get(i) ?? 0;
  });
  return peak;
}
