import type { tf } from '@quire/runtime';

/** A weight that tells what it is about to be multiplied with, for calibration. */
export class ObservedMatrix {
  readonly weight: tf.Tensor2D;
  /** Is called with float32 (N, in). */
  readonly observe: (x: tf.Tensor2D) => void;

  constructor(weight: tf.Tensor2D, observe: (x: tf.Tensor2D) => void) {
    this.weight = weight;
    this.observe = observe;
  }
}
