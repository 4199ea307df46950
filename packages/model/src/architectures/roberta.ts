/**
 * RoBERTa (Liu et al. 2019, https://arxiv.org/abs/1907.11692) and XLM-R (Conneau et al. 2020,
 * https://arxiv.org/abs/1911.02116): BERT's encoder, whose positions are counted from the padding token's number on, with
 * heads of its own.
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
import {
  checkLength,
  type EncodedBlocks,
  type EncoderOptions,
  type EncoderOutputs,
  layerNorm,
} from '../layers/encoder.ts';
import { linear, linearSpec } from '../layers/linear.ts';
import { sequenceLoss, tokenLoss } from '../layers/losses.ts';
import { layerNormSpec } from '../layers/norm.ts';
import { initialize } from '../parameters/initialize.ts';
import { type ParametersOf, zeros } from '../parameters/spec.ts';

export const modelType = 'roberta';
export const modelTypes = ['roberta', 'xlm-roberta'] as const;

/** What names of a checkpoint start with where it has a head. */
export const prefix = 'roberta';

/** A buffer of older checkpoints, and the pooler, which the heads have no use for. */
export const ignoredNames = /(\.position_ids|(^|\.)pooler\.dense\.(weight|bias))$/;

export const tied = {
  'lm_head.decoder.weight': 'roberta.embeddings.word_embeddings.weight',
  'lm_head.decoder.bias': 'lm_head.bias',
} as const;

/** By the class that `config.json` names. */
export const heads = {
  RobertaForMaskedLM: 'maskedLanguageModel',
  RobertaForSequenceClassification: 'sequenceClassification',
  RobertaForTokenClassification: 'tokenClassification',
  RobertaModel: 'none',
  XLMRobertaForMaskedLM: 'maskedLanguageModel',
  XLMRobertaForSequenceClassification: 'sequenceClassification',
  XLMRobertaForTokenClassification: 'tokenClassification',
  XLMRobertaModel: 'none',
} as const;

export interface RobertaConfig extends BertEncoderConfig {
  /** Which of the two `config.json` says it is; they compute the same. */
  modelType: (typeof modelTypes)[number];
  head: (typeof heads)[keyof typeof heads];
  /** Tokens that there are positions for. */
  contextLength: number;
}

/** RoBERTa base, with what is given in place of its sizes. */
export function config(changes: Partial<RobertaConfig> = {}): RobertaConfig {
  const width = changes.width ?? BERT_BASE.width;
  return {
    ...COMMON,
    ...BERT_BASE,
    modelType: 'roberta',
    head: 'maskedLanguageModel',
    vocabularySize: 50265,
    contextLength: 512,
    tokenTypes: 1,
    innerWidth: 4 * width,
    layerNormEpsilon: 1e-5,
    padTokenId: 1,
    bosTokenId: 0,
    eosTokenId: 2,
    ...changes,
  };
}

export function spec(config: RobertaConfig) {
  const { head, width, labels, padTokenId, initializerDeviation: deviation } = config;
  const dense = () => linearSpec(width, width, deviation);
  return {
    roberta: bertEncoderSpec(config, {
      positions: config.contextLength + padTokenId + 1,
      paddingPosition: padTokenId,
      pooler: head === 'none',
    }),
    ...(head === 'maskedLanguageModel' && {
      lm_head: { bias: zeros([config.vocabularySize]), dense: dense(), layer_norm: layerNormSpec(width) },
    }),
    ...(head === 'sequenceClassification' && {
      classifier: { dense: dense(), out_proj: linearSpec(width, labels.length, deviation) },
    }),
    ...(head === 'tokenClassification' && { classifier: linearSpec(width, labels.length, deviation) }),
  };
}

export type RobertaParameters = ParametersOf<ReturnType<typeof spec>>;

export type RobertaInputs = BertEncoderInputs;

