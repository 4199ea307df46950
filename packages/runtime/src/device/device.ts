/** Which devices there are, which one is used, and what lies on them. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import * as ort from 'onnxruntime-node';
import { type EagerChoice, type EagerName, type EagerReport, listEager, useEager } from '../eager/index.ts';
import { inBytes, Printable } from '../printable.ts';
import * as tf from '../tf.ts';
import { backend } from '../trace/backend.ts';
import { type Adapter, graphicsAdapters, vulkanDriver } from './adapters.ts';
import { currentDevice, setCurrentDevice } from './current.ts';
import { DeviceMemory, type DeviceTensor, placed, pooledBytes } from './memory.ts';
import { whyNot } from './probe.ts';
import { DEVICE_NAMES, type DeviceName } from './session.ts';

export type { EagerChoice, EagerName, EagerReport } from '../eager/index.ts';

/** A device that compiled functions run on, or what is missing for it. */
export interface DeviceReport {
  name: DeviceName;
  available: boolean;
  /** The graphics adapter's name, or the processor's. */
  adapter?: string;
  /** The adapter's own memory, or the machine's for the CPU. */
  memoryBytes?: number;
  /** Runs on the processor, by SwiftShader or Mesa's lavapipe: right and slow. `auto` never chooses it. */
  software: boolean;
  /** What to install or change, where it isn't available. */
  missing?: string;
}

/** What there is; shows itself in a notebook. */
export class DeviceList extends Printable {
  readonly devices: readonly DeviceReport[];
  /** TensorFlow.js's backends, for eager ops. */
  readonly eager: readonly EagerReport[];

  constructor(devices: readonly DeviceReport[], eager: readonly EagerReport[]) {
    super();
    this.devices = devices;
    this.eager = eager;
  }

  toString(): string {
    const device = ({ name, available, adapter, memoryBytes, software, missing }: DeviceReport): string => {
      const where = [adapter, memoryBytes && inBytes(memoryBytes), software && 'software: slow'];
      const about = available ? where.filter(Boolean).join(', ') : missing;
      return `  ${available ? '✓' : '–'} ${name.padEnd(10)} ${about}`;
    };
    const eager = ({ name, available, version, missing }: EagerReport): string =>
      `  ${available ? '✓' : '–'} ${name.padEnd(10)} ${available ? version : missing}`;
    return [
      `compiled functions (ONNX Runtime ${ort.env.versions.node ?? ''}):`,
      ...this.devices.map(device),
      `eager ops (TensorFlow.js ${tf.version_core}):`,
      ...this.eager.map(eager),
    ].join('\n');
  }
}

/** What is used from now on, and why; shows itself in a notebook. */
export class DeviceChoice extends Printable {
  readonly name: DeviceName;
  readonly adapter: string;
  readonly reason: string;
  readonly eager: EagerChoice;

  constructor(report: DeviceReport, reason: string, eager: EagerChoice) {
    super();
    this.name = report.name;
    this.adapter = report.adapter ?? '';
    this.reason = reason;
    this.eager = eager;
  }

  toString(): string {
    const adapter = this.adapter === '' ? '' : ` (${this.adapter})`;
    return [
      `compiled functions on ${this.name}${adapter}: ${this.reason}`,
      `eager ops on TensorFlow.js's ${this.eager.name} ${this.eager.version}: ${this.eager.reason}`,
    ].join('\n');
  }
}

/** Tensors that are alive, and their bytes; a number that grows from step to step is a leak. */
export class DeviceMemoryUse extends Printable {
  /** All tensors of TensorFlow.js, those on devices included. */
  readonly tensors: number;
  /** By where compiled functions left them. */
  readonly onDevice: Readonly<Partial<Record<DeviceName, { tensors: number; bytes: number }>>>;
  /** Of eager tensors. */
  readonly eagerBytes: number;
  /** Freed by tensors on the host and kept for the next outputs. */
  readonly reusableBytes: number;

