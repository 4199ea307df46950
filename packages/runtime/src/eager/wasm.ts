/** TensorFlow.js's WebAssembly backend, with the kernels that training needs and that it lacks. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '../tf.ts';
import { borrowKernels } from './borrow.ts';
import { trainingKernels } from './training-kernels.ts';

let loading: Promise<string> | undefined;

/** Registers the backend `wasm` once; answers the package's version. */
export function loadWasm(): Promise<string> {
  loading ??= load();
  return loading;
}

async function load(): Promise<string> {
  const { setWasmPaths, version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(main), '/'));
  const previous = tf.getBackend();
  if (!(await tf.setBackend('wasm'))) throw new Error('WebAssembly modules can’t be compiled here.');
  tf.setBackend(previous);
  for (const kernel of trainingKernels) tf.registerKernel({ ...kernel, backendName: 'wasm' });
  borrowKernels('cpu', 'wasm');
  return version_wasm;
}
