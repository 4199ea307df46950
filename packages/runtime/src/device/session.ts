/** ONNX Runtime's sessions, one way for each device. */
import * as ort from 'onnxruntime-node';

/** Where compiled functions run. */
export type DeviceName = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

export const DEVICE_NAMES: readonly DeviceName[] = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'];

export interface SessionOptions {
  /** Threads within an operator; ONNX Runtime's choice, one for each physical core, where not given. */
  threads?: number;
  /** Outputs stay on the device, where it can keep them. */
  keepOutputs?: boolean;
  /** The numbers of constants that the model only names. */
  constants?: readonly { name: string; data: ArrayBufferView }[];
  /** Products of bytes are exact also where the processor's fastest way to them overflows. */
  exactBytes?: boolean;
  /** Path and beginning of the name of the file to which the time of each operator is written. */
  profileTo?: string;
}

/** Whether outputs can stay on the device; elsewhere they come back to the host. */
export function keepsTensors(device: DeviceName): boolean {
  return device === 'webgpu';
}

/**
 * Tells the notebook kernel that runs this, if one does, not to terminate JavaScript for now: ONNX Runtime's binding ends
 * the process where what it calls back was terminated.
 */
async function shielded<Result>(task: () => Promise<Result>): Promise<Result> {
  const native = (globalThis as { [NATIVE]?: Int32Array })[NATIVE];
  if (!native) return task();
  Atomics.store(native, 0, 1);
  while (Atomics.load(native, 1) !== 0) {
    Atomics.store(native, 0, 0);
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(native, 0, 1);
  }
  try {
    return await task();
  } finally {
    Atomics.store(native, 0, 0);
  }
}

const NATIVE: unique symbol = Symbol.for('quire.native') as never;

export async function createSession(
  model: Uint8Array,
  device: DeviceName,
  options: SessionOptions,
): Promise<ort.InferenceSession> {
  const session = await shielded(() => create(model, device, options));
  const run = session.run.bind(session) as (...args: unknown[]) => Promise<ort.InferenceSession.ReturnType>;
  return Object.assign(session, { run: (...args: unknown[]) => shielded(() => run(...args)) });
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

function create(
  model: Uint8Array,
  device: DeviceName,
  options: SessionOptions,
): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(model, {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    graphOptimizationLevel: 'all',
    // Errors are thrown; what ONNX Runtime would print besides helps nobody in a notebook.
    logSeverityLevel: 4,
    enableMemPattern: device !== 'dml',
    ...(options.keepOutputs && keepsTensors(device) ? { preferredOutputLocation: 'gpu-buffer' } : {}),
    ...(options.constants?.length
      ? { externalData: options.constants.map(({ name, data }) => ({ path: name, data: bytesOf(data) })) }
      : {}),
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(options.profileTo === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: options.profileTo }),
    extra: {
      session: { set_denormal_as_zero: '1', ...(options.exactBytes ? { x64quantprecision: '1' } : {}) },
    },
  });
}
