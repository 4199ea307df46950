/** What a session of ONNX Runtime is, and where it runs. */
import type * as ort from 'onnxruntime-node';

/** Where compiled functions run. */
export type DeviceName = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

export const DEVICE_NAMES: readonly DeviceName[] = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'];

export interface SessionOptions {
  /** Threads within an operator; ONNX Runtime's choice, one for each physical core, where not given. */
  threads?: number;
  /** Outputs stay on the device, where it can keep them. */
  keepOutputs?: boolean;
  /** The numbers of constants that the model only names. */
  constants?: readonly { name: string; tensor: ort.Tensor }[];
  /** Products of bytes are exact also where the processor's fastest way to them overflows. */
  exactBytes?: boolean;
  /** Path and beginning of the name of the file to which the time of each operator is written. */
  profileTo?: string;
}

export type Tensors = Readonly<Record<string, ort.Tensor>>;
/** Tensors to fill, or null for what stays on the device, or comes from there in memory of its own. */
export type Fetches = Readonly<Record<string, ort.Tensor | null>>;
export type Results = Tensors;

/** A model that ONNX Runtime has loaded. */
export interface Session {
  /** What comes back are `fetches`, with tensors in place of nulls, which sessions on the processor don't take. */
  run(feeds: Tensors, fetches: Fetches): Promise<Results>;
  endProfiling(): void;
  release(): Promise<void>;
}

/** Whether outputs can stay on the device; elsewhere they come back to the host. */
export function keepsTensors(device: DeviceName): boolean {
  return device === 'webgpu';
}

/** Settings of a session by their names in ONNX Runtime. */
export function configOf({ exactBytes }: SessionOptions): Record<string, string> {
  return {
    set_denormal_as_zero: '1',
    // Between runs the cores are for whoever else needs them: another session, or a batch that is being loaded.
    force_spinning_stop: '1',
    ...(exactBytes ? { x64quantprecision: '1' } : {}),
  };
}
