/** Where kernels of TensorFlow's engine write memory that isn't theirs, give wrong numbers, or refuse a dtype. */
import * as tf from '../tf.ts';
import { borrowed } from './borrow.ts';
import { BACKEND, type Call, free, type Kernel, run } from './tensorflow-kernels.ts';

type Shape4D = [number, number, number, number];

/** With an input of this dtype these run on the backend in plain JavaScript. */
const BORROWED: Readonly<Record<string, tf.DataType>> = {
  // Frees its input.
  Exp: 'int32',
  // Gives zeros.
  Round: 'int32',
  // TensorFlow has none of these for booleans.
  Cumprod: 'bool',
  Cumsum: 'bool',
  Greater: 'bool',
  GreaterEqual: 'bool',
  Less: 'bool',
  LessEqual: 'bool',
  Multiply: 'bool',
};

/** Registers these kernels anew, before others are made of them. */
export function mendTensorflow(): void {
  replace('Conv2DBackpropFilter', filterGradient);
  for (const [name, dtype] of Object.entries(BORROWED)) {
    const instead = borrowed(tf.getKernel(name, 'cpu') as Kernel, 'cpu');
    replace(name, ({ kernelFunc }) => (call) => {
      const inputs = Object.values(call.inputs) as tf.TensorInfo[];
      return (inputs.some((input) => input.dtype === dtype) ? instead : kernelFunc)(call);
    });
  }
}

function replace(name: string, by: (kernel: Kernel) => Kernel['kernelFunc']): void {
  const kernel = tf.getKernel(name, BACKEND) as Kernel;
  tf.unregisterKernel(name, BACKEND);
  tf.registerKernel({ ...kernel, kernelFunc: by(kernel) });
}

/**
 * Of a filter of one pixel with strides, oneDNN's gradient packs the pixels that are met into a workspace that is too
 * small for fewer channels than a vector has numbers, and writes behind it
 * (https://github.com/uxlfoundation/oneDNN/issues/6035). Here the pixels are taken first, and the stride is 1.
 */
function filterGradient(kernel: Kernel): Kernel['kernelFunc'] {
  return (call) => {
    const { attrs = {}, backend } = call;
    const [height, width] = attrs.filterShape as Shape4D;
    const [down, right] = [attrs.strides as number | [number, number]].flat() as [number, number?];
    const strides = [down, right ?? down];
    const isSafe = height !== 1 || width !== 1 || strides.every((stride) => stride === 1);
    if (isSafe) return kernel.kernelFunc(call);
    const { x, dy } = call.inputs as Record<'x' | 'dy', tf.TensorInfo>;
    const met = run(
      'StridedSlice',
      backend,
      { x },
      {
        begin: [0, 0, 0, 0],
        end: x.shape,
        strides: attrs.dataFormat === 'NCHW' ? [1, 1, ...strides] : [1, ...strides, 1],
        ...{ beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 },
      },
    );
    const inputs = { x: met, dy } as Call['inputs'];
    const gradient = kernel.kernelFunc({ inputs, backend, attrs: { ...attrs, strides: 1 } });
    free(met, backend);
    return gradient;
  };
}
