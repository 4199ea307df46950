/** Sessions of `onnxruntime-node`, on any device. */
import { MessageChannel } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import {
  configOf,
  type DeviceName,
  type Fetches,
  keepsTensors,
  type Results,
  type Session,
  type SessionOptions,
  type Tensors,
} from './session.ts';

export async function bindingSession(
  model: Uint8Array,
  device: DeviceName,
  options: SessionOptions,
): Promise<Session> {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    graphOptimizationLevel: 'all',
    // Errors are thrown; what ONNX Runtime would print besides helps nobody in a notebook.
    logSeverityLevel: 4,
    enableMemPattern: device !== 'dml',
    ...(options.keepOutputs && keepsTensors(device) ? { preferredOutputLocation: 'gpu-buffer' } : {}),
    ...(options.constants?.length
      ? { externalData: options.constants.map(({ name, tensor }) => ({ path: name, data: bytesOf(tensor) })) }
      : {}),
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    ...(options.profileTo === undefined
      ? {}
      : { enableProfiling: true, profileFilePrefix: options.profileTo }),
    extra: { session: configOf(options) },
  });
  return {
    run: async (feeds, fetches) => {
      const returned = await session.run(feeds, fetches);
      const results = Object.entries(fetches).map(([name, tensor]) => [name, tensor ?? returned[name]]);
      freeCopies(returned, fetches);
      return Object.fromEntries(results) as Results;
    },
    endProfiling: () => session.endProfiling(),
    release: () => session.release(),
  };
}

function bytesOf({ data }: ort.Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = data as Float32Array<ArrayBuffer>;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What is sent into a channel that is closed is freed at once. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Frees the copies that the binding returns of tensors that it was given to fill. Left to the garbage collector they would
 * make it run after every few steps, on the cores that the next step needs.
 */
function freeCopies(returned: Tensors, fetches: Fetches): void {
  const copies = Object.entries(returned).flatMap(([name, tensor]) => {
    const wanted = fetches[name];
    return wanted && bufferOf(tensor) !== bufferOf(wanted) ? [bufferOf(tensor)] : [];
  });
  nowhere.postMessage(undefined, copies);
}

const bufferOf = ({ data }: ort.Tensor): ArrayBuffer => (data as Float32Array<ArrayBuffer>).buffer;
