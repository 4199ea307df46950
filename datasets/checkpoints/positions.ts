import { tf } from '@quire/runtime';

/** Radians of wave `i` from one position to the next: from 3 down to 0.003. */
const frequency = (i: number, width: number): number => 3 / 1000 ** ((2 * i) / width);

/**
 * Sines and cosines (Vaswani et al. 2017, "Attention is all you need", https://arxiv.org/abs/1706.03762) to start
 * learned positions from: how far two are apart is in their product before any training.
 *
 * @param count positions
 * @param width even
 * @param amplitude of each wave
 * @returns float32 (count, width)
 */
export function sinusoidalPositions(count: number, width: number, amplitude: number): tf.Tensor2D {
  const values = new Float32Array(count * width);
  for (let position = 0; position < count; position++) {
    for (let i = 0; i < width / 2; i++) {
      const angle = position * frequency(i, width);
      values[position * width + 2 * i] = amplitude * Math.sin(angle);
      values[position * width + 2 * i + 1] = amplitude * Math.cos(angle);
    }
  }
  return tf.tensor2d(values, [count, width]);
}

interface Projections {
  query: { weight: tf.Tensor };
  key: { weight: tf.Tensor };
}

/**
 * Starts heads of a first block so that they look at the token some places away, given positions of
 * `sinusoidalPositions`: a random start looks everywhere alike, and a masked model that is trained briefly then stays
 * with counting the tokens of a row, whatever their order. Replaces both weights, float32 (C, C), by what they are plus
 * the rotation by `gain`; the old ones are disposed.
 *
 * @param offsets by head: how many places to the right, or `undefined` where the head stays as it is
 */
export async function lookAside(
  { query, key }: Projections,
  offsets: readonly (number | undefined)[],
  gain: number,
): Promise<void> {
  const width = query.weight.shape[0] as number;
  const size = width / offsets.length;
  const [q, k] = [await query.weight.data(), await key.weight.data()].map((data) =>
    Float32Array.from(data),
  ) as [Float32Array, Float32Array];
  offsets.forEach((offset, head) => {
    if (offset === undefined) return;
    for (let j = 0; j < size / 2; j++) {
      // Every second wave: those that change fast.
      const wave = 2 * j;
      const turn = frequency(wave, width) * offset;
      const sine = (head * size + 2 * j) * width + 2 * wave;
      const cosine = sine + width;
      k[sine]! += gain;
      k[cosine + 1]! += gain;
      q[sine]! += gain * Math.cos(turn);
      q[sine + 1]! += gain * Math.sin(turn);
      q[cosine]! -= gain * Math.sin(turn);
      q[cosine + 1]! += gain * Math.cos(turn);
    }
  });
  tf.dispose([query.weight, key.weight]);
  query.weight = tf.tensor2d(q, [width, width]);
  key.weight = tf.tensor2d(k, [width, width]);
}
