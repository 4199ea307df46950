/**
 * The smallest model of two modalities: a linear encoder for each, early fusion of what they give, and a classifier, with
 * ReLU between them.
 */
import { initialize, layers, type ParametersOf } from '@quire/model';
import { ops, type random, type tf } from '@quire/runtime';
import * as early from './early.ts';
import { byModality, type FusionInputs, type Modalities, presentVectors } from './modalities.ts';

export interface MultiModalModelConfig {
  modalities: Modalities;
  /** Numbers that each encoder gives. */
  encoderWidth: number;
  /** Numbers of the fused vector. */
  width: number;
  classes: number;
}

/** Pictures and texts of 512 numbers, encoders to 256, fusion of 512 to 256, and two classes, with what is given in their place. */
export function config(changes: Partial<MultiModalModelConfig> = {}): MultiModalModelConfig {
  return { modalities: { image: 512, text: 512 }, encoderWidth: 256, width: 256, classes: 2, ...changes };
}

export function spec(config: MultiModalModelConfig) {
  return {
    encoders: byModality(config.modalities, (from) => layers.uniformLinearSpec(from, config.encoderWidth)),
    fusion: early.spec(fusionConfig(config)),
    classifier: layers.uniformLinearSpec(config.width, config.classes),
  };
}

function fusionConfig({ modalities, encoderWidth, width }: MultiModalModelConfig): early.EarlyConfig {
  return { modalities: byModality(modalities, () => encoderWidth), width };
}

export type MultiModalModelParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: MultiModalModelConfig, key: random.Key): Promise<MultiModalModelParameters> {
  return initialize(spec(config), key);
}

export interface MultiModalModelOutputs {
  /** float32 (B, classes) */
  logits: tf.Tensor2D;
  /** float32 (B, width): after the fusion */
  hidden: tf.Tensor2D;
}

/** @throws {RangeError} where the inputs don't fit the configuration. */
export function forward(
  params: MultiModalModelParameters,
  inputs: FusionInputs,
  config: MultiModalModelConfig,
): MultiModalModelOutputs {
  const present = presentVectors(config.modalities, inputs);
  const names = Object.keys(config.modalities);
  const features = Object.fromEntries(
    names.map((name, i) => [
      name,
      layers.linear(present[i]!.x, params.encoders[name]!).relu() as tf.Tensor2D,
    ]),
  );
  const presence = Object.fromEntries(
    names.map((name, i) => [name, present[i]!.there.reshape([present[i]!.there.size]) as tf.Tensor1D]), // (B, 1) -> (B)
  );
  const { fused } = early.forward(params.fusion, { features, presence }, fusionConfig(config));
  const hidden = fused.relu() as tf.Tensor2D;
  return { logits: layers.linear(hidden, params.classifier), hidden };
}

export interface MultiModalModelBatch extends FusionInputs {
  /** int32 (B) */
  labels: tf.Tensor1D;
}

/** The mean cross-entropy in nats, a float32 scalar. */
export function loss(
  params: MultiModalModelParameters,
  { labels, ...inputs }: MultiModalModelBatch,
  config: MultiModalModelConfig,
): tf.Scalar {
  return ops.crossEntropy(forward(params, inputs, config).logits, labels);
}
