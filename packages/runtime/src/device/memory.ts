/** Tensors that stay where they were computed, and the host buffers that they use again and again. */
import * as ort from 'onnxruntime-node';
import { Graph } from '../graph/graph.ts';
import { writeModel } from '../graph/onnx.ts';
import { bytesOf, type DType, sizeOf } from '../graph/values.ts';
import { inTurn } from '../jit/turns.ts';
import * as tf from '../tf.ts';
import { backend, type Stored } from '../trace/backend.ts';
import { createSession } from './create-session.ts';
import { type DeviceName, keepsTensors, type Session } from './session.ts';

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;
export type TensorDType = keyof typeof ARRAYS;
type HostArray = Float32Array | Int32Array | Uint8Array;

/** Free buffers by their size in bytes: at most as many bytes as are in use, and no less than this. */
const LEAST_POOLED = 256 * 2 ** 20;
const pool = new Map<number, ArrayBuffer[]>();
let pooled = 0;
let inUse = 0;

function takeBuffer(bytes: number): ArrayBuffer {
  const free = pool.get(bytes)?.pop();
  if (free) pooled -= bytes;
  return free ?? new ArrayBuffer(bytes);
}

function giveBuffer(buffer: ArrayBuffer): void {
  const bytes = buffer.byteLength;
  if (bytes === 0 || pooled + bytes > Math.max(LEAST_POOLED, inUse)) return;
  const list = pool.get(bytes);
  if (list) list.push(buffer);
  else pool.set(bytes, [buffer]);
  pooled += bytes;
}

/** Bytes of free buffers that wait for the next outputs. */
export function pooledBytes(): number {
  return pooled;
}

/** What one output of a compiled function is, on whichever device it lies. */
export class DeviceMemory implements Stored {
  readonly device: DeviceName;
  readonly tensor: ort.Tensor;
  readonly shape: readonly number[];
  readonly dtype: TensorDType;
  readonly bytes: number;
  #handedOver = false;

  constructor(device: DeviceName, tensor: ort.Tensor, shape: readonly number[], dtype: TensorDType) {
    this.device = device;
    this.tensor = tensor;
    this.shape = shape;
    this.dtype = dtype;
    this.bytes = bytesOf({ shape, dtype });
    inUse += this.bytes;
  }

  get onHost(): boolean {
    return this.tensor.location === 'cpu';
  }

  /** The numbers themselves, not a copy: only for use before the next run. */
  peek(): HostArray {
    return this.tensor.data as HostArray;
  }

  readSync(): tf.BackendValues {
    if (this.onHost) return this.peek().slice();
    throw new Error(
      `This tensor ([${this.shape}] ${this.dtype}) is on '${this.device}', where reading has to be waited for: use await tensor.data(), or await tensor.toTensor() for eager ops.`,
    );
  }

  async read(): Promise<tf.BackendValues> {
    if (this.onHost) return this.readSync();
    return download(this);
  }

  /** From now on the tensor belongs to whoever called this, and isn't freed with this. */
  handOver(): void {
    this.#handedOver = true;
  }

