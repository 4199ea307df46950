/**
 * ResNet (He et al. 2015, "Deep residual learning for image recognition", https://arxiv.org/abs/1512.03385), with the
 * names of torchvision's parameters; the stride of a bottleneck is at its 3x3 convolution, as there.
 */
import { type random, tf } from '@quire/runtime';
import {
  COMMON,
  type CommonConfig,
  choiceField,
  commonJson,
  type JsonObject,
  readCommon,
  sizeField,
  sizeListField,
} from '../config-json.ts';
import { type BatchNorm, batchNorm, batchNormSpec, type Statistics } from '../layers/batch-norm.ts';
import { convolution, filterSpec, toChannelsFirst, toChannelsLast } from '../layers/convolution.ts';
import { linear, uniformLinearSpec } from '../layers/linear.ts';
import { sequenceLoss } from '../layers/losses.ts';
import { initialize } from '../parameters/initialize.ts';
import { layers, type ParametersOf } from '../parameters/spec.ts';

export const modelType = 'torchvision-resnet';

export const prefix = '';

/** How many batches the statistics are of, which the usual momentum doesn't need. */
export const ignoredNames = /(^|\.)num_batches_tracked$/;

export const heads = { ResNet: 'imageClassification' } as const;

export interface ResnetConfig extends CommonConfig {
  head: 'imageClassification';
  /** Two 3x3 convolutions, or 1x1, 3x3, 1x1 with four times as many channels at the end. */
  block: 'basic' | 'bottleneck';
  /** Blocks of each of the four stages. */
  depths: number[];
  /** Channels of the first stage; each stage has twice those of the one before. */
  width: number;
  /** Of the images. */
  channels: number;
}

const imagenetLabels = Array.from({ length: 1000 }, (_, i) => `LABEL_${i}`);

/** ResNet-18, with what is given in place of its sizes. */
export function config(changes: Partial<ResnetConfig> = {}): ResnetConfig {
  const basic = { ...COMMON, head: 'imageClassification', block: 'basic', width: 64, channels: 3 } as const;
  return { ...basic, depths: [2, 2, 2, 2], labels: imagenetLabels, ...changes };
}

/** ResNet-50. */
export function config50(changes: Partial<ResnetConfig> = {}): ResnetConfig {
  return config({ block: 'bottleneck', depths: [3, 4, 6, 3], ...changes });
}

function blockSpec(config: ResnetConfig, stage: number, index: number) {
  const expansion = config.block === 'basic' ? 1 : 4;
  const width = config.width * 2 ** stage;
  const before = stage === 0 ? config.width : (config.width * expansion * 2 ** stage) / 2;
  const from = index === 0 ? before : width * expansion;
  const downsample = index === 0 && (stage > 0 || from !== width * expansion);
  const bottleneck = config.block === 'bottleneck';
  return {
    conv1: filterSpec(from, width, bottleneck ? 1 : 3),
    bn1: batchNormSpec(width),
    conv2: filterSpec(width, width, 3),
    bn2: batchNormSpec(width),
    ...(bottleneck && {
      conv3: filterSpec(width, width * expansion, 1),
      bn3: batchNormSpec(width * expansion),
    }),
    ...(downsample && {
      downsample: {
        '0': filterSpec(from, width * expansion, 1),
        '1': batchNormSpec(width * expansion),
      },
    }),
  };
}

export function spec(config: ResnetConfig) {
  const stage = (at: number) => layers(config.depths[at] ?? 0, (index) => blockSpec(config, at, index));
  const last = config.width * 8 * (config.block === 'basic' ? 1 : 4);
  return {
    conv1: filterSpec(config.channels, config.width, 7),
    bn1: batchNormSpec(config.width),
    layer1: stage(0),
    layer2: stage(1),
    layer3: stage(2),
    layer4: stage(3),
    fc: uniformLinearSpec(last, config.labels.length),
  };
}

export type ResnetParameters = ParametersOf<ReturnType<typeof spec>>;
type Block = ResnetParameters['layer1'][number];

export interface ResnetInputs {
  /** float32 (B, channels, H, W) */
  pixelValues: tf.Tensor4D;
}

export interface ResnetOptions {
  /** Normalizes by the batch's own statistics, and returns the new running ones. */
  training?: boolean;
}

export interface ResnetOutputs {
  /** float32 (B, L) */
  logits: tf.Tensor2D;
  /** float32 (B, C): the mean of each channel, what the head sees */
  hidden: tf.Tensor2D;
  /** float32 (B, C, H, W): after the stem and after each stage */
  hiddenStates: tf.Tensor4D[];
  /** In training mode the new running statistics, by published name: `layer1.0.bn1.running_mean`. */
  statistics: Statistics;
}

