/**
 * CLIP (Radford et al. 2021, https://arxiv.org/abs/2103.00020): a text and a picture are each encoded by a transformer of
 * their own into one space, in which those that belong together are close.
 */
import { ops, type random, tf } from '@quire/runtime';
import {
  COMMON,
  type CommonConfig,
  choiceField,
  defined,
  heightAndWidthField,
  type JsonObject,
  numberField,
  objectField,
  readSizes,
  sizeField,
  sizesJson,
  type TransformerSizes,
  tokenField,
} from '../config-json.ts';
import { ACTIVATION_NAMES, type Activation } from '../layers/activations.ts';
import { Dropouts } from '../layers/dropout.ts';
import { embed } from '../layers/embedding.ts';
import {
  checkLength,
  type EncodedBlocks,
  type EncoderInputs,
  type EncoderOptions,
  type EncoderOutputs,
  layerNorm,
  paddingMask,
  rowsAt,
  runBlocks,
} from '../layers/encoder.ts';
import { linear, linearSpec } from '../layers/linear.ts';
import { layerNormSpec, normalize } from '../layers/norm.ts';
import { embedPatches, gridOf, positionsFor } from '../layers/patches.ts';
import { preNormBlock } from '../layers/pre-norm-block.ts';
import { initialize } from '../parameters/initialize.ts';
import { constant, layers, normal, type ParametersOf } from '../parameters/spec.ts';

export const modelType = 'clip';

export const prefix = '';

/** Buffers of older checkpoints. */
export const ignoredNames = /\.embeddings\.position_ids$/;

/** By the class that `config.json` names. */
export const heads = { CLIPModel: 'contrastive' } as const;

export interface ClipTowerConfig extends TransformerSizes {
  activation: Activation;
  layerNormEpsilon: number;
  attentionDropout: number;
}

export interface ClipTextConfig extends ClipTowerConfig {
  vocabularySize: number;
  /** Positions that there are embeddings for. */
  contextLength: number;
  /**
   * The token that ends a text, whose first place is where the text's vector is read. Checkpoints of the first years say 2
   * and mean the token with the largest number.
   */
  eosTokenId: number;
  bosTokenId?: number;
  padTokenId?: number;
}

export interface ClipVisionConfig extends ClipTowerConfig {
  /** Height and width of the pictures that there are positions for. */
  imageSize: readonly [height: number, width: number];
  /** Sides of a patch, in pixels. */
  patchSize: number;
  /** Of the pictures. */
  channels: number;
}

export interface ClipConfig extends CommonConfig {
  head: (typeof heads)[keyof typeof heads];
  text: ClipTextConfig;
  vision: ClipVisionConfig;
  /** Of the space that both are projected into. */
  projectionWidth: number;
  /** The logarithm that similarities are scaled by in the beginning. */
  logitScale: number;
}

const TOWER = { activation: 'quick_gelu', layerNormEpsilon: 1e-5, attentionDropout: 0 } as const;
const TEXT: ClipTextConfig = {
  ...TOWER,
  ...{ width: 512, layers: 12, heads: 8, innerWidth: 2048 },
  ...{ vocabularySize: 49408, contextLength: 77, eosTokenId: 49407 },
};
const VISION: ClipVisionConfig = {
  ...TOWER,
  ...{ width: 768, layers: 12, heads: 12, innerWidth: 3072 },
  ...{ imageSize: [224, 224], patchSize: 32, channels: 3 },
};

export interface ClipChanges extends Partial<Omit<ClipConfig, 'text' | 'vision'>> {
  text?: Partial<ClipTextConfig>;
  vision?: Partial<ClipVisionConfig>;
}

/** CLIP ViT-B/32, with what is given in place of its sizes. */
export function config({ text = {}, vision = {}, ...changes }: ClipChanges = {}): ClipConfig {
  const inner = ({ width }: Partial<TransformerSizes>) => width !== undefined && { innerWidth: 4 * width };
  return {
    ...COMMON,
    head: 'contrastive',
    text: { ...TEXT, ...inner(text), ...text },
    vision: { ...VISION, ...inner(vision), ...vision },
    projectionWidth: 512,
    logitScale: 2.6592,
    ...changes,
  };
}

