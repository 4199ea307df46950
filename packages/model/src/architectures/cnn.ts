/**
 * A small convolutional network in the style of VGG (Simonyan and Zisserman 2015, https://arxiv.org/abs/1409.1556): blocks
 * of convolution, normalization and activation, each block's end pooled to half its size, the mean of each channel, and a
 * classifier. It reads pictures, or with one channel spectrograms; without a head it is an encoder.
 */
import { ops, type random, tf } from '@quire/runtime';
import {
  COMMON,
  type CommonConfig,
  choiceField,
  commonJson,
  type JsonObject,
  numberField,
  readCommon,
  sizeField,
  sizeListField,
} from '../config-json.ts';
import { ACTIVATION_NAMES, type Activation, activate } from '../layers/activations.ts';
import { type BatchNorm, batchNorm, batchNormSpec, type Statistics } from '../layers/batch-norm.ts';
import { convolution, filterSpec, toChannelsFirst, toChannelsLast } from '../layers/convolution.ts';
import { Dropouts } from '../layers/dropout.ts';
import { linear, uniformLinearSpec } from '../layers/linear.ts';
import { sequenceLoss } from '../layers/losses.ts';
import { layerNormSpec } from '../layers/norm.ts';
import { initialize } from '../parameters/initialize.ts';
import { layers, type ParametersOf, zeros } from '../parameters/spec.ts';

export const modelType = 'quire-cnn';

export const prefix = '';

/** How many batches PyTorch's statistics are of, which the usual momentum doesn't need. */
export const ignoredNames = /\.num_batches_tracked$/;

export const heads = { CnnForImageClassification: 'imageClassification', CnnModel: 'none' } as const;

export interface CnnConfig extends CommonConfig {
  head: (typeof heads)[keyof typeof heads];
  /** Of the inputs: 3 of pictures, 1 of spectrograms. */
  channels: number;
  /** Channels of each block. */
  widths: number[];
  /** Sides of a filter, an odd number: what is around an image counts as 0. */
  kernelSize: number;
  /** Convolutions of each block. */
  layersPerBlock: number;
  /**
   * Normalization of each layer: of groups of channels, of each channel over the batch, or none. That of groups needs no
   * running statistics, which a loss over the batch has to return as `buffers` for a `Trainer` to keep.
   */
  norm: 'group' | 'batch' | 'none';
  /** Of the normalization of groups: how many; every width is a multiple. */
  groups: number;
  activation: Activation;
  /** What is kept of each 2x2 at the end of a block. */
  pooling: 'max' | 'average';
  /** Before the classifier. */
  dropout: number;
}

/** Three blocks for small pictures, with what is given in place of its sizes. */
export function config(changes: Partial<CnnConfig> = {}): CnnConfig {
  return {
    ...COMMON,
    head: 'imageClassification',
    channels: 3,
    widths: [32, 64, 128],
    kernelSize: 3,
    layersPerBlock: 1,
    norm: 'group',
    groups: 8,
    activation: 'relu',
    pooling: 'max',
    dropout: 0,
    ...changes,
  };
}

export function spec(config: CnnConfig) {
  const { widths, kernelSize, norm } = config;
  if (kernelSize % 2 === 0) throw new RangeError(`kernelSize must be odd, and is ${kernelSize}.`);
  const wrong = norm === 'group' && widths.find((width) => width % config.groups !== 0);
  if (wrong)
    throw new RangeError(`Of ${wrong} channels there can't be ${config.groups} groups: change groups.`);
  const last = widths.at(-1);
  if (last === undefined) throw new RangeError('widths needs the channels of at least one block.');
  const layer = (from: number, to: number) => ({
    convolution: {
      ...filterSpec(from, to, kernelSize),
      ...(norm === 'none' && { bias: zeros([to]) }),
    },
    ...(norm !== 'none' && { norm: norm === 'batch' ? batchNormSpec(to) : layerNormSpec(to) }),
  });
  return {
    blocks: widths.map((width, i) =>
      layers(config.layersPerBlock, (k) => layer(k > 0 ? width : (widths[i - 1] ?? config.channels), width)),
    ),
    ...(config.head !== 'none' && { classifier: uniformLinearSpec(last, config.labels.length) }),
  };
}

export type CnnParameters = ParametersOf<ReturnType<typeof spec>>;

export interface CnnInputs {
  /** float32 (B, channels, H, W): pictures, or spectrograms of H frames and W bands */
  pixelValues: tf.Tensor4D;
}

export interface CnnOptions {
  /** With dropout, as while training. */
  dropoutKey?: random.Key;
  /** Normalizes by the batch's own statistics, and returns the new running ones, where `norm` is `'batch'`. */
  training?: boolean;
}

export interface CnnOutputs {
  /** float32 (B, L) */
  logits?: tf.Tensor2D;
  /** float32 (B, C): the mean of each channel, what the head sees */
  pooled: tf.Tensor2D;
  /** float32 (B, C, H, W): after each block, which halves H and W */
  hiddenStates: tf.Tensor4D[];
  /** In training mode the new running statistics, by published name: `blocks.0.0.norm.running_mean`. */
  statistics: Statistics;
}

