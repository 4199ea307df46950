import type { tf } from '@quire/runtime';
import { ones, type ParameterSpec, zeros } from '../parameters/spec.ts';

/** Scale and shift of a normalization, by PyTorch's names. */
export interface NormSpec {
  weight: ParameterSpec<tf.Rank.R1>;
  bias: ParameterSpec<tf.Rank.R1>;
}

export function layerNormSpec(width: number): NormSpec {
  return { weight: ones([width]), bias: zeros([width]) };
}
