/**
 * Llama (Touvron et al. 2023, https://arxiv.org/abs/2302.13971; Llama 3: https://arxiv.org/abs/2407.21783): a decoder
 * with rotary positions, root mean square normalization before each block, grouped-query attention
 * (https://arxiv.org/abs/2305.13245) and SwiGLU (https://arxiv.org/abs/2002.05202).
 */
import { type random, tf } from '@quire/runtime';
import {
  booleanField,
  COMMON,
  type CommonConfig,
  choiceField,
  commonJson,
  defined,
  type Json,
  type JsonObject,
  numberField,
  readCommon,
  readSizes,
  sizeField,
  sizesJson,
  type TransformerSizes,
} from '../config-json.ts';
import { ACTIVATION_NAMES, type Activation, activate } from '../layers/activations.ts';
import { attend, joinHeads, splitHeads } from '../layers/attention.ts';
import { Dropouts } from '../layers/dropout.ts';
import { embed } from '../layers/embedding.ts';
import { lastTokens, rowsAt } from '../layers/encoder.ts';
import { appended, type CacheLayout, type KeyValueCache, seenSoFar } from '../layers/key-value-cache.ts';
import { linear } from '../layers/linear.ts';
import { nextTokenLoss, sequenceLoss } from '../layers/losses.ts';
import { rmsNorm } from '../layers/norm.ts';
import {
  type RotaryScaling,
  type Rotation,
  rotaryFrequencies,
  rotated,
  rotationAt,
} from '../layers/rotary.ts';
import { initialize } from '../parameters/initialize.ts';
import { layers, normal, ones, type ParametersOf, zeros } from '../parameters/spec.ts';

export const modelType = 'llama';

export const prefix = 'model';

/** Of older checkpoints, made anew at each start. */
export const ignoredNames = /\.rotary_emb\.inv_freq$/;

export const tied = { 'lm_head.weight': 'model.embed_tokens.weight' } as const;

/** By the class that `config.json` names. */
export const heads = {
  LlamaForCausalLM: 'languageModel',
  LlamaForSequenceClassification: 'sequenceClassification',
  LlamaModel: 'none',
} as const;

export interface LlamaConfig extends CommonConfig, TransformerSizes {
  head: (typeof heads)[keyof typeof heads];
  vocabularySize: number;
  /** Positions that it was made for. */
  contextLength: number;
  /** Heads that keys and values have; each serves `heads / keyValueHeads` queries. */
  keyValueHeads: number;
  headWidth: number;
  activation: Activation;
  normEpsilon: number;
  /** Base of the rotary wavelengths. */
  ropeTheta: number;
  ropeScaling?: RotaryScaling;
  attentionBias: boolean;
  feedForwardBias: boolean;
  attentionDropout: number;
  /** Whether the language modelling head is the token embedding. */
  tiedHead: boolean;
}

/** Llama 3.2 1B, with what is given in place of its sizes. */
export function config(changes: Partial<LlamaConfig> = {}): LlamaConfig {
  const { width = 2048, heads = 32 } = changes;
  return {
    ...COMMON,
    head: 'languageModel',
    vocabularySize: 128256,
    contextLength: 131072,
    width,
    layers: 16,
    heads,
    keyValueHeads: heads % 4 === 0 ? heads / 4 : heads,
    headWidth: width / heads,
    innerWidth: 4 * width,
    activation: 'silu',
    normEpsilon: 1e-5,
    ropeTheta: 500000,
    attentionBias: false,
    feedForwardBias: false,
    attentionDropout: 0,
    tiedHead: true,
    ...changes,
  };
}

