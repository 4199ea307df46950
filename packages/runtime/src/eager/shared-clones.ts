import * as tf from '../tf.ts';
import { backend } from '../trace/backend.ts';

const sharing = new Set<string>();

/**
 * Lets `clone` of what a compiled function returned share its memory, on whatever device it is, as clones of eager
 * tensors do. Else TensorFlow.js would move the numbers to its own backend.
 */
export function shareClones(backendName: string): void {
  const kernel = tf.getKernel('Identity', backendName);
  if (!kernel || sharing.has(backendName)) return;
  sharing.add(backendName);
  tf.unregisterKernel('Identity', backendName);
  tf.registerKernel({
    ...kernel,
    kernelFunc: (call) => {
      const { dataId, shape, dtype } = call.inputs.x as tf.TensorInfo;
      if (!backend.stored(dataId)) return kernel.kernelFunc(call);
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}
