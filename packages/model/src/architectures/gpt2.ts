/**
 * GPT-2 (Radford et al. 2019, "Language models are unsupervised multitask learners"): a decoder with learned positions,
 * layer normalization before each block, and a head tied to the token embedding.
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
  readSizes,
  sizeField,
  sizesJson,
  type TransformerSizes,
} from '../config-json.ts';
import { ACTIVATION_NAMES, type Activation, activate } from '../layers/activations.ts';
import { attend, joinHeads, splitHeads } from '../layers/attention.ts';
import { Dropouts } from '../layers/dropout.ts';
import { lastTokens, rowsAt } from '../layers/encoder.ts';
import { times } from '../layers/factored.ts';
import { appended, type CacheLayout, type KeyValueCache, seenSoFar } from '../layers/key-value-cache.ts';
import { nextTokenLoss, sequenceLoss } from '../layers/losses.ts';
import { layerNormSpec } from '../layers/norm.ts';
import { initialize } from '../parameters/initialize.ts';
import { layers, normal, type ParametersOf, zeros } from '../parameters/spec.ts';

export const modelType = 'gpt2';

/** What names of a checkpoint start with where it has a head. */
export const prefix = 'transformer';

/** Of older checkpoints, made anew at each start: masks that aren't parameters. */
export const ignoredNames = /\.attn\.(bias|masked_bias)$/;

export const tied = { 'lm_head.weight': 'transformer.wte.weight' } as const;

/** By the class that `config.json` names. */
export const heads = {
  GPT2LMHeadModel: 'languageModel',
  GPT2ForSequenceClassification: 'sequenceClassification',
  GPT2Model: 'none',
} as const;

export interface Gpt2Config extends CommonConfig, TransformerSizes {
  head: (typeof heads)[keyof typeof heads];
  vocabularySize: number;
  /** Positions that there are embeddings for. */
  contextLength: number;
  activation: Activation;
  layerNormEpsilon: number;
  embeddingDropout: number;
  attentionDropout: number;
  residualDropout: number;
}

const GPT2_SMALL: TransformerSizes = { width: 768, layers: 12, heads: 12, innerWidth: 3072 };
const SIZE_NAMES = { width: 'n_embd', layers: 'n_layer', heads: 'n_head', innerWidth: 'n_inner' };

/** GPT-2 small, with what is given in place of its sizes. */
export function config(changes: Partial<Gpt2Config> = {}): Gpt2Config {
  const width = changes.width ?? GPT2_SMALL.width;
  return {
    ...COMMON,
    head: 'languageModel',
    vocabularySize: 50257,
    contextLength: 1024,
    ...GPT2_SMALL,
    width,
    innerWidth: 4 * width,
    activation: 'gelu_new',
    layerNormEpsilon: 1e-5,
    embeddingDropout: 0.1,
    attentionDropout: 0.1,
    residualDropout: 0.1,
    ...changes,
  };
}

export function spec(config: Gpt2Config) {
  const { width, innerWidth, initializerDeviation: deviation } = config;
  // Projections into the residual stream start smaller, by the number of their sums.
  const residual = deviation / Math.sqrt(2 * config.layers);
  // The weights of what GPT-2 calls Conv1D are (in, out).
  const project = (from: number, to: number, spread: number) => ({
    weight: normal([from, to], spread),
    bias: zeros([to]),
  });
  return {
    transformer: {
      wte: { weight: normal([config.vocabularySize, width], deviation) },
      wpe: { weight: normal([config.contextLength, width], deviation) },
      h: layers(config.layers, () => ({
        ln_1: layerNormSpec(width),
        attn: { c_attn: project(width, 3 * width, deviation), c_proj: project(width, width, residual) },
        ln_2: layerNormSpec(width),
        mlp: { c_fc: project(width, innerWidth, deviation), c_proj: project(innerWidth, width, residual) },
      })),
      ln_f: layerNormSpec(width),
    },
    ...(config.head === 'sequenceClassification' && {
      score: { weight: normal([config.labels.length, width], deviation) },
    }),
  };
}

export type Gpt2Parameters = ParametersOf<ReturnType<typeof spec>>;
type Block = Gpt2Parameters['transformer']['h'][number];