export function init(config: RobertaConfig, key: random.Key): Promise<RobertaParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where sequences are longer than `config.contextLength`. */
export function forward(
  params: RobertaParameters,
  inputs: RobertaInputs,
  config: RobertaConfig,
  options: EncoderOptions = {},
): EncoderOutputs {
  const { padTokenId } = config;
  checkLength(inputs.inputIds, config.contextLength);
  const dropouts = new Dropouts(options.dropoutKey);
  const positionIds = inputs.positionIds ?? positions(inputs.inputIds, padTokenId);
  const { first, ...encoded } = bertEncoder(
    params.roberta,
    { ...inputs, positionIds, paddingPosition: padTokenId },
    config,
    { dropouts, ...(options.attentions && { attentions: true }) },
  );
  const logits = head(params, { hidden: encoded.hidden, first }, config, dropouts);
  return { ...encoded, ...(logits && { logits }) };
}

/** int32 (B, T): tokens are counted from `padTokenId + 1` on, and padding is at `padTokenId` itself. */
function positions(inputIds: tf.Tensor2D, padTokenId: number): tf.Tensor2D {
  const real = inputIds.notEqual(tf.scalar(padTokenId, 'int32')).cast('int32');
  return real.cumsum(1).mul(real).add(tf.scalar(padTokenId, 'int32')).cast('int32');
}

function head(
  { roberta, lm_head, classifier }: RobertaParameters,
  { hidden, first }: Pick<EncodedBlocks, 'hidden' | 'first'>,
  config: RobertaConfig,
  dropouts: Dropouts,
): tf.Tensor | undefined {
  const drop = <T extends tf.Tensor>(x: T): T =>
    dropouts.apply(x, config.classifierDropout ?? config.hiddenDropout);
  if (lm_head) {
    // GELU whatever the encoder's activation is.
    const inner = activate(linear(hidden, lm_head.dense), 'gelu');
    const normal = layerNorm(inner, lm_head.layer_norm, config.layerNormEpsilon);
    return linear(normal, { weight: roberta.embeddings.word_embeddings.weight, bias: lm_head.bias });
  }
  if (!classifier) return undefined;
  if ('weight' in classifier) return linear(drop(hidden), classifier);
  const inner = linear(drop(first()), classifier.dense).tanh();
  return linear(drop(inner), classifier.out_proj);
}

export interface RobertaBatch extends RobertaInputs {
  /**
   * int32 (B, T): tokens, or classes of them, with -100 where nothing is predicted. Of whole sequences int32 (B), or
   * float32 (B, L) where there are several labels or a regression.
   */
  labels: tf.Tensor;
}

/** The head's loss, a float32 scalar: cross-entropy in nats, or what `config.problem` says of sequences. */
export function loss(
  params: RobertaParameters,
  { labels, ...inputs }: RobertaBatch,
  config: RobertaConfig,
  options: EncoderOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  const { logits } = forward(params, inputs, config, options);
  if (!logits) {
    throw new TypeError('A RoBERTa without a head has no loss: choose a head in its configuration.');
  }
  return config.head === 'sequenceClassification'
    ? sequenceLoss(logits as tf.Tensor2D, labels, config.problem, options.labelSmoothing)
    : tokenLoss(logits as tf.Tensor3D, labels as tf.Tensor2D, options.labelSmoothing);
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: RobertaConfig['head']): RobertaConfig {
  const encoder = readBertEncoder(json, { vocabularySize: 50265, padTokenId: 1 });
  return {
    ...encoder,
    modelType: json.model_type === 'xlm-roberta' ? 'xlm-roberta' : 'roberta',
    head,
    contextLength: sizeField(json, 'max_position_embeddings', 512) - encoder.padTokenId - 1,
  };
}

export function writeConfig(config: RobertaConfig): JsonObject {
  const own = Object.entries(heads).filter(([, head]) => head === config.head);
  const [roberta, xlmRoberta] = own.map(([name]) => name) as [string, string];
  return {
    architectures: [config.modelType === 'roberta' ? roberta : xlmRoberta],
    model_type: config.modelType,
    ...bertEncoderJson(config),
    max_position_embeddings: config.contextLength + config.padTokenId + 1,
  };
}