  constructor(fields: Pick<DeviceMemoryUse, 'tensors' | 'onDevice' | 'eagerBytes' | 'reusableBytes'>) {
    super();
    this.tensors = fields.tensors;
    this.onDevice = fields.onDevice;
    this.eagerBytes = fields.eagerBytes;
    this.reusableBytes = fields.reusableBytes;
  }

  toString(): string {
    const devices = Object.entries(this.onDevice).map(
      ([name, { tensors, bytes }]) => `${tensors} on ${name} with ${inBytes(bytes)}`,
    );
    return `${this.tensors} tensors: ${[...devices, `eager ones with ${inBytes(this.eagerBytes)}`].join(', ')}; ${inBytes(this.reusableBytes)} kept for reuse`;
  }
}

function processor(): string {
  return `${cpus()[0]?.model.trim() ?? 'processor'}, ${availableParallelism()} threads`;
}

const ELSEWHERE: Partial<Record<DeviceName, string>> = {
  dml: 'DirectML is a part of Windows.',
  coreml: 'Core ML is a part of macOS.',
};

async function report(name: DeviceName, adapters: readonly Adapter[]): Promise<DeviceReport> {
  if (name === 'cpu') {
    return { name, available: true, adapter: processor(), memoryBytes: totalmem(), software: false };
  }
  const built = ort.listSupportedBackends().some((known) => known.name === name);
  if (!built) {
    const missing = `${ELSEWHERE[name] ?? ''} ONNX Runtime for ${process.platform} ${process.arch} comes without '${name}'.`;
    return { name, available: false, software: false, missing: missing.trim() };
  }
  const driver = process.platform === 'linux' ? vulkanDriver() : 'hardware';
  // Mesa installs the drivers of all adapters beside its software renderer, whether there is an adapter or not.
  const software = name === 'webgpu' && (driver === 'software' || adapters.length === 0);
  const adapter = software
    ? undefined
    : adapters.find(({ vendor }) => name !== 'cuda' || vendor === 'nvidia');
  if (name === 'webgpu' && driver === 'none') {
    return { name, available: false, software, missing: withoutVulkan(adapters) };
  }
  if (name === 'cuda' && !adapter) {
    return {
      name,
      available: false,
      software,
      missing:
        "It needs an NVIDIA adapter, and nvidia-smi names none: where there is one, install NVIDIA's driver.",
    };
  }
  const failure = await whyNot(name);
  if (failure !== undefined) return { name, available: false, software, missing: mend(name, failure) };
  return {
    name,
    available: true,
    ...(software ? { adapter: "the processor, by a software renderer of Vulkan's" } : {}),
    ...(adapter ? { adapter: adapter.name } : {}),
    ...(adapter?.memoryBytes === undefined ? {} : { memoryBytes: adapter.memoryBytes }),
    software,
  };
}

function withoutVulkan(adapters: readonly Adapter[]): string {
  const [adapter] = adapters;
  const install =
    "install Vulkan's loader and the adapter's driver (Debian: libvulkan1 and mesa-vulkan-drivers, or NVIDIA's own driver).";
  if (adapter) return `${adapter.name} has no Vulkan driver: ${install}`;
  return `No graphics adapter was found, and no Vulkan driver. Where there is one, ${install}`;
}

function mend(name: DeviceName, failure: string): string {
  if (name === 'cuda') {
    return `CUDA's provider doesn't load (${failure}): install CUDA 12 and cuDNN 9, then run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node.`;
  }
  if (name === 'webgpu' && process.platform === 'linux') {
    return `WebGPU doesn't start (${failure}): it needs Vulkan's loader and the adapter's driver (Debian: libvulkan1 and mesa-vulkan-drivers, or NVIDIA's own driver).`;
  }
  return `${name} doesn't start: ${failure}`;
}

/** What compiled functions and eager ops can run on here, and what is missing to get more. */
export async function list(): Promise<DeviceList> {
  const adapters = await graphicsAdapters();
  const devices = await Promise.all(DEVICE_NAMES.map((name) => report(name, adapters)));
  return new DeviceList(devices, await listEager());
}

