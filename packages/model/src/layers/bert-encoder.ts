/** Embeddings, blocks and pooler of BERT under their published names, which RoBERTa has too. */
import { tf } from '@quire/runtime';
import {
  booleanField,
  type CommonConfig,
  choiceField,
  commonJson,
  defined,
  type JsonObject,
  numberField,
  readCommon,
  readSizes,
  sizeField,
  sizesJson,
  type TransformerSizes,
} from '../config-json.ts';
import { layers, normal, type ParametersOf } from '../parameters/spec.ts';
import { ACTIVATION_NAMES, type Activation } from './activations.ts';
import type { Dropouts } from './dropout.ts';
import { embed } from './embedding.ts';
import {
  type EncodedBlocks,
  type EncoderInputs,
  type EncoderOptions,
  type EncoderOutputs,
  encoderBlock,
  layerNorm,
  paddingMask,
  runBlocks,
} from './encoder.ts';
import { linear, linearSpec } from './linear.ts';
import { layerNormSpec } from './norm.ts';

export interface BertEncoderConfig extends CommonConfig, TransformerSizes {
  vocabularySize: number;
  /** Kinds of segments: the first and the second text of a pair. */
  tokenTypes: number;
  activation: Activation;
  layerNormEpsilon: number;
  hiddenDropout: number;
  attentionDropout: number;
  /** Before a classification head; `hiddenDropout` where not given. */
  classifierDropout?: number;
  /** The token whose embedding isn't trained. */
  padTokenId: number;
}

export interface BertEncoderInputs extends EncoderInputs {
  /** int32 (B, T): the segment of each token, 0 where not given */
  tokenTypeIds?: tf.Tensor2D;
}

export interface BertEncoderSizes {
  positions: number;
  /** The row of positions that padding has. */
  paddingPosition?: number;
  pooler: boolean;
}

export function bertEncoderSpec(
  config: BertEncoderConfig,
  { positions, paddingPosition, pooler }: BertEncoderSizes,
) {
  const { width, innerWidth, initializerDeviation: deviation, padTokenId } = config;
  const norm = () => layerNormSpec(width);
  const project = (from: number, to: number) => linearSpec(from, to, deviation);
  return {
    embeddings: {
      word_embeddings: { weight: normal([config.vocabularySize, width], deviation, padTokenId) },
      position_embeddings: { weight: normal([positions, width], deviation, paddingPosition) },
      token_type_embeddings: { weight: normal([config.tokenTypes, width], deviation) },
      LayerNorm: norm(),
    },
    encoder: {
      layer: layers(config.layers, () => ({
        attention: {
          self: { query: project(width, width), key: project(width, width), value: project(width, width) },
          output: { dense: project(width, width), LayerNorm: norm() },
        },
        intermediate: { dense: project(width, innerWidth) },
        output: { dense: project(innerWidth, width), LayerNorm: norm() },
      })),
    },
    ...(pooler && { pooler: { dense: project(width, width) } }),
  };
}

export type BertEncoderParameters = ParametersOf<ReturnType<typeof bertEncoderSpec>>;

/**
 * @param positionIds int32 (B, T) or (1, T)
 * @param paddingPosition the row of positions that isn't trained, where there is one
 */
export function bertEncoder(
  { embeddings, encoder, pooler }: BertEncoderParameters,
  inputs: BertEncoderInputs & { positionIds: tf.Tensor2D; paddingPosition?: number },
  config: BertEncoderConfig,
  { dropouts, attentions: wanted }: Pick<EncoderOptions, 'attentions'> & { dropouts: Dropouts },
): Omit<EncoderOutputs, 'logits'> & EncodedBlocks {
  const { inputIds, attentionMask, positionIds, paddingPosition } = inputs;
  const tokenTypeIds = inputs.tokenTypeIds ?? (tf.zeros([1, 1], 'int32') as tf.Tensor2D);
  const embedded = embed(embeddings.word_embeddings.weight, inputIds, config.padTokenId)
    .add(embed(embeddings.token_type_embeddings.weight, tokenTypeIds))
    .add(embed(embeddings.position_embeddings.weight, positionIds, paddingPosition)) as tf.Tensor3D; // (B, T, C)
  const normal = layerNorm(embedded, embeddings.LayerNorm, config.layerNormEpsilon);
  const x = dropouts.apply(normal, config.hiddenDropout);
  const mask = attentionMask && paddingMask(attentionMask);
  const blocks = encoder.layer.map(({ attention, intermediate, output }) => ({
    ...attention.self,
    output: attention.output.dense,
    outputNorm: attention.output.LayerNorm,
    inner: intermediate.dense,
    outer: output.dense,
    outerNorm: output.LayerNorm,
  }));
  const encoded = runBlocks(x, blocks, encoderBlock, {
    heads: config.heads,
    activation: config.activation,
    layerNormEpsilon: config.layerNormEpsilon,
    dropouts,
    attentionDropout: config.attentionDropout,
    outputDropout: config.hiddenDropout,
    outerDropout: config.hiddenDropout,
    ...(mask && { mask }),
    ...(wanted && { attentions: true }),
  });
  const pooled = pooler && (linear(encoded.first(), pooler.dense).tanh() as tf.Tensor2D);
  return { ...encoded, ...(pooled && { pooled }) };
}

/** Of BERT's base size. */
export const BERT_BASE = {
  width: 768,
  layers: 12,
  heads: 12,
  innerWidth: 3072,
  activation: 'gelu',
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
} as const;

/** @throws {TypeError} where a field is missing or wrong. */
export function readBertEncoder(
  json: JsonObject,
  defaults: { vocabularySize: number; padTokenId: number },
): BertEncoderConfig {
  const common = readCommon(json);
  choiceField(json, 'position_embedding_type', ['absolute'], 'absolute');
  if (booleanField(json, 'is_decoder', false)) {
    throw new TypeError('config.json: is_decoder is true, and this architecture is an encoder only.');
  }
  return {
    ...common,
    padTokenId: common.padTokenId ?? defaults.padTokenId,
    vocabularySize: sizeField(json, 'vocab_size', defaults.vocabularySize),
    tokenTypes: sizeField(json, 'type_vocab_size', 2),
    ...readSizes(json, BERT_BASE),
    activation: choiceField(json, 'hidden_act', ACTIVATION_NAMES, BERT_BASE.activation),
    layerNormEpsilon: numberField(json, 'layer_norm_eps', 1e-12),
    hiddenDropout: numberField(json, 'hidden_dropout_prob', BERT_BASE.hiddenDropout),
    attentionDropout: numberField(json, 'attention_probs_dropout_prob', BERT_BASE.attentionDropout),
    ...(json.classifier_dropout != null && { classifierDropout: numberField(json, 'classifier_dropout') }),
  };
}

export function bertEncoderJson(config: BertEncoderConfig): JsonObject {
  return {
    ...commonJson(config),
    ...defined({
      vocab_size: config.vocabularySize,
      type_vocab_size: config.tokenTypes,
      ...sizesJson(config),
      hidden_act: config.activation,
      layer_norm_eps: config.layerNormEpsilon,
      hidden_dropout_prob: config.hiddenDropout,
      attention_probs_dropout_prob: config.attentionDropout,
      classifier_dropout: config.classifierDropout,
    }),
  };
}
