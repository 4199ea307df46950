/** Tensors that stay where they were computed, and the host buffers that they use again and again. */
import * as ort from 'onnxruntime-node';
import { Graph } from '../graph/graph.ts';
import { writeModel } from '../graph/onnx.ts';
import { bytesOf, type DType } from '../graph/values.ts';
import * as tf from '../tf.ts';
import { backend, type Stored } from '../trace/backend.ts';
import { createSession, type DeviceName } from './session.ts';

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

  release(): void {
    inUse -= this.bytes;
    if (this.onHost) giveBuffer(this.peek().buffer as ArrayBuffer);
    else this.tensor.dispose();
  }
}

/** A tensor on the host with room for `shape`, uninitialized. */
export function hostTensor(dtype: TensorDType, shape: readonly number[]): ort.Tensor {
  const buffer = takeBuffer(bytesOf({ shape, dtype }));
  return new ort.Tensor(dtype, new ARRAYS[dtype](buffer) as never, [...shape]);
}

const downloaders = new Map<string, Promise<ort.InferenceSession>>();

/** Copies a device's tensor to the host by a model that returns what it is given. */
async function download({ device, tensor, shape, dtype }: DeviceMemory): Promise<tf.BackendValues> {
  const key = `${device}:${dtype}[${shape}]`;
  let session = downloaders.get(key);
  if (!session) {
    const graph = new Graph();
    const input = graph.input('x', shape, dtype as DType);
    session = createSession(writeModel(graph, [input], { dialect: 'onnx' }).bytes, device, {});
    downloaders.set(key, session);
  }
  const { y0 } = await (await session).run({ x: tensor });
  return (y0 as ort.Tensor).data as HostArray;
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
