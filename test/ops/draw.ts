/** Random shapes and numbers from a seed, for numeric tests. */
import { tf } from '@quire/runtime';

export type Shape = number[];

/** Mulberry32 (Tommy Ettinger): a 32-bit generator with numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Draw {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = mulberry32(seed * 7919 + 1);
    for (let i = 0; i < 8; i++) this.#next();
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }

  shape(rank: number, low = 1, high = 5): Shape {
    return Array.from({ length: rank }, () => this.whole(low, high));
  }

  float(shape: Shape, low = -2, high = 2): tf.Tensor {
    return this.#fill(shape, () => low + this.#next() * (high - low), 'float32');
  }

  /** Numbers that differ from each other by at least 0.1, so that a small change leaves their order as it is. */
  distinct(shape: Shape): tf.Tensor {
    const size = tf.util.sizeFromShape(shape);
    const order = Array.from({ length: size }, (_, i) => i);
    for (let i = size - 1; i > 0; i--) {
      const j = this.whole(0, i);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    let at = 0;
    return this.#fill(shape, () => ((order[at++] as number) - size / 2) * 0.1 + 0.03, 'float32');
  }

  int(shape: Shape, low: number, high: number): tf.Tensor {
    return this.#fill(shape, () => this.whole(low, high), 'int32');
  }

  bool(shape: Shape): tf.Tensor {
    return this.#fill(shape, () => this.whole(0, 1), 'bool');
  }

  #fill(shape: Shape, number: () => number, dtype: 'float32' | 'int32' | 'bool'): tf.Tensor {
    return tf.tensor(Array.from({ length: tf.util.sizeFromShape(shape) }, number), shape as never, dtype);
  }
}
