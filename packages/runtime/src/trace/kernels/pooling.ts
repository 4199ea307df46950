/** Pooling and its gradients. */
import { type Graph, TO_CHANNELS_FIRST, TO_CHANNELS_LAST } from '../../graph/graph.ts';
import type { Value } from '../../graph/values.ts';
import * as tf from '../../tf.ts';
import { type Attributes, type Lowering, type Lowerings, need } from '../lowering.ts';

type Info = tf.backend_util.Conv2DInfo;

function infoFor(x: Value, { filterSize, strides, pad, dimRoundingMode }: Attributes): Info {
  return tf.backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    filterSize as number,
    strides as number,
    1,
    pad as 'same',
    dimRoundingMode as 'floor',
  );
}

function attributesOf(info: Info): Record<string, number[]> {
  const { padInfo } = info;
  return {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right],
  };
}

/** (N, C, H, W) -> (N, C, H', W') */
function pooled(graph: Graph, op: string, images: Value, info: Info): Value {
  const shape = [info.batchSize, info.inChannels, info.outHeight, info.outWidth];
  return graph.one(op, [images], attributesOf(info), shape, images.dtype);
}

function pool(op: string): Lowering {
  return (graph, inputs, attributes) => {
    const x = need(inputs, 'x');
    const images = graph.transpose(x, TO_CHANNELS_FIRST);
    return graph.transpose(pooled(graph, op, images, infoFor(x, attributes)), TO_CHANNELS_LAST);
  };
}

/** For each place of a window a filter that picks it: (C K, 1, h, w), for a convolution with C groups. */
function pickers(graph: Graph, info: Info): Value {
  const places = info.filterHeight * info.filterWidth;
  const data = new Float32Array(info.inChannels * places * places);
  for (let row = 0; row < info.inChannels * places; row++) data[row * places + (row % places)] = 1;
  return graph.constant(data, [info.inChannels * places, 1, info.filterHeight, info.filterWidth], 'float32');
}

/** (N, C K, H', W'), one channel for each place of the windows, added back to where it was: (N, C, H, W). */
function spreadBack(graph: Graph, windows: Value, filter: Value, info: Info): Value {
  const { padInfo } = info;
  const height = (info.outHeight - 1) * info.strideHeight + info.filterHeight;
  const width = (info.outWidth - 1) * info.strideWidth + info.filterWidth;
  const whole = graph.one(
    'ConvTranspose',
    [windows, filter],
    {
      kernel_shape: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      group: info.inChannels,
    },
    [info.batchSize, info.inChannels, height, width],
    windows.dtype,
  );
  const missing = [info.inHeight + padInfo.top - height, info.inWidth + padInfo.left - width];
  const padded = graph.pad(whole, [0, 0, 0, 0], [0, 0, ...missing.map((n) => Math.max(0, n))], 0);
  const end = [padInfo.top + info.inHeight, padInfo.left + info.inWidth];
  return graph.slice(padded, [0, 0, padInfo.top, padInfo.left], [info.batchSize, info.inChannels, ...end]);
}

/** By where the maxima were, for windows that share nothing: (N, C, H, W). Only processors have both operators. */
function unpool(graph: Graph, images: Value, dy: Value, info: Info): Value {
  const places = graph.further(
    pooled(graph, 'MaxPool', images, info),
    { shape: dy.shape, dtype: 'int64' },
    1,
  );
  const inputs = [dy, places, { integers: images.shape }];
  return graph.one('MaxUnpool', inputs, attributesOf(info), images.shape, 'float32');
}

/** The gradient goes to the first of equal maxima, as in TensorFlow. */
const maxPoolGradient: Lowering = (graph, inputs, attributes) => {
  const x = need(inputs, 'input');
  const info = infoFor(x, attributes);
  const apart = info.strideHeight >= info.filterHeight && info.strideWidth >= info.filterWidth;
  if (graph.dialect === 'cpu' && apart) {
    const [images, dy] = [x, need(inputs, 'dy')].map((each) => graph.transpose(each, TO_CHANNELS_FIRST));
    return graph.transpose(unpool(graph, images as Value, dy as Value, info), TO_CHANNELS_LAST);
  }
  const places = info.filterHeight * info.filterWidth;
  const filter = pickers(graph, info);
  const { padInfo } = info;
  const images = graph.transpose(x, TO_CHANNELS_FIRST);
  // Padding must lose every comparison, and must not be infinite, or picking would make NaN of it.
  const outside = -3e38;
  const bottom = Math.max(
    0,
    (info.outHeight - 1) * info.strideHeight + info.filterHeight - info.inHeight - padInfo.top,
  );
  const right = Math.max(
    0,
    (info.outWidth - 1) * info.strideWidth + info.filterWidth - info.inWidth - padInfo.left,
  );
  const padded = graph.pad(images, [0, 0, padInfo.top, padInfo.left], [0, 0, bottom, right], outside);
  const perWindow = [info.batchSize, info.inChannels * places, info.outHeight, info.outWidth];
  const picked = graph.one(
    'Conv',
    [padded, filter],
    {
      kernel_shape: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      group: info.inChannels,
    },
    perWindow,
    'float32',
  );
  const byPlace = [info.batchSize, info.inChannels, places, info.outHeight, info.outWidth];
  const byWindow = [info.batchSize, info.inChannels, 1, info.outHeight, info.outWidth];
  const windows = graph.reshape(picked, byPlace);
  const largest = graph.reduce('ReduceMax', windows, [2], true);
  const equal = graph.cast(graph.binary('Equal', windows, largest), 'float32');
  const earlier = graph.one(
    'CumSum',
    [equal, { integers: [2], scalar: true }],
    { exclusive: 1, reverse: 0 },
    byPlace,
    'float32',
  );
  const first = graph.binary(
    'Mul',
    equal,
    graph.cast(graph.binary('Equal', earlier, graph.scalar(0)), 'float32'),
  );
  const dy = graph.reshape(graph.transpose(need(inputs, 'dy'), TO_CHANNELS_FIRST), byWindow);
  const spread = graph.reshape(graph.binary('Mul', first, dy), perWindow);
  return graph.transpose(spreadBack(graph, spread, filter, info), TO_CHANNELS_LAST);
};

export const pooling: Lowerings = {
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  MaxPoolGrad: maxPoolGradient,
};
