/**
 * The gated multimodal unit for any number of modalities: a gate for each, which sees all, weighs what it adds (Arevalo
 * et al. 2017, https://arxiv.org/abs/1702.01992).
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

export interface GatedConfig {
  modalities: Modalities;
  /** Numbers of the fused vector. */
  width: number;
}

export function spec({ modalities, width }: GatedConfig) {
  const all = totalWidth(modalities);
  return {
    hidden: byModality(modalities, (from) => layers.uniformLinearSpec(from, width)),
    gates: byModality(modalities, () => layers.uniformLinearSpec(all, width)),
  };
}

export type GatedParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: GatedConfig, key: random.Key): Promise<GatedParameters> {
  return initialize(spec(config), key);
}

/**
 * Σ zₘ tanh(Wₘ xₘ) over the modalities that are there, zₘ = σ(Uₘ [x₁ … x_M]). `weights` are the mean gates.
 *
 * @throws {RangeError} where the inputs don't fit the configuration.
 */
export function forward(
  { hidden, gates }: GatedParameters,
  inputs: FusionInputs,
  { modalities }: GatedConfig,
): FusionOutputs {
  const present = presentVectors(modalities, inputs);
  const all = sideBySide(present);
  const opened = Object.keys(modalities).map((name, i) => {
    const { x, there } = present[i]!;
    const gate = layers.linear(all, gates[name]!).sigmoid().mul(there);
    return { gate, added: layers.linear(x, hidden[name]!).tanh().mul(gate) };
  });
  return {
    fused: tf.addN(opened.map(({ added }) => added)) as tf.Tensor2D,
    weights: tf.concat(
      opened.map(({ gate }) => gate.mean(1, true)),
      1,
    ) as tf.Tensor2D,
  };
}
