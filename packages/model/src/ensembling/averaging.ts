import { tf } from '@quire/runtime';

/**
 * The weighted mean of several models' probabilities (Hansen and Salamon 1990, "Neural network ensembles",
 * https://doi.org/10.1109/34.58871).
 *
 * @param logits of each model, float32 (…, V)
 * @param weights what each model counts; all the same where not given
 * @returns float32 (…, V), probabilities
 * @throws {RangeError} where shapes differ, or the weights don't fit.
 */
export function averageProbabilities(logits: readonly tf.Tensor[], weights?: readonly number[]): tf.Tensor {
  return tf.tidy(() =>
    weightedSum(
      logits.map((each) => each.softmax()),
      weights,
    ),
  );
}

/**
 * The weighted mean of several models' logits: after a softmax the geometric mean of their probabilities (Hinton 2002,
 * "products of experts", https://doi.org/10.1162/089976602760128018).
 *
 * @param logits of each model, float32 (…, V)
 * @returns float32 (…, V), logits
 * @throws {RangeError} where shapes differ, or the weights don't fit.
 */
export function averageLogits(logits: readonly tf.Tensor[], weights?: readonly number[]): tf.Tensor {
  return tf.tidy(() =>
    // Logits are free up to a sum: log-probabilities are alike in all models.
    weightedSum(
      logits.map((each) => each.logSoftmax()),
      weights,
    ),
  );
}

function weightedSum(
  tensors: readonly tf.Tensor[],
  weights: readonly number[] = tensors.map(() => 1),
): tf.Tensor {
  const [first] = tensors;
  if (!first) throw new RangeError('An ensemble needs at least one model.');
  const other = tensors.find(({ shape }) => `${shape}` !== `${first.shape}`);
  if (other) throw new RangeError(`The models give [${first.shape}] and [${other.shape}].`);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length !== tensors.length || !weights.every((weight) => weight >= 0) || !(total > 0)) {
    throw new RangeError(`${tensors.length} models need as many weights from 0 on, not ${weights}.`);
  }
  return tf.addN(tensors.map((each, i) => each.mul((weights[i] as number) / total)));
}
