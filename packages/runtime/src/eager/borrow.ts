import * as tf from '../tf.ts';

/** Kernels that work on text, or on tensors that only their own backend can hold. */
const OWN = /^(String|Static|Ragged|Sparse(Fill|Reshape)|Complex|Real|Imag|FFT|IFFT|Draw)/;

type Kernel = Parameters<typeof tf.registerKernel>[0];

/** Kernels that `to` lacks run on `from`: their inputs are copied there, and their outputs back. */
export function borrowKernels(from: string, to: string): void {
  const has = new Set(tf.getKernelsForBackend(to).map(({ kernelName }) => kernelName));
  for (const kernel of tf.getKernelsForBackend(from)) {
    if (has.has(kernel.kernelName) || OWN.test(kernel.kernelName)) continue;
    tf.registerKernel({ ...kernel, backendName: to, kernelFunc: borrowed(kernel, from) });
  }
}

/** A kernel that runs on `from`, whatever backend it is registered for. */
export function borrowed(kernel: Kernel, from: string): Kernel['kernelFunc'] {
  return ({ inputs, attrs, backend }) => {
    const [lender, own] = [tf.findBackend(from), backend as tf.KernelBackend];
    const copies: tf.TensorInfo[] = [];
    const copied = (input: tf.TensorInfo | undefined): tf.TensorInfo | undefined => {
      if (input == null) return input;
      const { shape, dtype } = input;
      const copy = { dataId: lender.write(tf.engine().readSync(input.dataId), shape, dtype), shape, dtype };
      copies.push(copy);
      return copy;
    };
    const entries = Object.entries(inputs).map(([name, input]) => [name, copied(input as tf.TensorInfo)]);
    const moved = Array.isArray(inputs) ? entries.map(([, input]) => input) : Object.fromEntries(entries);
    const result = kernel.kernelFunc({
      inputs: moved as tf.NamedTensorInfoMap,
      backend: lender,
      ...(attrs ? { attrs } : {}),
    });
    const outputs = Array.isArray(result) ? result : [result];
    const returned = outputs.map(({ dataId, shape, dtype }) => {
      const values = lender.readSync(dataId);
      return { dataId: own.write(values, shape, dtype), shape, dtype };
    });
    for (const { dataId } of [...outputs, ...copies]) lender.disposeData(dataId);
    return Array.isArray(result) ? returned : (returned[0] as tf.TensorInfo);
  };
}
