import { tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { apart, reference, withGradient } from '../reference.ts';
import { attentionLoss, hiddenStateLoss, logitsLoss, teacherLayers } from './index.ts';

type Case = { value: number; gradient: unknown };
const fixture = reference<Record<string, Case>>('distillation');
const tensor = (name: string): tf.Tensor => tf.tensor(fixture[name] as unknown as number[]);
const teacher = tensor('teacher') as tf.Tensor3D;
const mask = tensor('mask') as tf.Tensor2D;
const attention = tensor('attention') as tf.Tensor4D;

const OF_STATES: Record<string, (student: tf.Tensor3D) => tf.Scalar> = {
  logits: (student) => logitsLoss(student, teacher),
  logitsMasked: (student) => logitsLoss(student, teacher, { temperature: 3.5, mask }),
  cosine: (student) => hiddenStateLoss(student, teacher),
  cosineMasked: (student) => hiddenStateLoss(student, teacher, { mask }),
  mseMasked: (student) => hiddenStateLoss(student, teacher, { kind: 'mse', mask }),
};

const OF_SCORES: Record<string, (scores: tf.Tensor) => tf.Scalar> = {
  attentionKl: (scores) => attentionLoss(scores.softmax() as tf.Tensor4D, attention),
  attentionMasked: (scores) => attentionLoss(scores.softmax() as tf.Tensor4D, attention, { mask }),
  attentionMse: (scores) => attentionLoss(scores.softmax() as tf.Tensor4D, attention, { kind: 'mse' }),
};

describe('losses of distillation, with their gradients, are those of PyTorch', () => {
  it.each([
    ...Object.entries(OF_STATES).map(([name, loss]) => [name, 'student', loss] as const),
    ...Object.entries(OF_SCORES).map(([name, loss]) => [name, 'scores', loss] as const),
  ])('%s', async (name, inputs, loss) => {
    const found = await withGradient(loss as (x: tf.Tensor) => tf.Scalar, fixture[inputs]);
    const { value, gradient } = fixture[name] as Case;
    expect(apart(found.value, value)).toBeLessThan(2e-6 * Math.max(1, value));
    expect(apart(found.gradient, gradient)).toBeLessThan(2e-6);
  });
});

describe('losses of distillation', () => {
  it('take no gradient of the teacher', async () => {
    const student = tensor('student') as tf.Tensor3D;
    for (const loss of [logitsLoss, hiddenStateLoss]) {
      const { gradient } = await withGradient((x) => loss(student, x as tf.Tensor3D), fixture.teacher);
      expect(apart(gradient, tf.zeros(teacher.shape).arraySync())).toBe(0);
    }
  });

  it('are 0 for a student that is its teacher', () => {
    expect(logitsLoss(teacher, teacher).dataSync()[0]).toBeCloseTo(0, 6);
    expect(hiddenStateLoss(teacher, teacher).dataSync()[0]).toBeCloseTo(0, 6);
    expect(attentionLoss(attention, attention).dataSync()[0]).toBeCloseTo(0, 6);
  });

  it('refuse shapes that differ', () => {
    const other = teacher.slice([0, 0, 0], [2, 4, 3]);
    expect(() => logitsLoss(other, teacher)).toThrow("teacher's [2,4,6]");
    expect(() => hiddenStateLoss(other, teacher)).toThrow('project');
    expect(() => logitsLoss(teacher, teacher, { temperature: 0 })).toThrow('temperature');
  });
});

it('a student learns from the last layer of each group of its teacher', () => {
  expect(teacherLayers(6, 12)).toEqual([1, 3, 5, 7, 9, 11]);
  expect(teacherLayers(4, 12)).toEqual([2, 5, 8, 11]);
  expect(() => teacherLayers(5, 12)).toThrow('multiple');
});
