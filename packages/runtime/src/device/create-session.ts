/** Loads a model for a device, in the way that suits the device. */
import { bindingSession } from './binding.ts';
import { nativeSession } from './native.ts';
import type { DeviceName, Session, SessionOptions } from './session.ts';

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
): Promise<Session> {
  const session = await shielded(() => create(model, device, options));
  return {
    run: (feeds, fetches) => shielded(() => session.run(feeds, fetches)),
    endProfiling: () => session.endProfiling(),
    release: () => session.release(),
  };
}

async function create(model: Uint8Array, device: DeviceName, options: SessionOptions): Promise<Session> {
  const native = device === 'cpu' ? nativeSession(model, options) : undefined;
  return native ?? bindingSession(model, device, options);
}