  release(): void {
    inUse -= this.bytes;
    if (this.#handedOver) return;
    if (this.onHost) giveBuffer(this.peek().buffer as ArrayBuffer);
    else this.tensor.dispose();
  }
}

/** A tensor on the host with room for `shape`, uninitialized. */
export function hostTensor(dtype: TensorDType, shape: readonly number[]): ort.Tensor {
  const buffer = takeBuffer(bytesOf({ shape, dtype }));
  return new ort.Tensor(dtype, new ARRAYS[dtype](buffer) as never, [...shape]);
}

/** Copies a device's tensor to the host. */
async function download({ device, tensor, shape, dtype }: DeviceMemory): Promise<tf.BackendValues> {
  const copy = await copied(tensor, { device, shape, dtype, keepOutputs: false });
  return copy.data as HostArray;
}

interface Copying {
  device: DeviceName;
  shape: readonly number[];
  dtype: TensorDType;
  /** Whether the copy is on the device; else it is on the host. */
  keepOutputs: boolean;
}

const copiers = new Map<string, Session>();

/** A copy between host and device, by a model that returns what it is given. */
async function copied(
  tensor: ort.Tensor,
  { device, shape, dtype, keepOutputs }: Copying,
): Promise<ort.Tensor> {
  const key = `${device}:${dtype}[${shape}]:${keepOutputs}`;
  let session = copiers.get(key);
  if (!session) {
    const graph = new Graph();
    const input = graph.input('x', shape, dtype as DType);
    const { bytes } = writeModel(graph, [input], { dialect: 'onnx' });
    session = await createSession(bytes, device, { keepOutputs });
    copiers.set(key, session);
  }
  const { y0 } = await session.run({ x: tensor }, { y0: null });
  return y0 as ort.Tensor;
}

/** Numbers that were passed in before, with copies by device and shape of those that were passed in twice. */
const passedIn = new WeakMap<tf.DataId, Map<string, ort.Tensor>>();

/**
 * An eager tensor as ONNX Runtime takes it. What is passed in again and again, as parameters are, is copied to the device
 * once; the copy goes when TensorFlow.js lets go of the numbers.
 */
export async function feedOfEager(tensor: tf.Tensor, device: DeviceName): Promise<ort.Tensor> {
  const { shape, dtype } = tensor;
  const key = `${device}[${shape}]`;
  const known = passedIn.get(tensor.dataId);
  const earlier = known?.get(key);
  if (earlier) return earlier;
  const data = tf.engine().readSync(tensor.dataId) as Float32Array;
  const onHost = new ort.Tensor(dtype as 'float32', data, shape);
  if (!known) {
    passedIn.set(tensor.dataId, new Map());
    return onHost;
  }
  const feed = keepsTensors(device)
    ? await copied(onHost, { device, shape, dtype: dtype as TensorDType, keepOutputs: true })
    : onHost;
  known.set(key, feed);
  return feed;
}

/** A tensor that a compiled function returned. It stays on the device until it is read. */
export class DeviceTensor<R extends tf.Rank = tf.Rank> extends tf.Tensor<R> {
  /** TensorFlow.js's own, which would be inherited, takes any tensor for an instance. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(DeviceTensor, value);
  }

  /** The device that it is on, or `'eager'` once an eager op has taken it over. */
  get device(): DeviceName | 'eager' {
    return memoryOf(this)?.device ?? 'eager';
  }

  /** A copy on TensorFlow.js's eager backend, for any op; dispose both when done. */
  async toTensor(): Promise<tf.Tensor<R>> {
    const values = await this.data();
    return tf.tensor(values as never, this.shape as never, this.dtype) as tf.Tensor<R>;
  }
}

/** The device's memory behind a tensor that a compiled function returned; undefined for any other tensor. */
export function memoryOf(tensor: tf.Tensor): DeviceMemory | undefined {
  const stored = backend.stored(tensor.dataId);
  return stored instanceof DeviceMemory ? stored : undefined;
}

/** The tensor of what lies on a device. */
export function deviceTensor(memory: DeviceMemory): DeviceTensor {
  const engine = tf.engine();
  // Tensors are numbered by the engine, in a method that its types keep to itself.
  const { nextTensorId } = engine as unknown as { nextTensorId(): number };
  const id = nextTensorId.call(engine);
  const tensor = new DeviceTensor([...memory.shape] as never, memory.dtype, backend.store(memory), id);
  engine.trackTensor(tensor, backend);
  return tensor;
}

/**
 * A tensor of `data`'s numbers on `device`: float32 of a Float32Array, int32 of an Int32Array, bool of a Uint8Array. On
 * the host it is `data` itself, which from then on belongs to the tensor, unless it is a part of a larger buffer.
 *
 * @throws {RangeError} where `data` doesn't fill `shape`.
 */
export async function placed(
  data: HostArray,
  shape: readonly number[],
  device: DeviceName,
): Promise<DeviceTensor> {
  const size = sizeOf(shape);
  if (data.length !== size) {
    throw new RangeError(`${data.length} numbers don't fill the shape [${shape}], which has ${size}.`);
  }
  const dtype: TensorDType =
    data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool';
  const whole = data.byteLength === data.buffer.byteLength && data.buffer instanceof ArrayBuffer;
  const onHost = new ort.Tensor(dtype, (whole ? data : data.slice()) as never, [...shape]);
  const tensor = keepsTensors(device)
    ? await inTurn(() => copied(onHost, { device, shape, dtype, keepOutputs: true }))
    : onHost;
  return deviceTensor(new DeviceMemory(keepsTensors(device) ? device : 'cpu', tensor, shape, dtype));
}
