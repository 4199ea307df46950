import * as tf from '../tf.ts';
import { fused } from './fused.ts';
import { indexedOneHot } from './one-hot.ts';

export interface CrossEntropyOptions {
  /** Rows with this label count for nothing, as PyTorch's -100. */
  ignoreIndex?: number;
  /** This much of the target is spread evenly over all classes. */
  labelSmoothing?: number;
}

/**
 * The mean cross-entropy of class labels, in nats, as PyTorch's `cross_entropy`.
 *
 * @param logits float32 (…, V)
 * @param labels int32 (…), one class for each row of logits
 * @returns float32 scalar; NaN where every row is ignored
 * @throws {RangeError} where the shapes don't fit.
 */
export function crossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: CrossEntropyOptions = {},
): tf.Scalar {
  const classes = logits.shape.at(-1) as number;
  const rows = logits.size / classes;
  if (labels.size !== rows || labels.dtype !== 'int32') {
    throw new RangeError(
      `crossEntropy: logits [${logits.shape}] need ${rows} int32 labels, not ${labels.dtype} [${labels.shape}].`,
    );
  }
  const { ignoreIndex, labelSmoothing = 0 } = options;
  const flat = labels.reshape([rows]) as tf.Tensor1D;
  const counted = ignoreIndex === undefined ? undefined : flat.notEqual(ignoreIndex).cast('float32');
  const count = counted ? counted.sum() : tf.scalar(rows);
  const target =
    ignoreIndex === undefined ? flat : (flat.mul(flat.notEqual(ignoreIndex).cast('int32')) as tf.Tensor1D);
  const entropy = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const logProbabilities = x.logSoftmax();
    const own = pickLabels(logProbabilities, target);
    const loss =
      labelSmoothing === 0
        ? own
        : own.mul(1 - labelSmoothing).add(logProbabilities.mean(-1).mul(labelSmoothing));
    const value = (counted ? loss.mul(counted) : loss).sum().div(count).neg();
    save([logProbabilities, target, count, ...(counted ? [counted] : [])]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
      const [logProbabilities, target, count, counted] = saved as [
        tf.Tensor2D,
        tf.Tensor1D,
        tf.Scalar,
        tf.Tensor1D?,
      ];
      const right = indexedOneHot(target, classes);
      const wanted =
        labelSmoothing === 0 ? right : right.mul(1 - labelSmoothing).add(labelSmoothing / classes);
      const share = dy.div(count);
      const rowShare = counted ? counted.reshape([rows, 1]).mul(share) : share;
      return logProbabilities.exp().sub(wanted).mul(rowShare);
    };
    return { value, gradFunc: gradFunc as never };
  });
  return entropy(logits.reshape([rows, classes])) as tf.Scalar;
}

/** From each row of x (N, V) the element that the label names: (N). */
function pickLabels(x: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor {
  const [rows, classes] = x.shape;
  const [picked] = fused(
    [x, labels],
    (graph, values, index) => {
      const column = graph.reshape(index as never, [rows, 1]);
      const found = graph.one('GatherElements', [values as never, column], { axis: 1 }, [rows, 1], 'float32');
      return [graph.reshape(found, [rows])];
    },
    () => [x.mul(indexedOneHot(labels, classes)).sum(-1)],
  ) as [tf.Tensor];
  return picked;
}
