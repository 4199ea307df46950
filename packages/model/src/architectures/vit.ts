/**
 * Vision Transformer (Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929): an encoder over patches of an image and
 * a class token, normalized before each block.
 */
import { type random, tf } from '@quire/runtime';
import {
  booleanField,
  COMMON,
  type CommonConfig,
  choiceField,
  commonJson,
  heightAndWidthField,
  type JsonObject,
  numberField,
  readCommon,
  readSizes,
  sizeField,
  sizesJson,
  type TransformerSizes,
} from '../config-json.ts';
import { ACTIVATION_NAMES, type Activation, activate } from '../layers/activations.ts';
import { Dropouts } from '../layers/dropout.ts';
import { layerNorm, runBlocks } from '../layers/encoder.ts';
import { linear, linearSpec } from '../layers/linear.ts';
import { sequenceLoss } from '../layers/losses.ts';
import { layerNormSpec } from '../layers/norm.ts';
import { embedPatches, gridOf, joinPatches, positionsFor } from '../layers/patches.ts';
import { preNormBlock } from '../layers/pre-norm-block.ts';
import { initialize } from '../parameters/initialize.ts';
import { layers, normal, type ParametersOf, zeros } from '../parameters/spec.ts';

export const modelType = 'vit';

/** What names of a checkpoint start with where it has a head. */
export const prefix = 'vit';

/** The pooler, which the heads have no use for. */
export const ignoredNames = /(^|\.)pooler\.dense\.(weight|bias)$/;

/** By the class that `config.json` names. */
export const heads = {
  ViTForImageClassification: 'imageClassification',
  ViTForMaskedImageModeling: 'maskedImageModel',
  ViTModel: 'none',
} as const;

export interface VitConfig extends CommonConfig, TransformerSizes {
  head: (typeof heads)[keyof typeof heads];
  /** Height and width of the images that there are positions for. */
  imageSize: readonly [height: number, width: number];
  /** Sides of a patch, in pixels. */
  patchSize: number;
  /** Of the images. */
  channels: number;
  activation: Activation;
  layerNormEpsilon: number;
  hiddenDropout: number;
  attentionDropout: number;
  /** Whether queries, keys and values have biases. */
  attentionBias: boolean;
  poolerWidth: number;
  poolerActivation: Activation;
  /** Sides of what the head for masked images makes of a patch, in pixels. */
  decoderStride: number;
}

const VIT_BASE: TransformerSizes = { width: 768, layers: 12, heads: 12, innerWidth: 3072 };

/** ViT-B/16, with what is given in place of its sizes. */
export function config(changes: Partial<VitConfig> = {}): VitConfig {
  const { width = VIT_BASE.width, patchSize = 16 } = changes;
  return {
    ...COMMON,
    head: 'imageClassification',
    imageSize: [224, 224],
    patchSize,
    channels: 3,
    ...VIT_BASE,
    width,
    innerWidth: 4 * width,
    activation: 'gelu',
    layerNormEpsilon: 1e-12,
    hiddenDropout: 0,
    attentionDropout: 0,
    attentionBias: true,
    poolerWidth: width,
    poolerActivation: 'tanh',
    decoderStride: patchSize,
    ...changes,
  };
}

export function spec(config: VitConfig) {
  const { head, width, innerWidth, channels, patchSize, initializerDeviation: deviation } = config;
  const [rows, columns] = gridOf(config.imageSize, patchSize);
  const project = (from: number, to: number) => linearSpec(from, to, deviation);
  const look = () => ({
    weight: normal([width, width], deviation),
    ...(config.attentionBias && { bias: zeros([width]) }),
  });
  const filter = (from: number, to: number, size: number) => ({
    weight: normal([to, from, size, size], deviation),
    bias: zeros([to]),
  });
  return {
    vit: {
      embeddings: {
        cls_token: normal([1, 1, width], deviation),
        ...(head === 'maskedImageModel' && { mask_token: zeros([1, 1, width]) }),
        patch_embeddings: { projection: filter(channels, width, patchSize) },
        position_embeddings: normal([1, 1 + rows * columns, width], deviation),
      },
      encoder: {
        layer: layers(config.layers, () => ({
          attention: {
            attention: { query: look(), key: look(), value: look() },
            output: { dense: project(width, width) },
          },
          intermediate: { dense: project(width, innerWidth) },
          output: { dense: project(innerWidth, width) },
          layernorm_before: layerNormSpec(width),
          layernorm_after: layerNormSpec(width),
        })),
      },
      layernorm: layerNormSpec(width),
      ...(head === 'none' && { pooler: { dense: project(width, config.poolerWidth) } }),
    },
    ...(head === 'imageClassification' && { classifier: project(width, config.labels.length) }),
    ...(head === 'maskedImageModel' && {
      decoder: { '0': filter(width, config.decoderStride ** 2 * channels, 1) },
    }),
  };
}

