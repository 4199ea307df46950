import { tf } from '@quire/runtime';

/**
 * Class labels as rows with one 1.
 *
 * @param logits float32 (…, V)
 * @param labels int32 (…); any number outside [0, V) gives a row of zeros
 * @returns float32 (…, V)
 * @throws {RangeError} where the shapes don't fit.
 */
export function oneHotLabels(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const classes = logits.shape.at(-1) as number;
  if (labels.dtype !== 'int32' || `${labels.shape}` !== `${logits.shape.slice(0, -1)}`) {
    throw new RangeError(
      `Logits [${logits.shape}] need int32 labels [${logits.shape.slice(0, -1)}], not ${labels.dtype} [${labels.shape}].`,
    );
  }
  // Outside of the gradient: labels are constants of the step.
  return tf.tidy(() =>
    labels
      .expandDims(-1)
      .equal(tf.range(0, classes, 1, 'int32'))
      .cast('float32'),
  );
}
