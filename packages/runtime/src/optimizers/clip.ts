import * as tf from '../tf.ts';
import { tidy } from '../tidy.ts';
import { flattened, replaceTrained, trainedLeaves } from './flat.ts';

/**
 * Gradients made smaller together so that the norm of all of them is at most `maxNorm`, as PyTorch's `clip_grad_norm_`
 * (Pascanu et al. 2012, https://arxiv.org/abs/1211.5063).
 *
 * @returns the gradients and the norm that they had, float32 scalar
 */
export function clipByGlobalNorm<Gradients>(
  gradients: Gradients,
  maxNorm: number,
): { gradients: Gradients; norm: tf.Scalar } {
  return tidy(() => {
    const leaves = trainedLeaves(gradients).map(({ value }) => value);
    const norm = globalNorm(leaves);
    const factor = tf.minimum(1, tf.div(maxNorm, norm.add(1e-6)));
    return {
      gradients: replaceTrained(
        gradients,
        leaves.map((leaf) => leaf.mul(factor)),
      ),
      norm,
    };
  });
}

/** Gradients with every element put between `-limit` and `limit`, as PyTorch's `clip_grad_value_`. */
export function clipByValue<Gradients>(gradients: Gradients, limit: number): Gradients {
  return tidy(() =>
    replaceTrained(
      gradients,
      trainedLeaves(gradients).map(({ value }) => value.clipByValue(-limit, limit)),
    ),
  );
}

/** The root of the sum of all elements' squares: float32 scalar. */
function globalNorm(leaves: readonly tf.Tensor[]): tf.Scalar {
  return tf.addN(flattened(leaves).map((vector) => vector.square().sum())).sqrt() as tf.Scalar;
}
