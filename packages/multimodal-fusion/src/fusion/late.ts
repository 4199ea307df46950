/**
 * Late fusion: a classifier for each modality, whose logits are averaged over those that are there (Kittler et al. 1998,
 * "On combining classifiers", https://doi.org/10.1109/34.667881). As `ensembling.averageLogits`, log-probabilities are
 * averaged. `stackingFeatures` gives what `ensembling.trainStacking` learns other weights from.
 */
import { initialize, layers, type ParametersOf } from '@quire/model';
import { type random, tf } from '@quire/runtime';
import {
  byModality,
  type FusionInputs,
  type FusionOutputs,
  type Modalities,
  presentVectors,
} from './modalities.ts';

export interface LateConfig {
  modalities: Modalities;
  /** Classes. */
  width: number;
}

export function spec({ modalities, width }: LateConfig) {
  return { classifiers: byModality(modalities, (from) => layers.uniformLinearSpec(from, width)) };
}

export type LateParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: LateConfig, key: random.Key): Promise<LateParameters> {
  return initialize(spec(config), key);
}

/**
 * `fused` is float32 (B, classes), logits; where no modality is there, all classes are alike.
 *
 * @throws {RangeError} where the inputs don't fit the configuration.
 */
export function forward(params: LateParameters, inputs: FusionInputs, config: LateConfig): FusionOutputs {
  const present = presentVectors(config.modalities, inputs);
  const total = tf.addN(present.map(({ there }) => there)).maximum(1);
  const each = logProbabilities(params, present, config);
  return { fused: tf.addN(each).div(total) as tf.Tensor2D };
}

/** @returns float32 (B, modalities × classes): log-probabilities side by side, zeros where a modality is absent */
export function stackingFeatures(
  params: LateParameters,
  inputs: FusionInputs,
  config: LateConfig,
): tf.Tensor2D {
  const present = presentVectors(config.modalities, inputs);
  return tf.concat(logProbabilities(params, present, config), 1) as tf.Tensor2D;
}

function logProbabilities(
  { classifiers }: LateParameters,
  present: ReturnType<typeof presentVectors>,
  { modalities }: LateConfig,
): tf.Tensor2D[] {
  return Object.keys(modalities).map((name, i) => {
    const { x, there } = present[i]!;
    return layers.linear(x, classifiers[name]!).logSoftmax().mul(there) as tf.Tensor2D;
  });
}