export function spec(config: LlamaConfig) {
  const { width, innerWidth, headWidth, initializerDeviation: deviation } = config;
  const project = (from: number, to: number, bias: boolean) => ({
    weight: normal([to, from], deviation),
    ...(bias && { bias: zeros([to]) }),
  });
  const attention = (from: number, to: number) => project(from, to, config.attentionBias);
  const feedForward = (from: number, to: number) => project(from, to, config.feedForwardBias);
  const [queries, keys] = [config.heads * headWidth, config.keyValueHeads * headWidth];
  return {
    model: {
      embed_tokens: { weight: normal([config.vocabularySize, width], deviation) },
      layers: layers(config.layers, () => ({
        self_attn: {
          q_proj: attention(width, queries),
          k_proj: attention(width, keys),
          v_proj: attention(width, keys),
          o_proj: attention(queries, width),
        },
        mlp: {
          gate_proj: feedForward(width, innerWidth),
          up_proj: feedForward(width, innerWidth),
          down_proj: feedForward(innerWidth, width),
        },
        input_layernorm: { weight: ones([width]) },
        post_attention_layernorm: { weight: ones([width]) },
      })),
      norm: { weight: ones([width]) },
    },
    ...(config.head === 'languageModel' &&
      !config.tiedHead && { lm_head: { weight: normal([config.vocabularySize, width], deviation) } }),
    ...(config.head === 'sequenceClassification' && {
      score: { weight: normal([config.labels.length, width], deviation) },
    }),
  };
}

export type LlamaParameters = ParametersOf<ReturnType<typeof spec>>;
type Block = LlamaParameters['model']['layers'][number];

export interface LlamaInputs {
  /** int32 (B, T) */
  inputIds: tf.Tensor2D;
  /** int32 (B, T), with a cache (B, capacity): 1 where a token may be seen, 0 for padding. All may where not given. */
  attentionMask?: tf.Tensor2D;
  /** int32 (B, T): 0, 1, … after what the cache holds, where not given; with padding at the left, those behind it */
  positionIds?: tf.Tensor2D;
  cache?: KeyValueCache;
}

export interface LlamaOptions {
  /** With dropout, as while training. */
  dropoutKey?: random.Key;
  /** With the attention of each layer and head. */
  attentions?: boolean;
  /** Logits of the last position alone: (B, 1, V). */
  lastLogits?: boolean;
}

export interface LlamaOutputs {
  /** float32 (B, T, C): the last hidden state, normalized */
  hidden: tf.Tensor3D;
  /** float32 (B, T, V), or of a classification (B, L) */
  logits?: tf.Tensor;
  /** float32 (B, T, C): the embeddings, then the state after each block; the last is `hidden` */
  hiddenStates: tf.Tensor3D[];
  /** float32 (B, H, T, S), one for each block */
  attentions: tf.Tensor4D[];
  /** With the new positions. */
  cache?: KeyValueCache;
}

/** What generation keeps of each position. */
export function cacheLayout({ layers, keyValueHeads, headWidth }: LlamaConfig): CacheLayout {
  return { layers, heads: keyValueHeads, headWidth };
}

export function init(config: LlamaConfig, key: random.Key): Promise<LlamaParameters> {
  return initialize(spec(config), key);
}

