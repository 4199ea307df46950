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
  /** Path and beginning of the name of the file to which the time of each operator is written. */
  profileTo?: string;
}

/** Whether outputs can stay on the device; elsewhere they come back to the host. */
export function keepsTensors(device: DeviceName): boolean {
  return device === 'webgpu';
}

export function createSession(
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
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(options.profileTo === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: options.profileTo }),
    extra: { session: { set_denormal_as_zero: '1' } },
  });
}