/** Weights start by the widths and the number of layers, as in transformers. */
function blocksSpec({ width, layers: count, innerWidth }: TransformerSizes) {
  const out = 1 / Math.sqrt(width);
  const into = out / Math.sqrt(2 * count);
  return layers(count, () => ({
    self_attn: {
      k_proj: linearSpec(width, width, into),
      v_proj: linearSpec(width, width, into),
      q_proj: linearSpec(width, width, into),
      out_proj: linearSpec(width, width, out),
    },
    layer_norm1: layerNormSpec(width),
    mlp: {
      fc1: linearSpec(width, innerWidth, out / Math.sqrt(2)),
      fc2: linearSpec(innerWidth, width, into),
    },
    layer_norm2: layerNormSpec(width),
  }));
}

export function spec({ text, vision, projectionWidth, ...config }: ClipConfig) {
  const { initializerDeviation: deviation } = config;
  const [rows, columns] = gridOf(vision.imageSize, vision.patchSize);
  const projection = (width: number) => ({
    weight: normal([projectionWidth, width], 1 / Math.sqrt(width)),
  });
  const patch = [vision.width, vision.channels, vision.patchSize, vision.patchSize] as const;
  return {
    text_model: {
      embeddings: {
        token_embedding: { weight: normal([text.vocabularySize, text.width], deviation) },
        position_embedding: { weight: normal([text.contextLength, text.width], deviation) },
      },
      encoder: { layers: blocksSpec(text) },
      final_layer_norm: layerNormSpec(text.width),
    },
    vision_model: {
      embeddings: {
        class_embedding: normal([vision.width], 1 / Math.sqrt(vision.width)),
        patch_embedding: { weight: normal(patch, deviation) },
        position_embedding: { weight: normal([1 + rows * columns, vision.width], deviation) },
      },
      // The name is spelled so in all checkpoints.
      pre_layrnorm: layerNormSpec(vision.width),
      encoder: { layers: blocksSpec(vision) },
      post_layernorm: layerNormSpec(vision.width),
    },
    visual_projection: projection(vision.width),
    text_projection: projection(text.width),
    logit_scale: constant([], config.logitScale),
  };
}

export type ClipParameters = ParametersOf<ReturnType<typeof spec>>;
type Block = ClipParameters['text_model']['encoder']['layers'][number];

/** Texts, which end with `config.text.eosTokenId`, with padding behind. */
export type ClipTextInputs = EncoderInputs;

export interface ClipImageInputs {
  /** float32 (B, channels, H, W) */
  pixelValues: tf.Tensor4D;
}

export interface ClipOptions extends EncoderOptions {
  /** Takes pictures of other sizes too, for which positions are interpolated. */
  interpolatePositions?: boolean;
}

/** `hidden` of the texts is normalized, that of pictures isn't; `hiddenStates` of neither are. `pooled` is, of both. */
export type ClipTowerOutputs = Omit<EncoderOutputs, 'logits'> & { pooled: tf.Tensor2D };

export interface ClipOutputs {
  /** float32 (T, I): the cosine similarity of each text with each picture, scaled */
  logitsPerText: tf.Tensor2D;
  /** float32 (I, T) */
  logitsPerImage: tf.Tensor2D;
  /** float32 (T, P), of length 1 */
  textEmbeds: tf.Tensor2D;
  /** float32 (I, P), of length 1 */
  imageEmbeds: tf.Tensor2D;
  text: ClipTowerOutputs;
  vision: ClipTowerOutputs;
}

export function init(config: ClipConfig, key: random.Key): Promise<ClipParameters> {
  return initialize(spec(config), key);
}

/**
 * Compares T texts with I pictures.
 *
 * @throws {RangeError} where texts are longer than `config.text.contextLength`, or pictures of another size than
 * `config.vision.imageSize`, unless positions are interpolated.
 */
export function forward(
  params: ClipParameters,
  { pixelValues, ...texts }: ClipTextInputs & ClipImageInputs,
  config: ClipConfig,
  options: ClipOptions = {},
): ClipOutputs {
  const dropouts = new Dropouts(options.dropoutKey);
  const vision = encodeImages(params, { pixelValues }, config, dropouts, options);
  const text = encodeTexts(params, texts, config, dropouts, options);
  const textEmbeds = normalize(linear(text.pooled, params.text_projection));
  const imageEmbeds = normalize(linear(vision.pooled, params.visual_projection));
  const logitsPerText = scaled(params, textEmbeds, imageEmbeds);
  return {
    logitsPerText,
    logitsPerImage: logitsPerText.transpose(), // (T, I) -> (I, T)
    textEmbeds,
    imageEmbeds,
    text,
    vision,
  };
}

/** Vectors of texts in the common space, float32 (T, P), not yet of length 1. */
export function textFeatures(
  params: ClipParameters,
  inputs: ClipTextInputs,
  config: ClipConfig,
  options: ClipOptions = {},
): tf.Tensor2D {
  const { pooled } = encodeTexts(params, inputs, config, new Dropouts(options.dropoutKey), options);
  return linear(pooled, params.text_projection);
}

