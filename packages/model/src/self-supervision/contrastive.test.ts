import { tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { apart, reference, withGradient } from '../reference.ts';
import { contrastive } from './contrastive.ts';

type Case = { value: number; gradient: unknown };
const fixture = reference<Record<string, Case>>('contrastive');
const tensor = (name: string): tf.Tensor2D => tf.tensor(fixture[name] as unknown as number[][]);
const positives = tensor('positives');
const negatives = tensor('negatives');

const CASES: Record<string, (anchors: tf.Tensor2D) => tf.Scalar> = {
  plain: (anchors) => contrastive(anchors, positives),
  negative: (anchors) => contrastive(anchors, positives, { temperature: 0.1, negatives }),
  symmetric: (anchors) => contrastive(anchors, positives, { temperature: 0.07, symmetric: true }),
};

describe('the contrastive loss', () => {
  it.each(Object.keys(CASES))('is that of PyTorch, with its gradient: %s', async (name) => {
    const found = await withGradient(CASES[name] as (x: tf.Tensor) => tf.Scalar, fixture.anchors);
    const { value, gradient } = fixture[name] as Case;
    expect(apart(found.value, value)).toBeLessThan(1e-5 * value);
    expect(apart(found.gradient, gradient)).toBeLessThan(2e-5);
  });

  it('has a finite gradient for a row of zeros', async () => {
    const rows = (fixture.anchors as unknown as number[][]).map((row, i) => (i === 0 ? [0, 0, 0, 0] : row));
    const { gradient } = await withGradient((x) => contrastive(x as tf.Tensor2D, positives), rows);
    expect((gradient as number[][]).flat().every(Number.isFinite)).toBe(true);
  });

  it('refuses shapes that differ', () => {
    expect(() => contrastive(positives, tf.zeros([4, 4]))).toThrow('differ in shape');
    expect(() => contrastive(positives, positives, { temperature: 0 })).toThrow('temperature');
  });
});
