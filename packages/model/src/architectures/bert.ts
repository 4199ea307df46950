/**
 * BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): an encoder with learned positions and segments,
 * pre-trained by predicting masked tokens and whether a sentence follows. Multilingual BERT and `bert-base-chinese` are
 * checkpoints of it.
 */
import { type random, tf } from '@quire/runtime';
import { COMMON, type JsonObject, sizeField } from '../config-json.ts';
import { activate } from '../layers/activations.ts';
import {
  BERT_BASE,
  type BertEncoderConfig,
  type BertEncoderInputs,
  bertEncoder,
  bertEncoderJson,
  bertEncoderSpec,
  readBertEncoder,
} from '../layers/bert-encoder.ts';
import { Dropouts } from '../layers/dropout.ts';
import { checkLength, type EncoderOptions, type EncoderOutputs, layerNorm } from '../layers/encoder.ts';
import { linear, linearSpec } from '../layers/linear.ts';
import { sequenceLoss, tokenLoss } from '../layers/losses.ts';
import { layerNormSpec } from '../layers/norm.ts';
import { initialize } from '../parameters/initialize.ts';
import { type ParametersOf, zeros } from '../parameters/spec.ts';

export const modelType = 'bert';

/** What names of a checkpoint start with where it has a head. */
export const prefix = 'bert';

/**
 * A buffer of older checkpoints, and what pre-training leaves behind that a masked language model has no use for: the
 * pooler, and the head for the next sentence.
 */
export const ignoredNames = /(\.position_ids|(^|\.)pooler\.dense\.(weight|bias)|^cls\.seq_relationship\..*)$/;

export const tied = {
  'cls.predictions.decoder.weight': 'bert.embeddings.word_embeddings.weight',
  'cls.predictions.decoder.bias': 'cls.predictions.bias',
} as const;

/** Checkpoints that were converted from TensorFlow have TensorFlow's names of a normalization. */
export function renamed(name: string): string {
  return name.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
}

/** By the class that `config.json` names. */
export const heads = {
  BertForMaskedLM: 'maskedLanguageModel',
  BertForPreTraining: 'preTraining',
  BertForNextSentencePrediction: 'nextSentence',
  BertForSequenceClassification: 'sequenceClassification',
  BertForTokenClassification: 'tokenClassification',
  BertModel: 'none',
} as const;

export interface BertConfig extends BertEncoderConfig {
  head: (typeof heads)[keyof typeof heads];
  /** Positions that there are embeddings for. */
  contextLength: number;
}

/** BERT base, uncased, with what is given in place of its sizes. */
export function config(changes: Partial<BertConfig> = {}): BertConfig {
  const width = changes.width ?? BERT_BASE.width;
  return {
    ...COMMON,
    ...BERT_BASE,
    head: 'maskedLanguageModel',
    vocabularySize: 30522,
    contextLength: 512,
    tokenTypes: 2,
    innerWidth: 4 * width,
    layerNormEpsilon: 1e-12,
    padTokenId: 0,
    ...changes,
  };
}

export function spec(config: BertConfig) {
  const { head, width, labels, initializerDeviation: deviation } = config;
  const predicts = head === 'maskedLanguageModel' || head === 'preTraining';
  const follows = head === 'nextSentence' || head === 'preTraining';
  const classifies = head === 'sequenceClassification' || head === 'tokenClassification';
  return {
    bert: bertEncoderSpec(config, {
      positions: config.contextLength,
      pooler: head !== 'maskedLanguageModel' && head !== 'tokenClassification',
    }),
    ...((predicts || follows) && {
      cls: {
        ...(predicts && {
          predictions: {
            bias: zeros([config.vocabularySize]),
            transform: { dense: linearSpec(width, width, deviation), LayerNorm: layerNormSpec(width) },
          },
        }),
        ...(follows && { seq_relationship: linearSpec(width, 2, deviation) }),
      },
    }),
    ...(classifies && { classifier: linearSpec(width, labels.length, deviation) }),
  };
}

export type BertParameters = ParametersOf<ReturnType<typeof spec>>;

export interface BertInputs extends BertEncoderInputs {
  /**
   * int32 (B, K), with a head that predicts tokens: positions to predict, all of them where not given. Where few tokens
   * are masked this saves most of the work of a large vocabulary.
   */
  predictAt?: tf.Tensor2D;
}

export interface BertOutputs extends EncoderOutputs {
  /** float32 (B, 2), with the head for pre-training: that the second text follows the first, and that it doesn't */
  nextSentenceLogits?: tf.Tensor2D;
}

