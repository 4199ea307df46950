/**
 * Bilinear fusion: for each pair of modalities the sum of weighted products of their numbers (Tenenbaum and Freeman 2000,
 * "Separating style and content with bilinear models", https://doi.org/10.1162/089976600300015349). A 1 at the end of
 * each vector keeps what one of a pair says alone.
 */
import { initialize, normal, type ParametersOf } from '@quire/model';
import { type random, tf } from '@quire/runtime';
import {
  type FusionInputs,
  type FusionOutputs,
  type Modalities,
  presentVectors,
  withOne,
} from './modalities.ts';

export interface BilinearConfig {
  /** At least two. */
  modalities: Modalities;
  /** Numbers of the fused vector. */
  width: number;
}

/** @throws {RangeError} where there are fewer than two modalities. */
export function spec({ modalities, width }: BilinearConfig) {
  const widths = Object.values(modalities);
  if (widths.length < 2) throw new RangeError('Bilinear fusion needs at least two modalities.');
  return {
    /** Of each pair, (C₁ + 1, width × (C₂ + 1)): the first with the second, the first with the third, … */
    pairs: pairsOf(widths).map(([a, b]) =>
      normal([a + 1, width * (b + 1)], 1 / Math.sqrt((a + 1) * (b + 1))),
    ),
  };
}

export type BilinearParameters = ParametersOf<ReturnType<typeof spec>>;

export function init(config: BilinearConfig, key: random.Key): Promise<BilinearParameters> {
  return initialize(spec(config), key);
}

/** @throws {RangeError} where the inputs don't fit the configuration. */
export function forward(
  { pairs }: BilinearParameters,
  inputs: FusionInputs,
  { modalities, width }: BilinearConfig,
): FusionOutputs {
  const vectors = presentVectors(modalities, inputs).map(({ x }) => withOne(x));
  const products = pairsOf(vectors).map(([a, b], i) => {
    const [batch, size] = b.shape;
    const rows = a.matMul(pairs[i]!).reshape([batch, width, size]); // (B, width (C₂ + 1)) -> (B, width, C₂ + 1)
    return rows.mul(b.reshape([batch, 1, size])).sum(-1); // (B, C₂ + 1) -> (B, 1, C₂ + 1)
  });
  return { fused: tf.addN(products) as tf.Tensor2D };
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((first, i) => items.slice(i + 1).map((second): [T, T] => [first, second]));
}