/** In the order in which `auto` looks; on hardware they are all faster than the CPU. */
const FAST: readonly DeviceName[] = ['cuda', 'webgpu', 'dml'];

/** @throws {Error} where the device isn't there, saying what to install. */
export async function reportOf(name: DeviceName): Promise<DeviceReport> {
  if (!DEVICE_NAMES.includes(name)) {
    throw new RangeError(
      `There is no device '${String(name)}': choose from ${DEVICE_NAMES.join(', ')}, or with device.use auto.`,
    );
  }
  const found = await report(name, name === 'cpu' ? [] : await graphicsAdapters());
  if (!found.available) throw new Error(`The device '${name}' can't be used. ${found.missing}`);
  return found;
}

async function choose(wanted: DeviceName | 'auto'): Promise<{ found: DeviceReport; reason: string }> {
  if (wanted !== 'auto') return { found: await reportOf(wanted), reason: 'asked for' };
  const adapters = await graphicsAdapters();
  const cpu = await report('cpu', adapters);
  if (adapters.length === 0) return { found: cpu, reason: 'no graphics adapter was found' };
  const missing: string[] = [];
  for (const name of FAST) {
    const found = await report(name, adapters);
    if (found.available && !found.software)
      return { found, reason: `the fastest that works on ${found.adapter}` };
    if (name === 'webgpu') missing.push(found.missing ?? `${name} would run in software.`);
  }
  return { found: cpu, reason: `${adapters[0]?.name} can't be used. ${missing.join(' ')}` };
}

export interface UseOptions {
  /** TensorFlow.js's backend for eager ops, where it isn't to be the fastest. */
  eager?: EagerName;
}

/**
 * Chooses what compiled functions run on from now on, and TensorFlow.js's best backend for eager ops. `'auto'` takes
 * CUDA where its provider is installed, else WebGPU, else DirectML, each on a hardware adapter only; else the CPU.
 *
 * @throws {Error} where the device that was asked for isn't there, saying what to install.
 */
export async function use(
  name: DeviceName | 'auto' = 'auto',
  options: UseOptions = {},
): Promise<DeviceChoice> {
  const { found, reason } = await choose(name);
  const eager = await useEager(options.eager);
  setCurrentDevice(found.name);
  return new DeviceChoice(found, reason, eager);
}

/** The device that compiled functions run on where they don't name one. */
export function current(): DeviceName {
  return currentDevice();
}

/**
 * A tensor on the device in use, without a copy in TensorFlow.js's eager backend: float32 of a Float32Array, int32 of an
 * Int32Array, bool of a Uint8Array. Where compiled functions run on the host it is `data` itself, which from then on
 * belongs to the tensor.
 *
 * @throws {RangeError} where `data` doesn't fill `shape`.
 */
export function put<R extends tf.Rank>(
  data: Float32Array | Int32Array | Uint8Array,
  shape: tf.ShapeMap[R],
): Promise<DeviceTensor<R>> {
  return placed(data, shape as readonly number[], currentDevice()) as Promise<DeviceTensor<R>>;
}

/** What is alive now. */
export function memory(): DeviceMemoryUse {
  const onDevice: Partial<Record<DeviceName, { tensors: number; bytes: number }>> = {};
  for (const stored of backend.allStored()) {
    if (!(stored instanceof DeviceMemory)) continue;
    const sum = onDevice[stored.device] ?? { tensors: 0, bytes: 0 };
    onDevice[stored.device] = { tensors: sum.tensors + 1, bytes: sum.bytes + stored.bytes };
  }
  const { numTensors, numBytes } = tf.memory();
  const deviceBytes = Object.values(onDevice).reduce((sum, { bytes }) => sum + bytes, 0);
  return new DeviceMemoryUse({
    tensors: numTensors,
    onDevice,
    eagerBytes: Math.max(0, numBytes - deviceBytes),
    reusableBytes: pooledBytes(),
  });
}
