/** The gradient of average pooling, which divides by as many elements as the average was taken of. */
import * as tf from '../tf.ts';
import type { Gradient } from './register.ts';

/** How many elements of the picture lie below the window at each position along one axis. */
function covered(
  out: number,
  stride: number,
  window: { size: number; before: number; input: number },
): number[] {
  return Array.from({ length: out }, (_, i) => {
    const start = i * stride - window.before;
    return Math.min(start + window.size, window.input) - Math.max(start, 0);
  });
}

export const pooling: Record<string, Gradient> = {
  AvgPool: {
    inputs: ['x'],
    by: (dy, [input], { filterSize, strides, pad, dimRoundingMode }) => ({
      x: () => {
        const x = input as tf.Tensor4D;
        const info = tf.backend_util.computePool2DInfo(
          x.shape,
          filterSize as number,
          strides as number,
          1,
          pad as 'same',
          dimRoundingMode as 'floor',
        );
        const { padInfo, outHeight, outWidth, filterHeight, filterWidth, inChannels } = info;
        const rows = covered(outHeight, info.strideHeight, {
          size: filterHeight,
          before: padInfo.top,
          input: info.inHeight,
        });
        const columns = covered(outWidth, info.strideWidth, {
          size: filterWidth,
          before: padInfo.left,
          input: info.inWidth,
        });
        const shares = rows.flatMap((height) => columns.map((width) => 1 / (height * width)));
        const spread = {
          strides: [info.strideHeight, info.strideWidth],
          dilations: [1, 1],
          pad,
          dimRoundingMode,
          inputShape: x.shape,
        };
        const inputs = {
          dy: dy.mul(tf.tensor4d(shares, [1, outHeight, outWidth, 1])),
          filter: tf.ones([filterHeight, filterWidth, inChannels, 1]),
        };
        return tf
          .engine()
          .runKernel('DepthwiseConv2dNativeBackpropInput', inputs as never, spread as never) as tf.Tensor;
      },
    }),
  },
};
