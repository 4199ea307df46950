/**
 * Early fusion: the features of all modalities side by side go through one linear map (Baltrušaitis et al. 2019,
 * "Multimodal machine learning: a survey and taxonomy", https://arxiv.org/abs/1705.09406). Zeros stand for what is absent.
 */
import { initialize, layers, type ParametersOf } from '@quire/model';
import type { random } from '@quire/runtime';
import {
  type FusionInputs,
  type FusionOutputs,
  type Modalities,
  presentVectors,
  sideBySide,
  totalWidth,
} from './modalities.ts';

export interface EarlyConfig {
  modalities: Modalities;
  /** Numbers of the fused vector. */
  width: number;
}

export function spec({ modalities, width }: EarlyConfig): { projection: layers.LinearSpec } {
  return { projection: layers.uniformLinearSpec(totalWidth(modalities), width) };
}

export type EarlyParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: EarlyConfig, key: random.Key): Promise<EarlyParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where the inputs don't fit the configuration. */
export function forward(
  params: EarlyParameters,
  inputs: FusionInputs,
  { modalities }: EarlyConfig,
): FusionOutputs {
  return { fused: layers.linear(sideBySide(presentVectors(modalities, inputs)), params.projection) };
}
