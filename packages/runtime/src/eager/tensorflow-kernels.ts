/** TensorFlow's kernels, called from a kernel that is made of them. */
import * as tf from '../tf.ts';

export type Kernel = Parameters<typeof tf.registerKernel>[0];
export type Call = Parameters<Kernel['kernelFunc']>[0];

export const BACKEND = 'tensorflow';

/** @returns what a kernel of this backend with one output gives; the caller frees it. */
export function run(
  name: string,
  backend: unknown,
  inputs: Record<string, tf.TensorInfo>,
  attrs: object,
): tf.TensorInfo {
  const kernel = tf.getKernel(name, BACKEND) as Kernel;
  return kernel.kernelFunc({
    inputs: inputs as Call['inputs'],
    backend,
    attrs: attrs as never,
  } as Call) as tf.TensorInfo;
}

export function free(made: tf.TensorInfo, backend: unknown): void {
  if (made instanceof tf.Tensor) made.dispose();
  else (backend as tf.KernelBackend).disposeData(made.dataId);
}
