/** Gradients of convolutions and of `gather` over plain arrays: what the WebAssembly backend lacks for training. */
import * as tf from '../tf.ts';

type Kernel = Omit<Parameters<typeof tf.registerKernel>[0], 'backendName'>;
type Info = tf.backend_util.Conv2DInfo;
type Attributes = Readonly<Record<string, unknown>>;

interface Call {
  floats: (name: string) => Float32Array;
  shape: (name: string) => number[];
  attributes: Attributes;
}

interface Result {
  values: Float32Array;
  shape: number[];
}

/** A kernel from float32 (and int32 indices) to float32. */
function kernel(kernelName: string, compute: (call: Call) => Result): Kernel {
  return {
    kernelName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const own = backend as tf.KernelBackend;
      const input = (name: string): tf.TensorInfo => inputs[name] as tf.TensorInfo;
      const { values, shape } = compute({
        floats: (name) => own.readSync(input(name).dataId) as Float32Array,
        shape: (name) => input(name).shape,
        attributes: (attrs ?? {}) as Attributes,
      });
      return { dataId: own.write(values, shape, 'float32'), shape, dtype: 'float32' };
    },
  };
}

function infoOf(xShape: number[], filterShape: number[], attributes: Attributes, depthwise: boolean): Info {
  const { strides, pad, dilations, dimRoundingMode, dataFormat } = attributes;
  if (dataFormat === 'NCHW') throw new Error('Convolutions of NCHW have no gradient here: use NHWC.');
  return tf.backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides as number,
    (dilations as number | undefined) ?? 1,
    pad as 'same',
    dimRoundingMode as 'floor',
    depthwise,
  );
}

/**
 * Calls `visit` for each element of the filter and each position of the output that see an element of the picture,
 * with the offsets of the first channel in each.
 */
function forEachTap(info: Info, visit: (at: { x: number; dy: number; tap: number }) => void): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, dilationHeight, dilationWidth, strideHeight, strideWidth, padInfo } =
    info;
  const at = { x: 0, dy: 0, tap: 0 };
  for (let b = 0; b < batchSize; b++) {
    for (let row = 0; row < outHeight; row++) {
      for (let fRow = 0; fRow < filterHeight; fRow++) {
        const y = row * strideHeight - padInfo.top + fRow * dilationHeight;
        if (y < 0 || y >= inHeight) continue;
        for (let column = 0; column < outWidth; column++) {
          at.dy = ((b * outHeight + row) * outWidth + column) * outChannels;
          for (let fColumn = 0; fColumn < filterWidth; fColumn++) {
            const x = column * strideWidth - padInfo.left + fColumn * dilationWidth;
            if (x < 0 || x >= inWidth) continue;
            at.x = ((b * inHeight + y) * inWidth + x) * inChannels;
            at.tap = fRow * filterWidth + fColumn;
            visit(at);
          }
        }
      }
    }
  }
}

export const trainingKernels: readonly Kernel[] = [
  {
    kernelName: 'UnsortedSegmentSum',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const own = backend as tf.KernelBackend;
      const [x, ids] = [inputs.x as tf.TensorInfo, inputs.segmentIds as tf.TensorInfo];
      const segments = (attrs as unknown as { numSegments: number }).numSegments;
      const [from, at] = [own.readSync(x.dataId) as Float32Array, own.readSync(ids.dataId) as Int32Array];
      const shape = [segments, ...x.shape.slice(ids.shape.length)];
      const width = tf.util.sizeFromShape(shape.slice(1));
      const sums =
        x.dtype === 'int32' ? new Int32Array(segments * width) : new Float32Array(segments * width);
      for (let i = 0; i < at.length; i++) {
        const segment = at[i] as number;
        if (segment < 0 || segment >= segments) continue;
        for (let j = 0; j < width; j++) {
          const to = segment * width + j;
          sums[to] = (sums[to] as number) + (from[i * width + j] as number);
        }
      }
      return { dataId: own.write(sums, shape, x.dtype), shape, dtype: x.dtype };
    },
  },
  kernel('Conv2DBackpropFilter', ({ floats, shape, attributes }) => {
    const filterShape = attributes.filterShape as number[];
    const info = infoOf(shape('x'), filterShape, attributes, false);
    const [x, dy] = [floats('x'), floats('dy')];
    const { inChannels, outChannels } = info;
    const sums = new Float32Array(tf.util.sizeFromShape(filterShape));
    forEachTap(info, (at) => {
      let to = at.tap * inChannels * outChannels;
      for (let i = 0; i < inChannels; i++) {
        const value = x[at.x + i] as number;
        for (let o = 0; o < outChannels; o++, to++) {
          sums[to] = (sums[to] as number) + value * (dy[at.dy + o] as number);
        }
      }
    });
    return { values: sums, shape: filterShape };
  }),
  kernel('DepthwiseConv2dNativeBackpropFilter', ({ floats, shape, attributes }) => {
    const filterShape = attributes.filterShape as number[];
    const info = infoOf(shape('x'), filterShape, attributes, true);
    const [x, dy] = [floats('x'), floats('dy')];
    const { inChannels, outChannels } = info;
    const multiplier = outChannels / inChannels;
    const sums = new Float32Array(tf.util.sizeFromShape(filterShape));
    forEachTap(info, (at) => {
      const to = at.tap * outChannels;
      for (let o = 0; o < outChannels; o++) {
        const value = x[at.x + Math.floor(o / multiplier)] as number;
        sums[to + o] = (sums[to + o] as number) + value * (dy[at.dy + o] as number);
      }
    });
    return { values: sums, shape: filterShape };
  }),
  kernel('DepthwiseConv2dNativeBackpropInput', ({ floats, shape, attributes }) => {
    const inputShape = attributes.inputShape as number[];
    const info = infoOf(inputShape, shape('filter'), attributes, true);
    const [filter, dy] = [floats('filter'), floats('dy')];
    const { inChannels, outChannels } = info;
    const multiplier = outChannels / inChannels;
    const sums = new Float32Array(tf.util.sizeFromShape(inputShape));
    forEachTap(info, (at) => {
      const from = at.tap * outChannels;
      for (let o = 0; o < outChannels; o++) {
        const to = at.x + Math.floor(o / multiplier);
        sums[to] = (sums[to] as number) + (filter[from + o] as number) * (dy[at.dy + o] as number);
      }
    });
    return { values: sums, shape: inputShape };
  }),
];