export function init(config: CnnConfig, key: random.Key): Promise<CnnParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where images are too small for the blocks, or have another number of channels. */
export function forward(
  params: CnnParameters,
  { pixelValues }: CnnInputs,
  config: CnnConfig,
  { dropoutKey, training = false }: CnnOptions = {},
): CnnOutputs {
  checkShape(pixelValues, config);
  const statistics: Statistics = {};
  const dropouts = new Dropouts(dropoutKey);
  // TensorFlow.js's layout within: (B, C, H, W) -> (B, H, W, C)
  let x = toChannelsLast(pixelValues);
  const hiddenStates: tf.Tensor4D[] = [];
  // The largest of what ReLU lets through is what it lets through of the largest, a quarter of the numbers.
  const late = config.activation === 'relu' && config.pooling === 'max';
  for (const [i, block] of params.blocks.entries()) {
    for (const [k, { convolution: filter, norm }] of block.entries()) {
      x = convolution(x, filter, 1, (config.kernelSize - 1) / 2);
      if (norm && config.norm === 'group') x = ops.groupNorm(x, norm.weight, norm.bias, config.groups);
      else if (norm) {
        const name = `blocks.${i}.${k}.norm`;
        x = batchNorm(x, norm as BatchNorm, training ? { name, statistics } : undefined);
      }
      if (!(late && k === block.length - 1)) x = activate(x, config.activation);
    }
    x = config.pooling === 'max' ? tf.maxPool(x, 2, 2, 'valid') : tf.avgPool(x, 2, 2, 'valid');
    if (late) x = activate(x, config.activation);
    hiddenStates.push(toChannelsFirst(x));
  }
  const pooled = x.mean([1, 2]) as tf.Tensor2D; // (B, H, W, C) -> (B, C)
  const { classifier } = params;
  return {
    ...(classifier && { logits: linear(dropouts.apply(pooled, config.dropout), classifier) }),
    pooled,
    hiddenStates,
    statistics,
  };
}

function checkShape({ shape: [, channels, height, width] }: tf.Tensor4D, config: CnnConfig): void {
  if (channels !== config.channels) {
    throw new RangeError(
      `Images of ${channels} channels are given to a model of ${config.channels} (config.channels): float32 (B, channels, H, W).`,
    );
  }
  const least = 2 ** config.widths.length;
  if (Math.min(height, width) < least) {
    throw new RangeError(
      `Images of ${height}x${width} are too small to be halved ${config.widths.length} times: they need ${least}x${least}, or the model fewer blocks (config.widths).`,
    );
  }
}

export interface CnnBatch extends CnnInputs {
  /** int32 (B), else float32 (B, L) */
  labels: tf.Tensor;
}

/** The loss of the images' labels, a float32 scalar: cross-entropy in nats, or what `config.problem` says. */
export function loss(
  params: CnnParameters,
  batch: CnnBatch,
  config: CnnConfig,
  options: CnnOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  return lossAndStatistics(params, batch, config, options).loss;
}

/** The loss, and beside it the new running statistics: what `valueAndGradients` takes, and returns as `also`. */
export function lossAndStatistics(
  params: CnnParameters,
  { labels, ...inputs }: CnnBatch,
  config: CnnConfig,
  options: CnnOptions & { labelSmoothing?: number } = { training: true },
): { loss: tf.Scalar; also: Statistics } {
  const { logits, statistics } = forward(params, inputs, config, options);
  if (!logits) throw new TypeError('A CNN without a head has no loss: choose a head in its configuration.');
  return { loss: sequenceLoss(logits, labels, config.problem, options.labelSmoothing), also: statistics };
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: CnnConfig['head']): CnnConfig {
  return {
    ...readCommon(json),
    head,
    channels: sizeField(json, 'num_channels', 3),
    widths: sizeListField(json, 'widths'),
    kernelSize: sizeField(json, 'kernel_size', 3),
    layersPerBlock: sizeField(json, 'layers_per_block', 1),
    norm: choiceField(json, 'norm', ['group', 'batch', 'none'], 'group'),
    groups: sizeField(json, 'groups', 8),
    activation: choiceField(json, 'hidden_act', ACTIVATION_NAMES, 'relu'),
    pooling: choiceField(json, 'pooling', ['max', 'average'], 'max'),
    dropout: numberField(json, 'dropout', 0),
  };
}

export function writeConfig(config: CnnConfig): JsonObject {
  return {
    ...commonJson(config),
    num_channels: config.channels,
    widths: config.widths,
    kernel_size: config.kernelSize,
    layers_per_block: config.layersPerBlock,
    norm: config.norm,
    groups: config.groups,
    hidden_act: config.activation,
    pooling: config.pooling,
    dropout: config.dropout,
  };
}
