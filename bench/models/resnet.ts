/** ResNet-50 (He et al. 2015, https://arxiv.org/abs/1512.03385) as in torchvision, with the stride in the 3×3. */
import { tf } from '@quire/runtime';
import { randomTensor } from './parameters.ts';

const STAGES = [
  { blocks: 3, width: 64, stride: 1 },
  { blocks: 4, width: 128, stride: 2 },
  { blocks: 6, width: 256, stride: 2 },
  { blocks: 3, width: 512, stride: 2 },
] as const;

const EXPANSION = 4;
const EPSILON = 1e-5;

interface Convolution {
  /** (H, W, in, out) */
  filter: tf.Tensor4D;
  scale: tf.Tensor1D;
  bias: tf.Tensor1D;
  mean: tf.Tensor1D;
  variance: tf.Tensor1D;
}

interface Block {
  reduce: Convolution;
  middle: Convolution;
  expand: Convolution;
  shortcut?: Convolution;
}

export interface ResNetParams {
  stem: Convolution;
  stages: Block[][];
  weight: tf.Tensor2D;
  bias: tf.Tensor1D;
}

function convolution(size: number, from: number, to: number): Convolution {
  return {
    filter: randomTensor([size, size, from, to], Math.sqrt(2 / (size * size * to))) as tf.Tensor4D,
    scale: tf.ones([to]),
    bias: tf.zeros([to]),
    mean: tf.zeros([to]),
    variance: tf.ones([to]),
  };
}

export function initializeResNet(): ResNetParams {
  let from = 64;
  const stages = STAGES.map(({ blocks, width }) =>
    Array.from({ length: blocks }, (_, i) => {
      const input = from;
      from = width * EXPANSION;
      return {
        reduce: convolution(1, input, width),
        middle: convolution(3, width, width),
        expand: convolution(1, width, from),
        ...(i === 0 ? { shortcut: convolution(1, input, from) } : {}),
      };
    }),
  );
  return {
    stem: convolution(7, 3, 64),
    stages,
    weight: randomTensor([from, 1000], 0.02) as tf.Tensor2D,
    bias: tf.zeros([1000]),
  };
}

/** Convolution with padding of half the filter, then batch normalization with the running statistics. */
function convolve(
  x: tf.Tensor4D,
  { filter, mean, variance, bias, scale }: Convolution,
  stride: number,
): tf.Tensor4D {
  const y = tf.conv2d(x, filter, stride, filter.shape[0] >> 1, 'NHWC', 1, 'floor');
  return tf.batchNorm(y, mean, variance, bias, scale, EPSILON) as tf.Tensor4D;
}

/** @param images float32 (B, 224, 224, 3) @returns float32 (B, 1000) */
export function resNet(params: ResNetParams, images: tf.Tensor4D): tf.Tensor2D {
  const stem = convolve(images, params.stem, 2).relu() as tf.Tensor4D;
  let x = tf.maxPool(stem, 3, 2, 1, 'floor');
  params.stages.forEach((blocks, stage) => {
    blocks.forEach(({ reduce, middle, expand, shortcut }, i) => {
      const stride = i === 0 ? (STAGES[stage]?.stride ?? 1) : 1;
      const inner = convolve(convolve(x, reduce, 1).relu(), middle, stride).relu() as tf.Tensor4D;
      const past = shortcut ? convolve(x, shortcut, stride) : x;
      x = convolve(inner, expand, 1).add(past).relu();
    });
  });
  return x.mean([1, 2]).matMul(params.weight).add(params.bias);
}
