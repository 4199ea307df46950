/**
 * A multilayer perceptron (Rumelhart, Hinton and Williams 1986, https://doi.org/10.1038/323533a0): layers of a linear
 * map, where wanted a layer normalization, and an activation; at the end a classifier. Without it, it is an encoder.
 */
import type { random, tf } from '@quire/runtime';
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
import { Dropouts } from '../layers/dropout.ts';
import { layerNorm } from '../layers/encoder.ts';
import { linear, uniformLinearSpec } from '../layers/linear.ts';
import { sequenceLoss } from '../layers/losses.ts';
import { layerNormSpec } from '../layers/norm.ts';
import { initialize } from '../parameters/initialize.ts';
import type { ParametersOf } from '../parameters/spec.ts';

export const modelType = 'quire-mlp';

export const prefix = '';

export const heads = { MlpForClassification: 'classification', MlpModel: 'none' } as const;

const LAYER_NORM_EPSILON = 1e-5;

export interface MlpConfig extends CommonConfig {
  head: (typeof heads)[keyof typeof heads];
  /** Numbers of an example. */
  inputs: number;
  /** Of each layer before the classifier; none make a linear model. */
  widths: number[];
  activation: Activation;
  norm: 'layer' | 'none';
  /** After each layer. */
  dropout: number;
}

/** One layer of 128, with what is given in place of its sizes. */
export function config(changes: Partial<MlpConfig> & Pick<MlpConfig, 'inputs'>): MlpConfig {
  const usual = { head: 'classification', activation: 'relu', norm: 'none', dropout: 0 } as const;
  return { ...COMMON, ...usual, widths: [128], ...changes };
}

export function spec(config: MlpConfig) {
  const sizes = [config.inputs, ...config.widths];
  const last = sizes.at(-1) as number;
  return {
    layers: config.widths.map((width, i) => ({
      linear: uniformLinearSpec(sizes[i] as number, width),
      ...(config.norm === 'layer' && { norm: layerNormSpec(width) }),
    })),
    ...(config.head !== 'none' && { classifier: uniformLinearSpec(last, config.labels.length) }),
  };
}

export type MlpParameters = ParametersOf<ReturnType<typeof spec>>;

export interface MlpInputs {
  /** float32 (B, inputs) */
  features: tf.Tensor2D;
}

export interface MlpOptions {
  /** With dropout, as while training. */
  dropoutKey?: random.Key;
}

export interface MlpOutputs {
  /** float32 (B, L) */
  logits?: tf.Tensor2D;
  /** float32 (B, C): after the last layer, what the head sees */
  hidden: tf.Tensor2D;
  /** float32 (B, C): after each layer; the last is `hidden` */
  hiddenStates: tf.Tensor2D[];
}

export function init(config: MlpConfig, key: random.Key): Promise<MlpParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where examples have another number of features. */
export function forward(
  params: MlpParameters,
  { features }: MlpInputs,
  config: MlpConfig,
  { dropoutKey }: MlpOptions = {},
): MlpOutputs {
  if (features.shape[1] !== config.inputs) {
    throw new RangeError(
      `Examples of ${features.shape[1]} features are given to a model of ${config.inputs} (config.inputs).`,
    );
  }
  const dropouts = new Dropouts(dropoutKey);
  let hidden = features;
  const hiddenStates: tf.Tensor2D[] = [];
  for (const layer of params.layers) {
    const mapped = linear(hidden, layer.linear);
    const normal = layer.norm ? layerNorm(mapped, layer.norm, LAYER_NORM_EPSILON) : mapped;
    hidden = dropouts.apply(activate(normal, config.activation), config.dropout);
    hiddenStates.push(hidden);
  }
  const { classifier } = params;
  return { ...(classifier && { logits: linear(hidden, classifier) }), hidden, hiddenStates };
}

export interface MlpBatch extends MlpInputs {
  /** int32 (B), else float32 (B, L) */
  labels: tf.Tensor;
}

/** The loss of the examples' labels, a float32 scalar: cross-entropy in nats, or what `config.problem` says. */
export function loss(
  params: MlpParameters,
  { labels, ...inputs }: MlpBatch,
  config: MlpConfig,
  options: MlpOptions & { labelSmoothing?: number } = {},
): tf.Scalar {
  const { logits } = forward(params, inputs, config, options);
  if (!logits) throw new TypeError('An MLP without a head has no loss: choose a head in its configuration.');
  return sequenceLoss(logits, labels, config.problem, options.labelSmoothing);
}

/** @throws {TypeError} where a field is missing or wrong. */
export function readConfig(json: JsonObject, head: MlpConfig['head']): MlpConfig {
  const { widths } = json;
  return {
    ...readCommon(json),
    head,
    inputs: sizeField(json, 'input_size'),
    widths: Array.isArray(widths) && widths.length === 0 ? [] : sizeListField(json, 'widths'),
    activation: choiceField(json, 'hidden_act', ACTIVATION_NAMES, 'relu'),
    norm: choiceField(json, 'norm', ['layer', 'none'], 'none'),
    dropout: numberField(json, 'dropout', 0),
  };
}

export function writeConfig(config: MlpConfig): JsonObject {
  return {
    ...commonJson(config),
    input_size: config.inputs,
    widths: config.widths,
    hidden_act: config.activation,
    norm: config.norm,
    dropout: config.dropout,
  };
}