export interface Gpt2Inputs {
  /** int32 (B, T) */
  inputIds: tf.Tensor2D;
  /** int32 (B, T), with a cache (B, capacity): 1 where a token may be seen, 0 for padding. All may where not given. */
  attentionMask?: tf.Tensor2D;
  /** int32 (B, T): 0, 1, … after what the cache holds, where not given */
  positionIds?: tf.Tensor2D;
  cache?: KeyValueCache;
  /** float32 (B, P, C): embeddings before the tokens', such as of a picture; positions and outputs begin with them. */
  prefix?: tf.Tensor3D;
}

export interface ForwardOptions {
  /** With dropout, as while training. */
  dropoutKey?: random.Key;
  /** With the attention of each layer and head. */
  attentions?: boolean;
  /** Logits of the last position alone: (B, 1, V). */
  lastLogits?: boolean;
}

export interface Gpt2Outputs {
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
export function cacheLayout({ layers, heads, width }: Gpt2Config): CacheLayout {
  return { layers, heads, headWidth: width / heads };
}

export function init(config: Gpt2Config, key: random.Key): Promise<Gpt2Parameters> {
  return initialize(spec(config), key);
}

export function forward(
  params: Gpt2Parameters,
  inputs: Gpt2Inputs,
  config: Gpt2Config,
  options: ForwardOptions = {},
): Gpt2Outputs {
  const { transformer } = params;
  const { inputIds, attentionMask, cache, prefix } = inputs;
  const b = inputIds.shape[0];
  const t = inputIds.shape[1] + (prefix?.shape[1] ?? 0);
  const dropouts = new Dropouts(options.dropoutKey);
  const positionIds =
    inputs.positionIds ??
    tf
      .range(0, t, 1, 'int32')
      .add(cache?.length ?? tf.scalar(0, 'int32'))
      .expandDims(0); // (1, T)
  const tokens = tf.gather(transformer.wte.weight, inputIds);
  let x = (prefix ? tf.concat([prefix, tokens], 1) : tokens).add(
    tf.gather(transformer.wpe.weight, positionIds),
  ) as tf.Tensor3D; // (B, T, C)
  x = dropouts.apply(x, config.embeddingDropout);
  const hiddenStates = [x];
  const attentions: tf.Tensor4D[] = [];
  const caches: KeyValueCache['layers'] = [];
  const capacity = cache?.layers[0]?.key.shape[2] ?? t;
  let mask: tf.Tensor | undefined = attentionMask?.cast('bool').reshape([b, 1, 1, capacity]); // (B, S) -> (B, 1, 1, S)
  if (cache) {
    const seen = seenSoFar(cache.length, t, capacity);
    mask = mask ? mask.logicalAnd(seen) : seen;
  }
  for (const [i, block] of transformer.h.entries()) {
    const normal = ops.layerNorm(x, block.ln_1.weight, block.ln_1.bias, config.layerNormEpsilon);
    const [q, k, v] = tf
      .split(project(normal, block.attn.c_attn), 3, -1)
      .map((each) => splitHeads(each as tf.Tensor3D, config.heads)) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const own = cache?.layers[i];
    const kept = own && cache ? appended(own, cache.length, k, v) : { key: k, value: v };
    if (own) caches.push(kept);
    const dropout = dropouts.next(config.attentionDropout);
    const { values, weights } = attend(q, kept.key, kept.value, {
      causal: !cache,
      ...(mask && { mask }),
      ...(options.attentions && { weights: true }),
      ...(dropout && { dropout }),
    });
    if (weights) attentions.push(weights);
    x = x.add(dropouts.apply(project(joinHeads(values), block.attn.c_proj), config.residualDropout));
    x = x.add(dropouts.apply(feedForward(x, block, config), config.residualDropout));
    hiddenStates.push(x);
  }
  const hidden = ops.layerNorm(x, transformer.ln_f.weight, transformer.ln_f.bias, config.layerNormEpsilon);
  hiddenStates[hiddenStates.length - 1] = hidden;
  const logits = head(
    params,
    options.lastLogits && config.head === 'languageModel' ? lastOf(hidden) : hidden,
    inputs,
    config,
  );
  return {
    hidden,
    ...(logits && { logits }),
    hiddenStates,
    attentions,
    ...(cache && { cache: { layers: caches, length: cache.length.add(tf.scalar(t, 'int32')) as tf.Scalar } }),
  };
}

/** (B, T, C) -> (B, 1, C) */
function lastOf(hidden: tf.Tensor3D): tf.Tensor3D {
  const [b, t, c] = hidden.shape;
  return hidden.slice([0, t - 1, 0], [b, 1, c]);
}

/** x W + b @param x float32 (B, T, in) @returns float32 (B, T, out) */
function project(x: tf.Tensor3D, { weight, bias }: Block['attn']['c_attn']): tf.Tensor3D {
  const [b, t, c] = x.shape;
  const product = times(x.reshape([b * t, c]), weight); // (B, T, in) -> (B T, in) -> (B T, out)
  return product.add(bias).reshape([b, t, product.shape[1]]); // (B T, out) -> (B, T, out)
}

function feedForward(x: tf.Tensor3D, { ln_2, mlp }: Block, config: Gpt2Config): tf.Tensor3D {
  const normal = ops.layerNorm(x, ln_2.weight, ln_2.bias, config.layerNormEpsilon);
  return project(activate(project(normal, mlp.c_fc), config.activation), mlp.c_proj);
}

function head(
  { transformer, score }: Gpt2Parameters,
  hidden: tf.Tensor3D,
  { inputIds, attentionMask }: Gpt2Inputs,
  config: Gpt2Config,
): tf.Tensor | undefined {
  const [b, t, c] = hidden.shape;
  if (config.head === 'languageModel') {
    const rows = hidden.reshape([b * t, c]) as tf.Tensor2D; // (B, T, C) -> (B T, C)
    return rows.matMul(transformer.wte.weight, false, true).reshape([b, t, config.vocabularySize]);
  }
  if (!score) return undefined;
  const last = lastTokens(inputIds, attentionMask, config.padTokenId);
  return times(rowsAt(hidden, last), score.weight, true);
}

export interface Gpt2Batch extends Gpt2Inputs {
  /** int32 (B, T) tokens with -100 where nothing is predicted; of a classification int32 (B), else float32 (B, L) */
  labels: tf.Tensor;
}

/** The head's loss, a float32 scalar: cross-entropy in nats of the next token, or that of the sequence's label. */
export function loss(
  params: Gpt2Parameters,
  { labels, ...inputs }: Gpt2Batch,
  config: Gpt2Config,
  options: ForwardOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  const { logits } = forward(params, inputs, config, options);
  if (!logits) throw new TypeError('A GPT-2 without a head has no loss: choose a head in its configuration.');
  return config.head === 'languageModel'
    ? nextTokenLoss(logits as tf.Tensor3D, labels as tf.Tensor2D, options.labelSmoothing)
    : sequenceLoss(logits as tf.Tensor2D, labels, config.problem, options.labelSmoothing);
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: Gpt2Config['head']): Gpt2Config {
  const width = sizeField(json, SIZE_NAMES.width, GPT2_SMALL.width);
  return {
    ...readCommon(json),
    head,
    vocabularySize: sizeField(json, 'vocab_size', 50257),
    contextLength: sizeField(json, 'n_positions', 1024),
    ...readSizes(json, { ...GPT2_SMALL, innerWidth: 4 * width }, SIZE_NAMES),
    activation: choiceField(json, 'activation_function', ACTIVATION_NAMES, 'gelu_new'),
    layerNormEpsilon: numberField(json, 'layer_norm_epsilon', 1e-5),
    embeddingDropout: numberField(json, 'embd_pdrop', 0.1),
    attentionDropout: numberField(json, 'attn_pdrop', 0.1),
    residualDropout: numberField(json, 'resid_pdrop', 0.1),
  };
}

export function writeConfig(config: Gpt2Config): JsonObject {
  return {
    ...commonJson(config),
    vocab_size: config.vocabularySize,
    n_positions: config.contextLength,
    ...sizesJson(config, SIZE_NAMES),
    activation_function: config.activation,
    layer_norm_epsilon: config.layerNormEpsilon,
    embd_pdrop: config.embeddingDropout,
    attn_pdrop: config.attentionDropout,
    resid_pdrop: config.residualDropout,
  };
}
