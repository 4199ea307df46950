/** Padding given as numbers, for TensorFlow's engine, whose convolutions and pooling know only `'same'` and `'valid'`. */
import * as tf from '../tf.ts';
import { borrowed } from './borrow.ts';
import { BACKEND, type Call, free, type Kernel, run } from './tensorflow-kernels.ts';

type Shape4D = [number, number, number, number];

/** How the padding of a kernel is made part of its picture. */
interface Padded {
  /** The input that is the picture; where there is none, its shape is the attribute `inputShape`. */
  picture?: string;
  /** Where the filter's shape is: an input, or an attribute. Pooling has `filterSize`. */
  filter?: string;
  depthwise?: boolean;
  /** What is beyond the picture: 0 where not given. */
  beyond?: number;
  /** The result is a gradient by the picture, whose edges fall away. */
  cropped?: boolean;
}

const PADDED: Record<string, Padded> = {
  Conv2D: { picture: 'x', filter: 'filter' },
  Conv2DBackpropInput: { filter: 'filter', cropped: true },
  Conv2DBackpropFilter: { picture: 'x', filter: 'filterShape' },
  DepthwiseConv2dNative: { picture: 'x', filter: 'filter', depthwise: true },
  DepthwiseConv2dNativeBackpropInput: { filter: 'filter', depthwise: true, cropped: true },
  DepthwiseConv2dNativeBackpropFilter: { picture: 'x', filter: 'filterShape', depthwise: true },
  MaxPool: { picture: 'x', beyond: -Infinity },
  MaxPoolGrad: { picture: 'input', beyond: -Infinity, cropped: true },
};

/** Their means leave out what is beyond the picture, so that it can't be made part of it. */
const BORROWED = ['AvgPool', 'AvgPoolGrad'];

/** Registers these kernels of TensorFlow's engine anew, so that they take numbers for padding. */
export function registerExplicitPadding(): void {
  const all = new Map(tf.getKernelsForBackend(BACKEND).map((kernel) => [kernel.kernelName, kernel]));
  const replace = (name: string, forNumbers: (kernel: Kernel) => Kernel['kernelFunc']): void => {
    const kernel = all.get(name);
    if (!kernel) return;
    const withNumbers = forNumbers(kernel);
    tf.unregisterKernel(name, BACKEND);
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) =>
        typeof call.attrs?.pad === 'string' ? kernel.kernelFunc(call) : withNumbers(call),
    });
  };
  for (const [name, how] of Object.entries(PADDED)) replace(name, (kernel) => padded(kernel, how));
  for (const name of BORROWED) {
    replace(name, () => borrowed(tf.getKernel(name, 'cpu') as Kernel, 'cpu'));
  }
}

function padded(kernel: Kernel, how: Padded): Kernel['kernelFunc'] {
  return (call) => {
    const { attrs = {}, backend } = call;
    const inputs = call.inputs as Record<string, tf.TensorInfo>;
    const shape = (how.picture ? inputs[how.picture]?.shape : attrs.inputShape) as Shape4D;
    const { top, bottom, left, right } = paddingOf(shape, how, call);
    const wide = [shape[0], shape[1] + top + bottom, shape[2] + left + right, shape[3]];
    let moved = inputs;
    let picture: tf.TensorInfo | undefined;
    if (how.picture) {
      picture = run(
        'PadV2',
        backend,
        { x: inputs[how.picture] as tf.TensorInfo },
        {
          paddings: [[0, 0], [top, bottom], [left, right], [0, 0]], // biome-ignore format: one line
          constantValue: how.beyond ?? 0,
        },
      );
      moved = { ...inputs, [how.picture]: picture };
    }
    const result = kernel.kernelFunc({
      inputs: moved as Call['inputs'],
      backend,
      attrs: { ...attrs, pad: 'valid', ...(how.picture ? {} : { inputShape: wide }) },
    }) as tf.TensorInfo;
    if (picture) free(picture, backend);
    if (!how.cropped) return result;
    const cropped = run('Slice', backend, { x: result }, { begin: [0, top, left, 0], size: shape });
    free(result, backend);
    return cropped;
  };
}

function paddingOf(shape: Shape4D, how: Padded, { inputs, attrs = {} }: Call) {
  const { strides, dilations, pad, dimRoundingMode, filterSize } = attrs;
  if (attrs.dataFormat === 'NCHW') throw new Error('Padding by numbers needs the data format NHWC.');
  const rounding = dimRoundingMode as 'floor' | undefined;
  if (how.filter === undefined) {
    return tf.backend_util.computePool2DInfo(
      shape,
      filterSize as number,
      strides as number,
      1,
      pad as number,
      rounding,
    ).padInfo;
  }
  const filter = ((inputs as Record<string, tf.TensorInfo>)[how.filter]?.shape ??
    attrs[how.filter]) as Shape4D;
  return tf.backend_util.computeConv2DInfo(
    shape,
    filter,
    strides as number,
    (dilations as number | undefined) ?? 1,
    pad as number,
    rounding,
    how.depthwise,
  ).padInfo;
}