export function init(config: ResnetConfig, key: random.Key): Promise<ResnetParameters> {
  return initialize(spec(config), key);
}

export function forward(
  params: ResnetParameters,
  { pixelValues }: ResnetInputs,
  _config: ResnetConfig,
  { training = false }: ResnetOptions = {},
): ResnetOutputs {
  const statistics: Statistics = {};
  const norm = (x: tf.Tensor4D, bn: BatchNorm, name: string): tf.Tensor4D =>
    batchNorm(x, bn, training ? { name, statistics } : undefined);
  // TensorFlow.js's layout within: (B, C, H, W) -> (B, H, W, C)
  let x = convolution(toChannelsLast(pixelValues), params.conv1, 2, 3);
  x = tf.maxPool(norm(x, params.bn1, 'bn1').relu() as tf.Tensor4D, 3, 2, 1);
  const hiddenStates = [toChannelsFirst(x)];
  for (const [i, stage] of [params.layer1, params.layer2, params.layer3, params.layer4].entries()) {
    for (const [k, block] of stage.entries()) {
      x = residual(x, block, i > 0 && k === 0 ? 2 : 1, (x, bn, name) =>
        norm(x, bn, `layer${i + 1}.${k}.${name}`),
      );
    }
    hiddenStates.push(toChannelsFirst(x));
  }
  const hidden = x.mean([1, 2]) as tf.Tensor2D; // (B, H, W, C) -> (B, C)
  return { logits: linear(hidden, params.fc), hidden, hiddenStates, statistics };
}

function residual(
  x: tf.Tensor4D,
  block: Block,
  stride: number,
  norm: (x: tf.Tensor4D, bn: BatchNorm, name: string) => tf.Tensor4D,
): tf.Tensor4D {
  const { conv3, bn3, downsample } = block as Block & {
    conv3?: Filter;
    bn3?: BatchNorm;
    downsample?: Downsample;
  };
  const size = conv3 ? 1 : 3;
  let y = convolution(x, block.conv1, size === 1 ? 1 : stride, (size - 1) / 2);
  y = norm(y, block.bn1, 'bn1').relu() as tf.Tensor4D;
  y = norm(convolution(y, block.conv2, conv3 ? stride : 1, 1), block.bn2, 'bn2');
  if (conv3 && bn3) y = norm(convolution(y.relu() as tf.Tensor4D, conv3, 1, 0), bn3, 'bn3');
  const kept = downsample
    ? norm(convolution(x, downsample['0'], stride, 0), downsample['1'], 'downsample.1')
    : x;
  return y.add(kept).relu() as tf.Tensor4D;
}

type Filter = { weight: tf.Tensor4D };
type Downsample = { '0': Filter; '1': BatchNorm };

export interface ResnetBatch extends ResnetInputs {
  /** int32 (B), else float32 (B, L) */
  labels: tf.Tensor;
}

/** The loss of the images' labels, a float32 scalar; cross-entropy in nats. */
export function loss(
  params: ResnetParameters,
  batch: ResnetBatch,
  config: ResnetConfig,
  options: ResnetOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  return lossAndStatistics(params, batch, config, options).loss;
}

/** The loss, and beside it the new running statistics: what `valueAndGradients` takes, and returns as `also`. */
export function lossAndStatistics(
  params: ResnetParameters,
  { labels, ...inputs }: ResnetBatch,
  config: ResnetConfig,
  options: ResnetOptions & { labelSmoothing?: number } = { training: true },
): { loss: tf.Scalar; also: Statistics } {
  const { logits, statistics } = forward(params, inputs, config, options);
  return { loss: sequenceLoss(logits, labels, config.problem, options.labelSmoothing), also: statistics };
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: ResnetConfig['head']): ResnetConfig {
  const depths = sizeListField(json, 'depths');
  if (depths.length !== 4) {
    throw new TypeError(`config.json: depths must be four numbers of blocks, and is [${depths}].`);
  }
  return {
    ...readCommon(json),
    head,
    block: choiceField(json, 'block', ['basic', 'bottleneck']),
    depths,
    width: sizeField(json, 'width', 64),
    channels: sizeField(json, 'num_channels', 3),
  };
}

export function writeConfig(config: ResnetConfig): JsonObject {
  return {
    ...commonJson(config),
    block: config.block,
    depths: config.depths,
    width: config.width,
    num_channels: config.channels,
  };
}