/** Vectors of pictures in the common space, float32 (I, P), not yet of length 1. */
export function imageFeatures(
  params: ClipParameters,
  inputs: ClipImageInputs,
  config: ClipConfig,
  options: ClipOptions = {},
): tf.Tensor2D {
  const { pooled } = encodeImages(params, inputs, config, new Dropouts(options.dropoutKey), options);
  return linear(pooled, params.visual_projection);
}

/**
 * The scaled cosine similarity of each text with each picture.
 *
 * @param texts float32 (T, P)
 * @param images float32 (I, P)
 * @returns float32 (T, I)
 */
export function similarities(
  params: Pick<ClipParameters, 'logit_scale'>,
  texts: tf.Tensor2D,
  images: tf.Tensor2D,
): tf.Tensor2D {
  return scaled(params, normalize(texts), normalize(images));
}

function scaled(
  { logit_scale }: Pick<ClipParameters, 'logit_scale'>,
  texts: tf.Tensor2D,
  images: tf.Tensor2D,
): tf.Tensor2D {
  return texts.matMul(images, false, true).mul(logit_scale.exp()) as tf.Tensor2D; // (T, P) -> (T, I)
}

function encodeTexts(
  { text_model }: ClipParameters,
  { inputIds, attentionMask, positionIds }: ClipTextInputs,
  { text: config }: ClipConfig,
  dropouts: Dropouts,
  options: ClipOptions,
): ClipTowerOutputs {
  checkLength(inputIds, config.contextLength);
  const { token_embedding, position_embedding } = text_model.embeddings;
  const [, t] = inputIds.shape;
  const positions = positionIds
    ? embed(position_embedding.weight, positionIds)
    : position_embedding.weight.slice([0, 0], [t, config.width]); // (T, C)
  const embedded = embed(token_embedding.weight, inputIds).add(positions) as tf.Tensor3D; // (B, T, C)
  const mask = attentionMask && paddingMask(attentionMask);
  const { first: _, ...encoded } = encode(embedded, text_model.encoder.layers, config, dropouts, {
    ...options,
    causal: true,
    ...(mask && { mask }),
  });
  const hidden = layerNorm(encoded.hidden, text_model.final_layer_norm, config.layerNormEpsilon);
  const isEnd = config.eosTokenId === 2 ? inputIds : inputIds.equal(tf.scalar(config.eosTokenId, 'int32'));
  const ends = tf.argMax(isEnd.cast('int32'), 1).cast('int32') as tf.Tensor1D; // (B, T) -> (B)
  return { ...encoded, hidden, pooled: rowsAt(hidden, ends) };
}

function encodeImages(
  { vision_model }: ClipParameters,
  { pixelValues }: ClipImageInputs,
  { vision: config }: ClipConfig,
  dropouts: Dropouts,
  options: ClipOptions,
): ClipTowerOutputs {
  const { class_embedding, patch_embedding, position_embedding } = vision_model.embeddings;
  const patches = embedPatches(pixelValues, patch_embedding);
  const classes = class_embedding.reshape([1, 1, config.width]).tile([patches.shape[0], 1, 1]) as tf.Tensor3D; // (C) -> (B, 1, C)
  const positions = positionsFor(position_embedding.weight, pixelValues, {
    imageSize: config.imageSize,
    patchSize: config.patchSize,
    interpolate: options.interpolatePositions ?? false,
  });
  const embedded = tf.concat([classes, patches], 1).add(positions) as tf.Tensor3D; // (B, 1 + N, C)
  const normal = layerNorm(embedded, vision_model.pre_layrnorm, config.layerNormEpsilon);
  const { first, ...encoded } = encode(normal, vision_model.encoder.layers, config, dropouts, options);
  const pooled = layerNorm(first(), vision_model.post_layernorm, config.layerNormEpsilon);
  return { ...encoded, pooled };
}

