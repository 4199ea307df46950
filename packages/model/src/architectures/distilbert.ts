/**
 * DistilBERT (Sanh et al. 2019, https://arxiv.org/abs/1910.01108): BERT with half of its layers, without segments and
 * pooler, trained to give what BERT gives.
 */
import { type random, tf } from '@quire/runtime';
import {
  COMMON,
  type CommonConfig,
  choiceField,
  commonJson,
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
import { embed } from '../layers/embedding.ts';
import {
  checkLength,
  type EncodedBlocks,
  type EncoderInputs,
  type EncoderOptions,
  type EncoderOutputs,
  encoderBlock,
  layerNorm,
  paddingMask,
  runBlocks,
} from '../layers/encoder.ts';
import { linear, linearSpec } from '../layers/linear.ts';
import { sequenceLoss, tokenLoss } from '../layers/losses.ts';
import { layerNormSpec } from '../layers/norm.ts';
import { initialize } from '../parameters/initialize.ts';
import { layers, normal, type ParametersOf } from '../parameters/spec.ts';

export const modelType = 'distilbert';

/** What names of a checkpoint start with where it has a head. */
export const prefix = 'distilbert';

/** A buffer of older checkpoints. */
export const ignoredNames = /\.position_ids$/;

export const tied = { 'vocab_projector.weight': 'distilbert.embeddings.word_embeddings.weight' } as const;

/** By the class that `config.json` names. */
export const heads = {
  DistilBertForMaskedLM: 'maskedLanguageModel',
  DistilBertForSequenceClassification: 'sequenceClassification',
  DistilBertForTokenClassification: 'tokenClassification',
  DistilBertModel: 'none',
} as const;

const LAYER_NORM_EPSILON = 1e-12;

export interface DistilBertConfig extends CommonConfig, TransformerSizes {
  head: (typeof heads)[keyof typeof heads];
  vocabularySize: number;
  /** Positions that there are embeddings for. */
  contextLength: number;
  activation: Activation;
  /** Of embeddings, of what the feed-forward layers add, and before the classification of tokens. */
  dropout: number;
  attentionDropout: number;
  /** Before the classification of sequences. */
  sequenceDropout: number;
  /** The token whose embedding isn't trained. */
  padTokenId: number;
}

const DISTILBERT_BASE: TransformerSizes = { width: 768, layers: 6, heads: 12, innerWidth: 3072 };
const SIZE_NAMES = { width: 'dim', layers: 'n_layers', heads: 'n_heads', innerWidth: 'hidden_dim' };

/** DistilBERT base, uncased, with what is given in place of its sizes. */
export function config(changes: Partial<DistilBertConfig> = {}): DistilBertConfig {
  const width = changes.width ?? DISTILBERT_BASE.width;
  return {
    ...COMMON,
    head: 'maskedLanguageModel',
    vocabularySize: 30522,
    contextLength: 512,
    ...DISTILBERT_BASE,
    width,
    innerWidth: 4 * width,
    activation: 'gelu',
    dropout: 0.1,
    attentionDropout: 0.1,
    sequenceDropout: 0.2,
    padTokenId: 0,
    ...changes,
  };
}

export function spec(config: DistilBertConfig) {
  const { head, width, innerWidth, labels, padTokenId, initializerDeviation: deviation } = config;
  const project = (from: number, to: number) => linearSpec(from, to, deviation);
  const dense = () => project(width, width);
  return {
    distilbert: {
      embeddings: {
        word_embeddings: { weight: normal([config.vocabularySize, width], deviation, padTokenId) },
        position_embeddings: { weight: normal([config.contextLength, width], deviation) },
        LayerNorm: layerNormSpec(width),
      },
      transformer: {
        layer: layers(config.layers, () => ({
          attention: { q_lin: dense(), k_lin: dense(), v_lin: dense(), out_lin: dense() },
          sa_layer_norm: layerNormSpec(width),
          ffn: { lin1: project(width, innerWidth), lin2: project(innerWidth, width) },
          output_layer_norm: layerNormSpec(width),
        })),
      },
    },
    ...(head === 'maskedLanguageModel' && {
      vocab_transform: dense(),
      vocab_layer_norm: layerNormSpec(width),
      vocab_projector: { bias: project(width, config.vocabularySize).bias },
    }),
    ...(head === 'sequenceClassification' && { pre_classifier: dense() }),
    ...((head === 'sequenceClassification' || head === 'tokenClassification') && {
      classifier: project(width, labels.length),
    }),
  };
}

export type DistilBertParameters = ParametersOf<ReturnType<typeof spec>>;

export type DistilBertInputs = EncoderInputs;

export function init(config: DistilBertConfig, key: random.Key): Promise<DistilBertParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where sequences are longer than `config.contextLength`. */
export function forward(
  params: DistilBertParameters,
  inputs: DistilBertInputs,
  config: DistilBertConfig,
  options: EncoderOptions = {},
): EncoderOutputs {
  const { embeddings, transformer } = params.distilbert;
  const { inputIds, attentionMask } = inputs;
  checkLength(inputIds, config.contextLength);
  const dropouts = new Dropouts(options.dropoutKey);
  const positionIds =
    inputs.positionIds ?? (tf.range(0, inputIds.shape[1], 1, 'int32').expandDims(0) as tf.Tensor2D); // (T) -> (1, T)
  const embedded = embed(embeddings.word_embeddings.weight, inputIds, config.padTokenId).add(
    embed(embeddings.position_embeddings.weight, positionIds),
  ) as tf.Tensor3D; // (B, T, C)
  const x = dropouts.apply(layerNorm(embedded, embeddings.LayerNorm, LAYER_NORM_EPSILON), config.dropout);
  const mask = attentionMask && paddingMask(attentionMask);
  const blocks = transformer.layer.map(({ attention, sa_layer_norm, ffn, output_layer_norm }) => ({
    query: attention.q_lin,
    key: attention.k_lin,
    value: attention.v_lin,
    output: attention.out_lin,
    outputNorm: sa_layer_norm,
    inner: ffn.lin1,
    outer: ffn.lin2,
    outerNorm: output_layer_norm,
  }));
  const { first, ...encoded } = runBlocks(x, blocks, encoderBlock, {
    heads: config.heads,
    activation: config.activation,
    layerNormEpsilon: LAYER_NORM_EPSILON,
    dropouts,
    attentionDropout: config.attentionDropout,
    outputDropout: 0,
    outerDropout: config.dropout,
    ...(mask && { mask }),
    ...(options.attentions && { attentions: true }),
  });
  const logits = head(params, { hidden: encoded.hidden, first }, config, dropouts);
  return { ...encoded, ...(logits && { logits }) };
}

function head(
  params: DistilBertParameters,
  { hidden, first }: Pick<EncodedBlocks, 'hidden' | 'first'>,
  config: DistilBertConfig,
  dropouts: Dropouts,
): tf.Tensor | undefined {
  const { vocab_transform, vocab_layer_norm, vocab_projector, pre_classifier, classifier } = params;
  if (vocab_transform && vocab_layer_norm && vocab_projector) {
    const inner = activate(linear(hidden, vocab_transform), config.activation);
    const { weight } = params.distilbert.embeddings.word_embeddings;
    const normal = layerNorm(inner, vocab_layer_norm, LAYER_NORM_EPSILON);
    return linear(normal, { weight, bias: vocab_projector.bias });
  }
  if (!classifier) return undefined;
  if (!pre_classifier) return linear(dropouts.apply(hidden, config.dropout), classifier);
  const inner = linear(first(), pre_classifier).relu();
  return linear(dropouts.apply(inner, config.sequenceDropout), classifier);
}

export interface DistilBertBatch extends DistilBertInputs {
  /**
   * int32 (B, T): tokens, or classes of them, with -100 where nothing is predicted. Of whole sequences int32 (B), or
   * float32 (B, L) where there are several labels or a regression.
   */
  labels: tf.Tensor;
}

/** The head's loss, a float32 scalar: cross-entropy in nats, or what `config.problem` says of sequences. */
export function loss(
  params: DistilBertParameters,
  { labels, ...inputs }: DistilBertBatch,
  config: DistilBertConfig,
  options: EncoderOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  const { logits } = forward(params, inputs, config, options);
  if (!logits) {
    throw new TypeError('A DistilBERT without a head has no loss: choose a head in its configuration.');
  }
  return config.head === 'sequenceClassification'
    ? sequenceLoss(logits as tf.Tensor2D, labels, config.problem, options.labelSmoothing)
    : tokenLoss(logits as tf.Tensor3D, labels as tf.Tensor2D, options.labelSmoothing);
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: DistilBertConfig['head']): DistilBertConfig {
  const common = readCommon(json);
  return {
    ...common,
    padTokenId: common.padTokenId ?? 0,
    head,
    vocabularySize: sizeField(json, 'vocab_size', 30522),
    contextLength: sizeField(json, 'max_position_embeddings', 512),
    ...readSizes(json, DISTILBERT_BASE, SIZE_NAMES),
    activation: choiceField(json, 'activation', ACTIVATION_NAMES, 'gelu'),
    dropout: numberField(json, 'dropout', 0.1),
    attentionDropout: numberField(json, 'attention_dropout', 0.1),
    sequenceDropout: numberField(json, 'seq_classif_dropout', 0.2),
  };
}

export function writeConfig(config: DistilBertConfig): JsonObject {
  return {
    ...commonJson(config),
    vocab_size: config.vocabularySize,
    max_position_embeddings: config.contextLength,
    ...sizesJson(config, SIZE_NAMES),
    activation: config.activation,
    dropout: config.dropout,
    attention_dropout: config.attentionDropout,
    seq_classif_dropout: config.sequenceDropout,
  };
}
