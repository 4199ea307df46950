/**
 * Convolutions and their gradients. TensorFlow.js's layout is NHWC with filters (H, W, in, out); ONNX's is NCHW with
 * (out, in, H, W). ONNX Runtime moves the transposes between layers together and drops them.
 */
import { type Graph, TO_CHANNELS_FIRST, TO_CHANNELS_LAST } from '../../graph/graph.ts';
import type { Value } from '../../graph/values.ts';
import * as tf from '../../tf.ts';
import { type Attributes, type Inputs, type Lowerings, need } from '../lowering.ts';
import { activate } from './linear.ts';

type Info = tf.backend_util.Conv2DInfo;
type Four = [number, number, number, number];

function infoFor(xShape: readonly number[], filterShape: readonly number[], attributes: Attributes): Info {
  const { strides, pad, dilations, dimRoundingMode, dataFormat } = attributes;
  return tf.backend_util.computeConv2DInfo(
    xShape as Four,
    filterShape as Four,
    strides as number,
    (dilations as number | undefined) ?? 1,
    pad as 'same',
    dimRoundingMode as 'floor',
    attributes.depthwise === true,
    tf.backend_util.convertConv2DDataFormat((dataFormat as 'NHWC' | undefined) ?? 'NHWC'),
  );
}

function channelsFirst(graph: Graph, x: Value, info: Info): Value {
  return info.dataFormat === 'channelsLast' ? graph.transpose(x, TO_CHANNELS_FIRST) : x;
}

function channelsLast(graph: Graph, x: Value, info: Info): Value {
  return info.dataFormat === 'channelsLast' ? x : graph.transpose(x, TO_CHANNELS_LAST);
}

function asGiven(graph: Graph, y: Value, info: Info): Value {
  return info.dataFormat === 'channelsLast' ? graph.transpose(y, TO_CHANNELS_LAST) : y;
}

/** What is padded before and after, so that the output has at least the size that TensorFlow.js says. */
function padsOf(info: Info): [number, number, number, number] {
  const { top, left } = info.padInfo;
  const after = (out: number, stride: number, reach: number, size: number, before: number): number =>
    Math.max(0, (out - 1) * stride + reach - size - before);
  return [
    top,
    left,
    after(info.outHeight, info.strideHeight, info.effectiveFilterHeight, info.inHeight, top),
    after(info.outWidth, info.strideWidth, info.effectiveFilterWidth, info.inWidth, left),
  ];
}

/** x: NCHW; filter: (out, in / group, H, W). */
function convolve(graph: Graph, x: Value, filter: Value, info: Info, group: number): Value {
  const pads = padsOf(info);
  const attributes = {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads,
    kernel_shape: filter.shape.slice(2),
    group,
  };
  const size = (input: number, padded: number, reach: number, stride: number): number =>
    Math.floor((input + padded - reach) / stride) + 1;
  const height = size(info.inHeight, pads[0] + pads[2], info.effectiveFilterHeight, info.strideHeight);
  const width = size(info.inWidth, pads[1] + pads[3], info.effectiveFilterWidth, info.strideWidth);
  const start = [x.shape[0] as number, filter.shape[0] as number];
  const y = graph.one('Conv', [x, filter], attributes, [...start, height, width], x.dtype);
  // TensorFlow.js counts with the filter's height along both axes where the padding is a number.
  return graph.slice(y, [0, 0, 0, 0], [...start, info.outHeight, info.outWidth]);
}

/** The gradient by x, (N, in, H, W): dy (N, out, H', W') spread by the filter (out, in / group, H, W). */
function convolveInput(graph: Graph, dy: Value, filter: Value, info: Info, group: number): Value {
  const [top, left] = padsOf(info);
  const full = (out: number, stride: number, size: number, dilation: number): number =>
    (out - 1) * stride + (size - 1) * dilation + 1;
  const height = full(info.outHeight, info.strideHeight, filter.shape[2] as number, info.dilationHeight);
  const width = full(info.outWidth, info.strideWidth, filter.shape[3] as number, info.dilationWidth);
  const channels = (filter.shape[1] as number) * group;
  const attributes = {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [0, 0, 0, 0],
    kernel_shape: filter.shape.slice(2),
    group,
  };
  const spread = graph.one(
    'ConvTranspose',
    [dy, filter],
    attributes,
    [dy.shape[0] as number, channels, height, width],
    dy.dtype,
  );
  // Rows that the stride stepped over at the end got no gradient: they are zeros.
  const missing = (size: number, spreadSize: number, before: number): number =>
    Math.max(0, size + before - spreadSize);
  const padded = graph.pad(
    spread,
    [0, 0, 0, 0],
    [0, 0, missing(info.inHeight, height, top), missing(info.inWidth, width, left)],
    0,
  );
  const end = [top + info.inHeight, left + info.inWidth];
  return graph.slice(padded, [0, 0, top, left], [...padded.shape.slice(0, 2), ...end]);
}