export type VitParameters = ParametersOf<ReturnType<typeof spec>>;

export interface VitInputs {
  /** float32 (B, channels, H, W) */
  pixelValues: tf.Tensor4D;
  /** int32 (B, N): 1 for patches that are hidden, which the head for masked images makes anew; none where not given */
  boolMaskedPos?: tf.Tensor2D;
}

export interface VitOptions {
  /** With dropout, as while training. */
  dropoutKey?: random.Key;
  /** With the attention of each layer and head. */
  attentions?: boolean;
  /** Takes images of other sizes too, for which positions are interpolated. */
  interpolatePositions?: boolean;
}

export interface VitOutputs {
  /** float32 (B, 1 + N, C): of the class token and of each patch, row by row, normalized */
  hidden: tf.Tensor3D;
  /** float32 (B, 1 + N, C): the embeddings, then the state after each block, not normalized */
  hiddenStates: tf.Tensor3D[];
  /** float32 (B, H, 1 + N, 1 + N), one for each block; empty where not asked for */
  attentions: tf.Tensor4D[];
  /** float32 (B, P): of the class token, of a model without a head */
  pooled?: tf.Tensor2D;
  /** float32 (B, L) */
  logits?: tf.Tensor2D;
  /** float32 (B, channels, H, W): with the head for masked images */
  reconstruction?: tf.Tensor4D;
}

export function init(config: VitConfig, key: random.Key): Promise<VitParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where images are of another size than `config.imageSize`, unless positions are interpolated. */
export function forward(
  params: VitParameters,
  inputs: VitInputs,
  config: VitConfig,
  options: VitOptions = {},
): VitOutputs {
  const { vit, classifier, decoder } = params;
  const { pixelValues } = inputs;
  const dropouts = new Dropouts(options.dropoutKey);
  const x = dropouts.apply(embeddings(vit.embeddings, inputs, config, options), config.hiddenDropout);
  const blocks = vit.encoder.layer.map(
    ({ attention, intermediate, output, layernorm_before, layernorm_after }) => ({
      ...attention.attention,
      output: attention.output.dense,
      inner: intermediate.dense,
      outer: output.dense,
      attentionNorm: layernorm_before,
      feedForwardNorm: layernorm_after,
    }),
  );
  const encoded = runBlocks(x, blocks, preNormBlock, {
    heads: config.heads,
    activation: config.activation,
    layerNormEpsilon: config.layerNormEpsilon,
    dropouts,
    attentionDropout: config.attentionDropout,
    outputDropout: config.hiddenDropout,
    outerDropout: config.hiddenDropout,
    ...(options.attentions && { attentions: true }),
  });
  const normalized = <T extends tf.Tensor>(x: T): T => layerNorm(x, vit.layernorm, config.layerNormEpsilon);
  const hidden = normalized(encoded.hidden);
  const { pooler } = vit;
  const first = (): tf.Tensor2D => normalized(encoded.first());
  const grid = gridOf(pixelValues.shape.slice(2) as [number, number], config.patchSize);
  return {
    hidden,
    hiddenStates: encoded.hiddenStates,
    attentions: encoded.attentions,
    ...(pooler && { pooled: activate(linear(first(), pooler.dense), config.poolerActivation) }),
    ...(classifier && { logits: linear(first(), classifier) }),
    ...(decoder && {
      reconstruction: joinPatches(decoded(hidden, decoder['0']), grid, config.decoderStride),
    }),
  };
}

type Embeddings = VitParameters['vit']['embeddings'];

/** float32 (B, 1 + N, C) */
function embeddings(
  { cls_token, mask_token, patch_embeddings, position_embeddings }: Embeddings,
  { pixelValues, boolMaskedPos }: VitInputs,
  { imageSize, patchSize, width: c }: VitConfig,
  { interpolatePositions = false }: VitOptions,
): tf.Tensor3D {
  let patches = embedPatches(pixelValues, patch_embeddings.projection);
  const [b, n] = patches.shape;
  if (boolMaskedPos) {
    if (!mask_token) {
      throw new TypeError(
        "Only a model with the head 'maskedImageModel' takes hidden patches (boolMaskedPos).",
      );
    }
    const isHidden = boolMaskedPos.cast('bool').reshape([b, n, 1]); // (B, N) -> (B, N, 1)
    patches = tf.where(isHidden, mask_token.tile([b, n, 1]), patches); // (1, 1, C) -> (B, N, C)
  }
  const table = position_embeddings.reshape([position_embeddings.shape[1], c]) as tf.Tensor2D; // (1, 1 + N, C) -> (1 + N, C)
  const positions = positionsFor(table, pixelValues, {
    imageSize,
    patchSize,
    interpolate: interpolatePositions,
  });
  return tf.concat([cls_token.tile([b, 1, 1]), patches], 1).add(positions); // (1, 1, C) -> (B, 1, C) -> (B, 1 + N, C)
}

