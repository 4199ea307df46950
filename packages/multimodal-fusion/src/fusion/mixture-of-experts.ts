/**
 * A mixture of experts over modalities: a network for each modality, and a gate that sees all and weighs those that are
 * there (Jacobs et al. 1991, "Adaptive mixtures of local experts", https://doi.org/10.1162/neco.1991.3.1.79).
 */
import { initialize, layers, type ParametersOf } from '@quire/model';
import { type random, tf } from '@quire/runtime';
import {
  byModality,
  type FusionInputs,
  type FusionOutputs,
  type Modalities,
  presentVectors,
  sideBySide,
  totalWidth,
} from './modalities.ts';

export interface MixtureOfExpertsConfig {
  modalities: Modalities;
  /** Numbers of the fused vector, and of each expert's inner layer. */
  width: number;
}

export function spec({ modalities, width }: MixtureOfExpertsConfig) {
  return {
    experts: byModality(modalities, (from) => ({
      inner: layers.uniformLinearSpec(from, width),
      outer: layers.uniformLinearSpec(width, width),
    })),
    gate: layers.uniformLinearSpec(totalWidth(modalities), Object.keys(modalities).length),
  };
}

export type MixtureOfExpertsParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: MixtureOfExpertsConfig, key: random.Key): Promise<MixtureOfExpertsParameters> {
  return initialize(spec(config), key);
}

/**
 * Σ wₘ Eₘ(xₘ), with `weights` w the softmax of the gate over the modalities that are there; zeros where none is.
 *
 * @throws {RangeError} where the inputs don't fit the configuration.
 */
export function forward(
  { experts, gate }: MixtureOfExpertsParameters,
  inputs: FusionInputs,
  { modalities }: MixtureOfExpertsConfig,
): FusionOutputs {
  const present = presentVectors(modalities, inputs);
  const there = tf.concat(
    present.map((each) => each.there),
    1,
  ) as tf.Tensor2D; // (B, M)
  const scores = layers.linear(sideBySide(present), gate).add(there.sub(1).mul(1e30));
  const weights = scores.softmax().mul(there) as tf.Tensor2D;
  const added = Object.keys(modalities).map((name, i) => {
    const { inner, outer } = experts[name]!;
    const out = layers.linear(layers.linear(present[i]!.x, inner).relu(), outer);
    return out.mul(weights.slice([0, i], [weights.shape[0], 1]));
  });
  return { fused: tf.addN(added) as tf.Tensor2D, weights };
}
