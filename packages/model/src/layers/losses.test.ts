import { tf, valueAndGradients } from '@quire/runtime';
import { expect, it } from 'vitest';
import { IGNORED, sequenceLoss, tokenLoss } from './losses.ts';

it('sequences and tokens with an ignored label count for nothing, also in the gradient', () => {
  const logits = tf.tensor2d([
    [1, 2, 0.5],
    [0, -1, 3],
    [2, 2, 1],
  ]);
  const labels = tf.tensor1d([1, IGNORED, 0], 'int32');
  const rows = [0, 2].map((row) => logits.slice([row, 0], [1, 3]) as tf.Tensor2D);
  for (const labelSmoothing of [0, 0.1]) {
    const { value, gradients } = valueAndGradients(
      ({ logits }) => sequenceLoss(logits, labels, 'singleLabel', labelSmoothing),
      { logits },
    );
    const [first, last] = rows.map((row, i) =>
      sequenceLoss(row, tf.tensor1d([1 - i], 'int32'), 'singleLabel', labelSmoothing).arraySync(),
    ) as [number, number];
    expect(value.arraySync()).toBeCloseTo((first + last) / 2, 6);
    const [counted, ignored] = gradients.logits.arraySync();
    expect((ignored as number[]).every((each) => each === 0)).toBe(true);
    expect(Math.hypot(...(counted as number[]))).toBeGreaterThan(0.1);
    const tokens = tokenLoss(
      logits.expandDims(0) as tf.Tensor3D,
      labels.expandDims(0) as tf.Tensor2D,
      labelSmoothing,
    );
    expect(tokens.arraySync()).toBeCloseTo(value.arraySync(), 6);
  }
});