/** A convolution of 1x1 over the patches: (B, 1 + N, C) -> (B, N, C) -> (B, N, out) */
function decoded(
  hidden: tf.Tensor3D,
  { weight, bias }: { weight: tf.Tensor4D; bias: tf.Tensor1D },
): tf.Tensor3D {
  const [b, t, c] = hidden.shape;
  const matrix = weight.reshape([weight.shape[0], c]) as tf.Tensor2D; // (out, C, 1, 1) -> (out, C)
  return linear(hidden.slice([0, 1, 0], [b, t - 1, c]), { weight: matrix, bias });
}

export interface VitBatch extends VitInputs {
  /** int32 (B) classes, else float32 (B, L); masked images need none */
  labels?: tf.Tensor;
}

/**
 * The head's loss, a float32 scalar: cross-entropy in nats, or what `config.problem` says; of masked images the mean
 * absolute difference of the pixels of hidden patches (SimMIM, Xie et al. 2022, https://arxiv.org/abs/2111.09886).
 */
export function loss(
  params: VitParameters,
  { labels, ...inputs }: VitBatch,
  config: VitConfig,
  options: VitOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  const { logits, reconstruction } = forward(params, inputs, config, options);
  if (reconstruction) return maskedLoss(reconstruction, inputs, config);
  if (!logits) throw new TypeError('A ViT without a head has no loss: choose a head in its configuration.');
  if (!labels) throw new TypeError('The loss of a classification needs labels.');
  return sequenceLoss(logits, labels, config.problem, options.labelSmoothing);
}

function maskedLoss(
  reconstruction: tf.Tensor4D,
  { pixelValues, boolMaskedPos }: VitInputs,
  { patchSize, decoderStride }: VitConfig,
): tf.Scalar {
  if (!boolMaskedPos) throw new TypeError('The loss of masked images needs boolMaskedPos, int32 (B, N).');
  if (patchSize !== decoderStride) {
    throw new RangeError(
      `The loss of masked images needs a decoderStride of the patches' size, ${patchSize}, and it is ${decoderStride}.`,
    );
  }
  const [b, c, height, width] = pixelValues.shape;
  const grid = gridOf([height, width], patchSize);
  const [n, pixels] = [grid[0] * grid[1], patchSize ** 2];
  const spread = boolMaskedPos.cast('float32').reshape([b, n, 1]).tile([1, 1, pixels]) as tf.Tensor3D; // (B, N) -> (B, N, P P)
  const mask = joinPatches(spread, grid, patchSize); // (B, 1, H, W)
  const off = pixelValues.sub(reconstruction).abs().mul(mask).sum();
  return off.div(mask.sum().add(1e-5)).div(c) as tf.Scalar;
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: VitConfig['head']): VitConfig {
  const sizes = readSizes(json, VIT_BASE);
  const [patchSize, patchWidth] = heightAndWidthField(json, 'patch_size', 16);
  if (patchSize !== patchWidth) {
    throw new TypeError(`config.json: patch_size is ${patchSize}x${patchWidth}, and has to be square.`);
  }
  return {
    ...readCommon(json),
    head,
    imageSize: heightAndWidthField(json, 'image_size', 224),
    patchSize,
    channels: sizeField(json, 'num_channels', 3),
    ...sizes,
    activation: choiceField(json, 'hidden_act', ACTIVATION_NAMES, 'gelu'),
    layerNormEpsilon: numberField(json, 'layer_norm_eps', 1e-12),
    hiddenDropout: numberField(json, 'hidden_dropout_prob', 0),
    attentionDropout: numberField(json, 'attention_probs_dropout_prob', 0),
    attentionBias: booleanField(json, 'qkv_bias', true),
    poolerWidth: sizeField(json, 'pooler_output_size', sizes.width),
    poolerActivation: choiceField(json, 'pooler_act', ACTIVATION_NAMES, 'tanh'),
    decoderStride: sizeField(json, 'encoder_stride', 16),
  };
}

export function writeConfig(config: VitConfig): JsonObject {
  const [height, width] = config.imageSize;
  return {
    ...commonJson(config),
    image_size: height === width ? height : [height, width],
    patch_size: config.patchSize,
    num_channels: config.channels,
    ...sizesJson(config),
    hidden_act: config.activation,
    layer_norm_eps: config.layerNormEpsilon,
    hidden_dropout_prob: config.hiddenDropout,
    attention_probs_dropout_prob: config.attentionDropout,
    qkv_bias: config.attentionBias,
    pooler_output_size: config.poolerWidth,
    pooler_act: config.poolerActivation,
    encoder_stride: config.decoderStride,
  };
}