/** Up to so many numbers, 256 MB, patches are laid beside each other. */
const MOST_PATCHES = 2 ** 26;

/**
 * What each element of the filter is multiplied with: for each of its places, row by row, a part of x as large as the
 * output.
 *
 * @param axes where the rows and the columns of x are
 */
function tapsOf(graph: Graph, x: Value, info: Info, axes: readonly [number, number]): Value[] {
  const { outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth } = info;
  const [top, left, bottom, right] = padsOf(info);
  const along = (rows: number, columns: number, others: readonly number[]): number[] =>
    others.map((other, axis) => (axis === axes[0] ? rows : axis === axes[1] ? columns : other));
  const [zeros, ones] = [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
  ];
  const padded = graph.pad(x, along(top, left, zeros), along(bottom, right, zeros), 0);
  const taps: Value[] = [];
  for (let i = 0; i < filterHeight; i++) {
    for (let j = 0; j < filterWidth; j++) {
      const [row, column] = [i * info.dilationHeight, j * info.dilationWidth];
      const end = [
        row + (outHeight - 1) * strideHeight + 1,
        column + (outWidth - 1) * strideWidth + 1,
      ] as const;
      taps.push(
        graph.slice(
          padded,
          along(row, column, zeros),
          along(...end, padded.shape),
          along(strideHeight, strideWidth, ones),
        ),
      );
    }
  }
  return taps;
}

/**
 * The gradient by the filter, (h, w, in, out): what each element of the filter was multiplied with, as a matrix, times
 * dy. It takes about as long as the convolution itself; correlating with dy takes two to three times that.
 */
function filterProduct(graph: Graph, x: Value, dy: Value, info: Info): Value {
  const { batchSize, outHeight, outWidth, outChannels, inChannels } = info;
  const shape = [info.filterHeight, info.filterWidth, inChannels, outChannels];
  const width = info.filterHeight * info.filterWidth * inChannels;
  const pixels = outHeight * outWidth;
  const few = batchSize * pixels * width <= MOST_PATCHES;
  // A product for each image needs nothing transposed, but gives a filter for each: no more numbers than patches have.
  if (few && outChannels <= pixels) {
    const taps = tapsOf(graph, channelsFirst(graph, x, info), info, [2, 3]);
    const patches = graph.reshape(graph.concat(taps, 1), [batchSize, width, pixels]); // (N, K C, H', W') -> (N, K C, H' W')
    const gradient = graph.reshape(channelsFirst(graph, dy, info), [batchSize, outChannels, pixels]); // (N, out, H', W') -> (N, out, H' W')
    return graph.reshape(graph.sum(graph.matMul(patches, gradient, false, true), [0]), shape);
  }
  const positions = batchSize * pixels;
  const gradient = graph.reshape(channelsLast(graph, dy, info), [positions, outChannels]); // (N, H', W', out) -> (N H' W', out)
  const product = (patches: Value): Value => {
    const columns = patches.shape[3] as number;
    return graph.matMul(graph.reshape(patches, [positions, columns]), gradient, true); // (columns, out)
  };
  const taps = tapsOf(graph, channelsLast(graph, x, info), info, [1, 2]);
  const products = few ? product(graph.concat(taps, 3)) : graph.concat(taps.map(product), 0);
  return graph.reshape(products, shape);
}

/** x (1, groups per, H, W) correlated with dy as the filter, at the dilation of the stride. */
function correlate(graph: Graph, x: Value, dy: Value, info: Info, group: number): Value {
  const { filterHeight, filterWidth } = info;
  const [top, left] = padsOf(info);
  // What dy reaches over: the strides are its dilation, the dilation its stride.
  const reach = (out: number, stride: number, size: number, dilation: number): number =>
    (out - 1) * stride + 1 + (size - 1) * dilation;
  const height = reach(info.outHeight, info.strideHeight, filterHeight, info.dilationHeight);
  const width = reach(info.outWidth, info.strideWidth, filterWidth, info.dilationWidth);
  const after = [height - top - info.inHeight, width - left - info.inWidth];
  const padded = graph.pad(x, [0, 0, top, left], [0, 0, ...after.map((n) => Math.max(0, n))], 0);
  const cut = graph.slice(padded, [0, 0, 0, 0], [...padded.shape.slice(0, 2), height, width]);
  return graph.one(
    'Conv',
    [cut, dy],
    {
      strides: [info.dilationHeight, info.dilationWidth],
      dilations: [info.strideHeight, info.strideWidth],
      pads: [0, 0, 0, 0],
      kernel_shape: [info.outHeight, info.outWidth],
      group,
    },
    [cut.shape[0] as number, dy.shape[0] as number, filterHeight, filterWidth],
    x.dtype,
  );
}