export function init(config: BertConfig, key: random.Key): Promise<BertParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where sequences are longer than `config.contextLength`. */
export function forward(
  params: BertParameters,
  inputs: BertInputs,
  config: BertConfig,
  options: EncoderOptions = {},
): BertOutputs {
  const { inputIds, predictAt } = inputs;
  checkLength(inputIds, config.contextLength);
  const dropouts = new Dropouts(options.dropoutKey);
  const positionIds =
    inputs.positionIds ?? (tf.range(0, inputIds.shape[1], 1, 'int32').expandDims(0) as tf.Tensor2D); // (T) -> (1, T)
  const { first: _, ...encoded } = bertEncoder(params.bert, { ...inputs, positionIds }, config, {
    dropouts,
    ...(options.attentions && { attentions: true }),
  });
  const { hidden, pooled } = encoded;
  const { cls, classifier } = params;
  const { predictions, seq_relationship } = cls ?? {};
  const asked = predictAt ? rowsAt(hidden, predictAt) : hidden;
  const tokens = predictions && predictTokens(asked, params, predictions, config);
  const nextSentence = seq_relationship && pooled && linear(pooled, seq_relationship);
  const classified = config.head === 'tokenClassification' ? hidden : pooled;
  const dropout = config.classifierDropout ?? config.hiddenDropout;
  const classes =
    classifier && classified && linear(dropouts.apply<tf.Tensor>(classified, dropout), classifier);
  const logits = tokens ?? nextSentence ?? classes;
  return {
    ...encoded,
    ...(logits && { logits }),
    ...(tokens && nextSentence && { nextSentenceLogits: nextSentence }),
  };
}

type Predictions = NonNullable<NonNullable<BertParameters['cls']>['predictions']>;

/** (B, T, C) and (B, K) -> (B, K, C), as a product: the gradient of one is faster than that of a gather. */
function rowsAt(hidden: tf.Tensor3D, at: tf.Tensor2D): tf.Tensor3D {
  return tf.oneHot(at, hidden.shape[1]).cast('float32').matMul(hidden) as tf.Tensor3D;
}

/** Of each position that is asked about, float32 (B, T, V); the last layer's weight is that of the token embedding. */
function predictTokens(
  hidden: tf.Tensor3D,
  { bert }: BertParameters,
  { transform, bias }: Predictions,
  config: BertConfig,
): tf.Tensor3D {
  const inner = activate(linear(hidden, transform.dense), config.activation);
  const normal = layerNorm(inner, transform.LayerNorm, config.layerNormEpsilon);
  return linear(normal, { weight: bert.embeddings.word_embeddings.weight, bias });
}

export interface BertBatch extends BertInputs {
  /**
   * int32 (B, T), or (B, K) with `predictAt`: tokens, or classes of them, with -100 where nothing is predicted. Of whole sequences int32 (B), or
   * float32 (B, L) where there are several labels or a regression. Of the next sentence int32 (B): 0 where it follows, 1
   * where not.
   */
  labels: tf.Tensor;
  /** int32 (B), with the head for pre-training: 0 where the second text follows the first, 1 where not */
  nextSentenceLabel?: tf.Tensor1D;
}

/**
 * The head's loss, a float32 scalar: cross-entropy in nats, or what `config.problem` says of sequences; of pre-training
 * the sum of both tasks' cross-entropies.
 */
export function loss(
  params: BertParameters,
  { labels, nextSentenceLabel, ...inputs }: BertBatch,
  config: BertConfig,
  options: EncoderOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  const { logits, nextSentenceLogits } = forward(params, inputs, config, options);
  const { labelSmoothing } = options;
  switch (config.head) {
    case 'none':
      throw new TypeError('A BERT without a head has no loss: choose a head in its configuration.');
    case 'maskedLanguageModel':
    case 'tokenClassification':
      return tokenLoss(logits as tf.Tensor3D, labels as tf.Tensor2D, labelSmoothing);
    case 'preTraining':
      if (!nextSentenceLabel) throw new TypeError('Pre-training also needs nextSentenceLabel, int32 (B).');
      return tokenLoss(logits as tf.Tensor3D, labels as tf.Tensor2D, labelSmoothing).add(
        sequenceLoss(nextSentenceLogits as tf.Tensor2D, nextSentenceLabel, 'singleLabel', labelSmoothing),
      );
    case 'nextSentence':
      return sequenceLoss(logits as tf.Tensor2D, labels, 'singleLabel', labelSmoothing);
    case 'sequenceClassification':
      return sequenceLoss(logits as tf.Tensor2D, labels, config.problem, labelSmoothing);
  }
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: BertConfig['head']): BertConfig {
  return {
    ...readBertEncoder(json, { vocabularySize: 30522, padTokenId: 0 }),
    head,
    contextLength: sizeField(json, 'max_position_embeddings', 512),
  };
}

export function writeConfig(config: BertConfig): JsonObject {
  return { ...bertEncoderJson(config), max_position_embeddings: config.contextLength };
}
