import { jit, ops, optimizers, schedules, tf, valueAndGradients } from '@quire/runtime';

export interface StackingOptions {
  /** Classes that there are. */
  classes: number;
  /** The inverse of the strength of the penalty on weights, scikit-learn's `C`: 1 where not given. */
  inverseRegularization?: number;
  /** Updates of the optimizer; 500 where not given. */
  steps?: number;
}

/** A logistic regression over what models give. */
export interface Stacking {
  /** float32 (features, classes) */
  weight: tf.Tensor2D;
  /** float32 (classes) */
  bias: tf.Tensor1D;
}

/**
 * Stacking: a logistic regression learns from what several models give for held-out examples (Wolpert 1992, "Stacked
 * generalization", https://doi.org/10.1016/S0893-6080(05)80023-1). What is minimized is scikit-learn's: C times the
 * summed cross-entropy, plus half of the squared weights. Whoever asked disposes the result.
 *
 * @param features float32 (B, F): the models' probabilities or logits side by side, of examples none was trained on
 * @param labels int32 (B)
 * @throws {RangeError} where the numbers of examples differ, or C isn't above 0.
 */
export async function trainStacking(
  features: tf.Tensor2D,
  labels: tf.Tensor1D,
  { classes, inverseRegularization = 1, steps = 500 }: StackingOptions,
): Promise<Stacking> {
  const [examples, width] = features.shape;
  if (labels.size !== examples) {
    throw new RangeError(`${examples} examples need as many labels, and ${labels.size} came.`);
  }
  if (!(inverseRegularization > 0)) {
    throw new RangeError(`inverseRegularization must be above 0, and is ${inverseRegularization}.`);
  }
  const optimizer = optimizers.adam({ learningRate: schedules.cosine(0.1, { steps }) });
  const step = jit(
    (params: Stacking, state: optimizers.AdamState, features: tf.Tensor2D, labels: tf.Tensor1D) => {
      const { gradients } = valueAndGradients((params: Stacking) => {
        const penalty = params.weight
          .square()
          .sum()
          .div(2 * inverseRegularization * examples);
        return ops.crossEntropy(stackingLogits(params, features), labels).add(penalty);
      }, params);
      return optimizer.update(gradients, state, params);
    },
    { name: 'a step of stacking' },
  );
  let params: Stacking = { weight: tf.zeros([width, classes]), bias: tf.zeros([classes]) };
  let state = optimizer.init(params);
  for (let i = 0; i < steps; i++) {
    const next = await step(params, state, features, labels);
    tf.dispose([params as never, state as never]);
    params = next.params as Stacking;
    state = next.state as optimizers.AdamState;
  }
  tf.dispose(state as never);
  await step.release();
  return params;
}

/** @param features float32 (B, F) @returns float32 (B, classes), logits */
export function stackingLogits({ weight, bias }: Stacking, features: tf.Tensor2D): tf.Tensor2D {
  return features.matMul(weight).add(bias);
}