function encode(
  x: tf.Tensor3D,
  blocks: readonly Block[],
  config: ClipTowerConfig,
  dropouts: Dropouts,
  options: ClipOptions & { causal?: boolean; mask?: tf.Tensor4D },
): EncodedBlocks {
  const { attentions: wanted, causal, mask } = options;
  const layers = blocks.map(({ self_attn, layer_norm1, mlp, layer_norm2 }) => ({
    query: self_attn.q_proj,
    key: self_attn.k_proj,
    value: self_attn.v_proj,
    output: self_attn.out_proj,
    inner: mlp.fc1,
    outer: mlp.fc2,
    attentionNorm: layer_norm1,
    feedForwardNorm: layer_norm2,
  }));
  return runBlocks(x, layers, preNormBlock, {
    heads: config.heads,
    activation: config.activation,
    layerNormEpsilon: config.layerNormEpsilon,
    dropouts,
    attentionDropout: config.attentionDropout,
    outputDropout: 0,
    outerDropout: 0,
    ...(causal && { causal }),
    ...(mask && { mask }),
    ...(wanted && { attentions: true }),
  });
}

/** Text i belongs to picture i. */
export interface ClipBatch extends ClipTextInputs, ClipImageInputs {}

/**
 * A float32 scalar: the mean of the cross-entropies, in nats, of finding each text's picture and each picture's text among
 * those of the batch.
 */
export function loss(
  params: ClipParameters,
  batch: ClipBatch,
  config: ClipConfig,
  options: ClipOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  const { logitsPerText, logitsPerImage } = forward(params, batch, config, options);
  const [texts, images] = logitsPerText.shape;
  if (texts !== images) {
    throw new RangeError(`Each text needs its picture: there are ${texts} texts and ${images} pictures.`);
  }
  const { labelSmoothing = 0 } = options;
  const labels = tf.range(0, texts, 1, 'int32');
  const find = (logits: tf.Tensor2D): tf.Scalar => ops.crossEntropy(logits, labels, { labelSmoothing });
  return find(logitsPerText).add(find(logitsPerImage)).div(2);
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: ClipConfig['head']): ClipConfig {
  // Some checkpoints have the same once more under another name, which counts then.
  const text = objectField(json, json.text_config_dict == null ? 'text_config' : 'text_config_dict');
  const vision = objectField(json, json.vision_config_dict == null ? 'vision_config' : 'vision_config_dict');
  const [bosTokenId, padTokenId] = [tokenField(text, 'bos_token_id'), tokenField(text, 'pad_token_id')];
  return {
    ...COMMON,
    head,
    text: {
      ...readTower(text, TEXT),
      vocabularySize: sizeField(text, 'vocab_size', TEXT.vocabularySize),
      contextLength: sizeField(text, 'max_position_embeddings', TEXT.contextLength),
      eosTokenId: tokenField(text, 'eos_token_id') ?? TEXT.eosTokenId,
      ...(bosTokenId !== undefined && { bosTokenId }),
      ...(padTokenId !== undefined && { padTokenId }),
    },
    vision: {
      ...readTower(vision, VISION),
      imageSize: heightAndWidthField(vision, 'image_size', VISION.imageSize[0]),
      patchSize: sizeField(vision, 'patch_size', VISION.patchSize),
      channels: sizeField(vision, 'num_channels', VISION.channels),
    },
    projectionWidth: sizeField(json, 'projection_dim', 512),
    logitScale: numberField(json, 'logit_scale_init_value', 2.6592),
  };
}

function readTower(json: JsonObject, missing: TransformerSizes): ClipTowerConfig {
  return {
    ...readSizes(json, missing),
    activation: choiceField(json, 'hidden_act', ACTIVATION_NAMES, TOWER.activation),
    layerNormEpsilon: numberField(json, 'layer_norm_eps', TOWER.layerNormEpsilon),
    attentionDropout: numberField(json, 'attention_dropout', TOWER.attentionDropout),
  };
}

export function writeConfig({ text, vision, projectionWidth, logitScale }: ClipConfig): JsonObject {
  const [height, width] = vision.imageSize;
  return {
    text_config: {
      model_type: 'clip_text_model',
      ...towerJson(text),
      vocab_size: text.vocabularySize,
      max_position_embeddings: text.contextLength,
      ...defined({
        eos_token_id: text.eosTokenId,
        bos_token_id: text.bosTokenId,
        pad_token_id: text.padTokenId,
      }),
      projection_dim: projectionWidth,
    },
    vision_config: {
      model_type: 'clip_vision_model',
      ...towerJson(vision),
      image_size: height === width ? height : [height, width],
      patch_size: vision.patchSize,
      num_channels: vision.channels,
      projection_dim: projectionWidth,
    },
    projection_dim: projectionWidth,
    logit_scale_init_value: logitScale,
  };
}

function towerJson(config: ClipTowerConfig): JsonObject {
  return {
    ...sizesJson(config),
    hidden_act: config.activation,
    layer_norm_eps: config.layerNormEpsilon,
    attention_dropout: config.attentionDropout,
  };
}