export function forward(
  params: LlamaParameters,
  inputs: LlamaInputs,
  config: LlamaConfig,
  options: LlamaOptions = {},
): LlamaOutputs {
  const { inputIds, attentionMask, cache } = inputs;
  const [b, t] = inputIds.shape;
  const dropouts = new Dropouts(options.dropoutKey);
  const start = cache?.length ?? tf.scalar(0, 'int32');
  const positionIds = inputs.positionIds ?? tf.range(0, t, 1, 'int32').add(start).expandDims(0); // (1, T)
  const frequencies = rotaryFrequencies(config.headWidth, config.ropeTheta, config.ropeScaling);
  const rotation = rotationAt(positionIds as tf.Tensor2D, frequencies);
  const capacity = cache?.layers[0]?.key.shape[2] ?? t;
  const real = attentionMask?.cast('bool').reshape([b, 1, 1, capacity]); // (B, S) -> (B, 1, 1, S)
  const seen = seenSoFar(start as tf.Scalar, t, capacity); // (T, S)
  const mask = real ? real.logicalAnd(seen) : seen;
  let x = embed(params.model.embed_tokens.weight, inputIds, config.padTokenId); // (B, T, C)
  const hiddenStates = [x];
  const attentions: tf.Tensor4D[] = [];
  const caches: KeyValueCache['layers'] = [];
  for (const [i, block] of params.model.layers.entries()) {
    const normal = rmsNorm(x, block.input_layernorm.weight, config.normEpsilon);
    const { q, k, v } = queriesKeysValues(normal, block, rotation, config);
    const own = cache?.layers[i];
    const kept = own && cache ? appended(own, cache.length, k, v) : { key: k, value: v };
    if (own) caches.push(kept);
    const groups = config.heads / config.keyValueHeads;
    const dropout = dropouts.next(config.attentionDropout);
    const { values, weights } = attend(q, forEachQuery(kept.key, groups), forEachQuery(kept.value, groups), {
      mask,
      ...(options.attentions && { weights: true }),
      ...(dropout && { dropout }),
    });
    if (weights) attentions.push(weights);
    x = x.add(linear(joinHeads(values), block.self_attn.o_proj));
    x = x.add(
      feedForward(rmsNorm(x, block.post_attention_layernorm.weight, config.normEpsilon), block, config),
    );
    hiddenStates.push(x);
  }
  const hidden = rmsNorm(x, params.model.norm.weight, config.normEpsilon);
  hiddenStates[hiddenStates.length - 1] = hidden;
  const logits = head(params, hidden, inputs, config, options.lastLogits);
  return {
    hidden,
    ...(logits && { logits }),
    hiddenStates,
    attentions,
    ...(cache && { cache: { layers: caches, length: cache.length.add(tf.scalar(t, 'int32')) as tf.Scalar } }),
  };
}

/** @returns q float32 (B, H, T, D), k and v (B, H', T, D) with the heads of keys and values */
function queriesKeysValues(
  x: tf.Tensor3D,
  { self_attn }: Block,
  rotation: Rotation,
  config: LlamaConfig,
): { q: tf.Tensor4D; k: tf.Tensor4D; v: tf.Tensor4D } {
  return {
    q: rotated(splitHeads(linear(x, self_attn.q_proj), config.heads), rotation),
    k: rotated(splitHeads(linear(x, self_attn.k_proj), config.keyValueHeads), rotation),
    v: splitHeads(linear(x, self_attn.v_proj), config.keyValueHeads),
  };
}

/** Each head as often as there are queries for it: (B, H', S, D) -> (B, H' G, S, D) */
function forEachQuery(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  if (groups === 1) return x;
  const [b, h, s, d] = x.shape;
  return tf.tile(x.reshape([b, h, 1, s * d]), [1, 1, groups, 1]).reshape([b, h * groups, s, d]); // (B, H', 1, S D) -> (B, H', G, S D) -> (B, H' G, S, D)
}

function feedForward(x: tf.Tensor3D, { mlp }: Block, config: LlamaConfig): tf.Tensor3D {
  const gate = activate(linear(x, mlp.gate_proj), config.activation);
  return linear(gate.mul(linear(x, mlp.up_proj)) as tf.Tensor3D, mlp.down_proj);
}

function head(
  { model, lm_head, score }: LlamaParameters,
  hidden: tf.Tensor3D,
  { inputIds, attentionMask }: LlamaInputs,
  config: LlamaConfig,
  lastLogits = false,
): tf.Tensor | undefined {
  const [b, t, c] = hidden.shape;
  if (config.head === 'languageModel') {
    const states = lastLogits ? hidden.slice([0, t - 1, 0], [b, 1, c]) : hidden; // (B, T, C) -> (B, 1, C)
    return linear(states, { weight: (lm_head ? lm_head.weight : model.embed_tokens.weight) as tf.Tensor2D });
  }
  if (!score) return undefined;
  const last = lastTokens(inputIds, attentionMask, config.padTokenId);
  return linear(rowsAt(hidden, last), { weight: score.weight as tf.Tensor2D });
}

export interface LlamaBatch extends LlamaInputs {
  /** int32 (B, T) tokens with -100 where nothing is predicted; of a classification int32 (B), else float32 (B, L) */
  labels: tf.Tensor;
}

