/** TensorFlow.js's WebAssembly backend, with the kernels that training needs and that it lacks. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '../tf.ts';
import { borrowKernels } from './borrow.ts';
import { trainingKernels } from './training-kernels.ts';
import { mendKernels } from './wasm-mended.ts';

let loaded: string | undefined;

/** Registers the backend `wasm` once; answers the package's version. */
export async function loadWasm(): Promise<string> {
  loaded ??= await load();
  return loaded;
}

async function load(): Promise<string> {
  const { setWasmPaths, version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(main), '/'));
  const previous = tf.getBackend();
  const works = await withoutNewListeners(() => tf.setBackend('wasm'));
  if (!works) throw new Error('WebAssembly modules can’t be compiled here.');
  tf.setBackend(previous);
  for (const kernel of trainingKernels) tf.registerKernel({ ...kernel, backendName: 'wasm' });
  borrowKernels('cpu', 'wasm');
  mendKernels();
  return version_wasm;
}

/**
 * Emscripten's start-up code rethrows whatever any other code left uncaught, which ends the process past handlers that
 * would have dealt with it.
 */
async function withoutNewListeners<Result>(task: () => Promise<Result>): Promise<Result> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = new Set(events.flatMap((event) => process.rawListeners(event)));
  const result = await task();
  for (const event of events) {
    for (const listener of process.rawListeners(event)) {
      if (!before.has(listener)) process.removeListener(event, listener as () => void);
    }
  }
  return result;
}