function conv2d(graph: Graph, inputs: Inputs, attributes: Attributes): Value {
  const [x, filter] = [need(inputs, 'x'), need(inputs, 'filter')];
  const info = infoFor(x.shape, filter.shape, attributes);
  const [, , perGroup = 1] = filter.shape;
  const weights = graph.transpose(filter, [3, 2, 0, 1]); // (H, W, I, O) -> (O, I, H, W)
  const y = convolve(graph, channelsFirst(graph, x, info), weights, info, info.inChannels / perGroup);
  return asGiven(graph, y, info);
}

function depthwiseConv2d(graph: Graph, inputs: Inputs, attributes: Attributes): Value {
  const [x, filter] = [need(inputs, 'x'), need(inputs, 'filter')];
  const info = infoFor(x.shape, filter.shape, { ...attributes, depthwise: true });
  const y = convolve(
    graph,
    channelsFirst(graph, x, info),
    depthwiseWeights(graph, filter),
    info,
    info.inChannels,
  );
  return asGiven(graph, y, info);
}

/** (H, W, C, M) -> (C M, 1, H, W) */
function depthwiseWeights(graph: Graph, filter: Value): Value {
  const [height = 1, width = 1, channels = 1, multiplier = 1] = filter.shape;
  const moved = graph.transpose(filter, [2, 3, 0, 1]);
  return graph.reshape(moved, [channels * multiplier, 1, height, width]);
}

/** What TensorFlow.js's fused convolutions end with: a bias and an activation. */
function finish(graph: Graph, y: Value, inputs: Inputs, attributes: Attributes): Value {
  const { bias, preluActivationWeights } = inputs;
  const first = attributes.dataFormat === 'NCHW' && bias?.shape.length === 1;
  const shift = bias && first ? graph.reshape(bias, [...bias.shape, 1, 1]) : bias;
  const sum = shift ? graph.binary('Add', y, shift) : y;
  return activate(graph, sum, attributes.activation, preluActivationWeights, attributes.leakyreluAlpha);
}

export const convolution: Lowerings = {
  Conv2D: conv2d,
  FusedConv2D: (graph, inputs, attributes) =>
    finish(graph, conv2d(graph, inputs, attributes), inputs, attributes),
  DepthwiseConv2dNative: depthwiseConv2d,
  FusedDepthwiseConv2D: (graph, inputs, attributes) =>
    finish(graph, depthwiseConv2d(graph, inputs, attributes), inputs, attributes),
  Conv2DBackpropInput: (graph, inputs, attributes) => {
    const [dy, filter] = [need(inputs, 'dy'), need(inputs, 'filter')];
    const info = infoFor(attributes.inputShape as number[], filter.shape, attributes);
    const [, , perGroup = 1] = filter.shape;
    const weights = graph.transpose(filter, [3, 2, 0, 1]);
    const dx = convolveInput(
      graph,
      channelsFirst(graph, dy, info),
      weights,
      info,
      info.inChannels / perGroup,
    );
    return asGiven(graph, dx, info);
  },
  Conv2DBackpropFilter: (graph, inputs, attributes) => {
    const [x, dy] = [need(inputs, 'x'), need(inputs, 'dy')];
    const info = infoFor(x.shape, attributes.filterShape as number[], attributes);
    return filterProduct(graph, x, dy, info);
  },
  DepthwiseConv2dNativeBackpropInput: (graph, inputs, attributes) => {
    const [dy, filter] = [need(inputs, 'dy'), need(inputs, 'filter')];
    const info = infoFor(attributes.inputShape as number[], filter.shape, { ...attributes, depthwise: true });
    const weights = depthwiseWeights(graph, filter);
    const dx = convolveInput(graph, channelsFirst(graph, dy, info), weights, info, info.inChannels);
    return asGiven(graph, dx, info);
  },
  DepthwiseConv2dNativeBackpropFilter: (graph, inputs, attributes) => {
    const [x, dy] = [need(inputs, 'x'), need(inputs, 'dy')];
    const filterShape = attributes.filterShape as number[];
    const [height = 1, width = 1, channels = 1, multiplier = 1] = filterShape;
    const info = infoFor(x.shape, filterShape, { ...attributes, depthwise: true });
    // Each channel is a group of its own, with the batch as the group's channels.
    const first = graph.transpose(channelsFirst(graph, x, info), [1, 0, 2, 3]); // (C, N, H, W)
    const images = graph.reshape(first, [1, channels * info.batchSize, info.inHeight, info.inWidth]);
    const spread = graph.transpose(channelsFirst(graph, dy, info), [1, 0, 2, 3]); // (C M, N, H', W')
    const dw = correlate(graph, images, spread, info, channels); // (1, C M, h, w)
    return graph.transpose(graph.reshape(dw, [channels, multiplier, height, width]), [2, 3, 0, 1]);
  },
};