/** The head's loss, a float32 scalar: cross-entropy in nats of the next token, or that of the sequence's label. */
export function loss(
  params: LlamaParameters,
  { labels, ...inputs }: LlamaBatch,
  config: LlamaConfig,
  options: LlamaOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  const { logits } = forward(params, inputs, config, options);
  if (!logits) throw new TypeError('A Llama without a head has no loss: choose a head in its configuration.');
  return config.head === 'languageModel'
    ? nextTokenLoss(logits as tf.Tensor3D, labels as tf.Tensor2D, options.labelSmoothing)
    : sequenceLoss(logits as tf.Tensor2D, labels, config.problem, options.labelSmoothing);
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: LlamaConfig['head']): LlamaConfig {
  const sizes = readSizes(json, { width: 4096, layers: 32, heads: 32, innerWidth: 11008 });
  const { width, heads } = sizes;
  const contextLength = sizeField(json, 'max_position_embeddings', 2048);
  const keyValueHeads = sizeField(json, 'num_key_value_heads', heads);
  if (heads % keyValueHeads !== 0) {
    throw new TypeError(
      `config.json: num_attention_heads is ${heads}, and must be a multiple of num_key_value_heads, ${keyValueHeads}.`,
    );
  }
  // Before version 5, transformers wrote rope_theta beside rope_scaling.
  const rope = (json.rope_parameters ?? json.rope_scaling ?? {}) as JsonObject;
  const ropeScaling = readScaling(rope, contextLength);
  return {
    ...readCommon(json),
    head,
    vocabularySize: sizeField(json, 'vocab_size', 32000),
    contextLength,
    ...sizes,
    keyValueHeads,
    headWidth: sizeField(json, 'head_dim', width / heads),
    activation: choiceField(json, 'hidden_act', ACTIVATION_NAMES, 'silu'),
    normEpsilon: numberField(json, 'rms_norm_eps', 1e-6),
    ropeTheta: numberField(rope, 'rope_theta', numberField(json, 'rope_theta', 10000)),
    ...(ropeScaling && { ropeScaling }),
    attentionBias: booleanField(json, 'attention_bias', false),
    feedForwardBias: booleanField(json, 'mlp_bias', false),
    attentionDropout: numberField(json, 'attention_dropout', 0),
    tiedHead: booleanField(json, 'tie_word_embeddings', false),
  };
}

function readScaling(rope: JsonObject, contextLength: number): RotaryScaling | undefined {
  const name = rope.rope_type === undefined ? 'type' : 'rope_type';
  const type = choiceField(rope, name, ['default', 'linear', 'llama3'], 'default');
  if (type === 'default') return undefined;
  const factor = numberField(rope, 'factor');
  if (type === 'linear') return { type, factor };
  return {
    type,
    factor,
    lowFrequencyFactor: numberField(rope, 'low_freq_factor'),
    highFrequencyFactor: numberField(rope, 'high_freq_factor'),
    originalContextLength: sizeField(rope, 'original_max_position_embeddings', contextLength),
  };
}

export function writeConfig(config: LlamaConfig): JsonObject {
  return {
    ...commonJson(config),
    vocab_size: config.vocabularySize,
    max_position_embeddings: config.contextLength,
    ...sizesJson(config),
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headWidth,
    hidden_act: config.activation,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeTheta,
    rope_parameters: { rope_theta: config.ropeTheta, ...scalingJson(config.ropeScaling) },
    attention_bias: config.attentionBias,
    mlp_bias: config.feedForwardBias,
    attention_dropout: config.attentionDropout,
    tie_word_embeddings: config.tiedHead,
  };
}

function scalingJson(scaling: RotaryScaling | undefined): { [key: string]: Json } {
  if (!scaling) return { rope_type: 'default' };
  const { type, factor } = scaling;
  if (type === 'linear') return { rope_type: type, factor };
  return defined({
    rope_type: type,
    factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalContextLength,
  });
}
