/**
 * Where kernels of TensorFlow.js's WebAssembly backend (4.22) give wrong numbers, read memory that isn't theirs, or
 * refuse a dtype: those calls run on its backend in plain JavaScript.
 */
import * as tf from '../tf.ts';
import { borrowed } from './borrow.ts';

type Kernel = Parameters<typeof tf.registerKernel>[0];

interface Call {
  inputs: Readonly<Record<string, tf.TensorInfo>>;
  attributes: Readonly<Record<string, unknown>>;
}

const always = (): boolean => true;

function isNot(input: string, dtype: tf.DataType): (call: Call) => boolean {
  return ({ inputs }) => inputs[input]?.dtype !== dtype;
}

/** A filter that isn't square, with padding by numbers or a stride that steps over it. */
function uneven({ inputs, attributes: { strides, pad } }: Call): boolean {
  const [height = 1, width = 1] = inputs.filter?.shape ?? [];
  const stride = Math.max(...[strides as number | number[]].flat());
  return height !== width && (typeof pad === 'number' || stride > Math.min(height, width));
}

const WRONG: Readonly<Record<string, (call: Call) => boolean>> = {
  BatchMatMul: isNot('a', 'float32'),
  Cast: ({ attributes: { dtype } }) => dtype === 'bool',
  ClipByValue: isNot('x', 'float32'),
  Conv2D: uneven,
  Cumsum: ({ inputs }) => inputs.x?.dtype === 'bool',
  DepthwiseConv2dNative: uneven,
  // Gives floats, where the other backends give int32.
  FloorDiv: always,
  FusedConv2D: uneven,
  FusedDepthwiseConv2D: uneven,
  GatherV2: ({ attributes: { batchDims } }) => batchDims !== 0,
  // Windows without a positive number get no gradient.
  MaxPoolGrad: always,
  OneHot: ({ attributes: { onValue, offValue } }) => onValue !== 1 || offValue !== 0,
  ResizeNearestNeighbor: isNot('images', 'float32'),
  Reverse: ({ inputs }) => inputs.x?.dtype === 'bool',
  Select: ({ inputs }) => inputs.t?.dtype === 'bool',
};

/** Registers these kernels anew; the backend must have been started. */
export function mendKernels(): void {
  for (const [name, wrong] of Object.entries(WRONG)) {
    const [own, plain] = [tf.getKernel(name, 'wasm') as Kernel, tf.getKernel(name, 'cpu') as Kernel];
    const instead = borrowed(plain, 'cpu');
    tf.unregisterKernel(name, 'wasm');
    tf.registerKernel({
      ...own,
      kernelFunc: (call) => {
        const { inputs, attrs } = call;
        const isWrong = wrong({ inputs: inputs as Call['inputs'], attributes: { ...attrs } });
        return (isWrong ? instead : own.kernelFunc)(call);
      },
    });
  }
}
