/** Rotary position embedding (Su et al. 2021, "RoFormer", https://arxiv.org/abs/2104.09864), halves as in Llama. */
import { tf } from '@quire/runtime';

/** How frequencies are made slower for contexts longer than those of the pre-training. */
export type RotaryScaling =
  /** All by `factor` (Chen et al. 2023, https://arxiv.org/abs/2306.15595). */
  | { readonly type: 'linear'; readonly factor: number }
  /** Those of long wavelengths by `factor`, with a smooth passage: Llama 3.1 (https://arxiv.org/abs/2407.21783). */
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContextLength: number;
    };

/** What a pair of numbers of a head turns by from position to position, in radians: D/2 of them. */
export function rotaryFrequencies(headWidth: number, theta: number, scaling?: RotaryScaling): Float32Array {
  return Float32Array.from({ length: headWidth / 2 }, (_, i) => {
    const frequency = theta ** ((-2 * i) / headWidth);
    if (!scaling) return frequency;
    if (scaling.type === 'linear') return frequency / scaling.factor;
    const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
    const turns = (originalContextLength * frequency) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return kept * frequency + ((1 - kept) * frequency) / factor;
  });
}

export interface Rotation {
  /** float32 (B or 1, 1, T, D) */
  cos: tf.Tensor4D;
  /** float32 (B or 1, 1, T, D) */
  sin: tf.Tensor4D;
}

/** @param positionIds int32 (B or 1, T) @param frequencies (D/2) */
export function rotationAt(positionIds: tf.Tensor2D, frequencies: Float32Array): Rotation {
  const [b, t] = positionIds.shape;
  const half = frequencies.length;
  const positions = positionIds.cast('float32').reshape([b, 1, t, 1]); // (B, T) -> (B, 1, T, 1)
  const angles = positions.mul(tf.tensor1d(frequencies).reshape([1, 1, 1, half])); // (B, 1, T, D/2)
  const both = tf.concat([angles, angles], -1) as tf.Tensor4D; // (B, 1, T, D)
  return { cos: both.cos(), sin: both.sin() };
}

/** @param x float32 (B, H, T, D) */
export function rotated(x: tf.Tensor4D, { cos, sin }: Rotation): tf.Tensor4D {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor4D, tf.Tensor4D];
  return x.mul(cos).add(tf.concat([second.neg(), first], -1).mul(sin)) as tf.Tensor4D;
}
