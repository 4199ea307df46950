import { tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { apart, reference, withGradient } from '../reference.ts';
import {
  balancedClassWeights,
  binaryFocal,
  crossEntropy,
  focal,
  generalizedCrossEntropy,
  huber,
  logCosh,
} from './index.ts';

type Case = { value: number; gradient: unknown };
const fixture = reference<Record<string, Case> & Record<'labels' | 'predicted', number[]>>('losses');
const tensor = (name: string, dtype?: 'int32'): tf.Tensor =>
  tf.tensor(fixture[name] as unknown as number[], undefined, dtype);

const labels = tensor('labels', 'int32');
const ignored = tensor('ignored', 'int32');
const classWeights = tensor('classWeights') as tf.Tensor1D;
const sampleWeights = tensor('sampleWeights');
const wanted = tensor('wanted');
const binary = tensor('binary');

const OF_CLASSES: Record<string, (logits: tf.Tensor) => tf.Scalar> = {
  crossEntropy: (logits) => crossEntropy(logits, labels),
  classWeighted: (logits) => crossEntropy(logits, labels, { classWeights }),
  classWeightedSmooth: (logits) =>
    crossEntropy(logits, ignored, { classWeights, labelSmoothing: 0.2, ignoreIndex: -100 }),
  weighted: (logits) => crossEntropy(logits, labels, { classWeights, sampleWeights }),
  focal0: (logits) => focal(logits, labels, { gamma: 0 }),
  focal2: (logits) => focal(logits, labels),
  focalAlpha: (logits) => focal(logits, labels, { gamma: 1.5, alpha: classWeights }),
  binaryFocal: (logits) => binaryFocal(logits, binary, { alpha: 0.25 }),
  generalized: (logits) => generalizedCrossEntropy(logits, labels),
  absolute: (logits) => generalizedCrossEntropy(logits, labels, { q: 1 }),
};

const OF_NUMBERS: Record<string, (predicted: tf.Tensor) => tf.Scalar> = {
  huber: (predicted) => huber(predicted, wanted),
  huberWide: (predicted) => huber(predicted, wanted, { delta: 2.5 }),
  logCosh: (predicted) => logCosh(predicted, wanted),
};

describe('losses, with their gradients, are those of PyTorch', () => {
  it.each(Object.keys(OF_CLASSES))('of classes: %s', async (name) => {
    const found = await withGradient(OF_CLASSES[name] as (x: tf.Tensor) => tf.Scalar, fixture.logits);
    const { value, gradient } = fixture[name] as Case;
    expect(apart(found.value, value)).toBeLessThan(1e-6 * Math.max(1, value));
    expect(apart(found.gradient, gradient)).toBeLessThan(1e-6);
  });

  it.each(Object.keys(OF_NUMBERS))('of numbers: %s', async (name) => {
    const found = await withGradient(OF_NUMBERS[name] as (x: tf.Tensor) => tf.Scalar, fixture.predicted);
    const { value, gradient } = fixture[name] as Case;
    expect(apart(found.value, value)).toBeLessThan(1e-6 * value);
    expect(apart(found.gradient, gradient)).toBeLessThan(1e-6);
  });
});

describe('losses', () => {
  it('are 0, with a gradient of 0, where no example counts', async () => {
    const none = tf.zerosLike(sampleWeights);
    const found = await withGradient(
      (logits) => crossEntropy(logits, labels, { sampleWeights: none }),
      fixture.logits,
    );
    expect(found.value).toBe(0);
    expect(apart(found.gradient, tf.zeros([6, 4]).arraySync())).toBe(0);
  });

  it('have finite gradients where a prediction is certain', async () => {
    const certain = Array.from(fixture.labels, (label) => [0, 1, 2, 3].map((c) => (c === label ? 200 : 0)));
    for (const loss of [
      (logits: tf.Tensor) => focal(logits, labels, { gamma: 0.5 }),
      (logits: tf.Tensor) => generalizedCrossEntropy(logits, labels),
      (logits: tf.Tensor) => binaryFocal(logits, binary, { gamma: 0.5 }),
    ]) {
      for (const logits of [certain, certain.map((row) => row.map((x) => -x))]) {
        expect(apart((await withGradient(loss, logits)).gradient, tf.zeros([6, 4]).arraySync())).toBeLessThan(
          10,
        );
      }
    }
  });

  it('refuse shapes that differ and settings out of range', () => {
    const logits = tf.zeros([3, 2]);
    expect(() => crossEntropy(logits, labels)).toThrow('need int32 labels [3]');
    expect(() => focal(logits, tf.zeros([3]))).toThrow('not float32');
    expect(() => crossEntropy(logits, tf.zeros([3], 'int32'), { classWeights })).toThrow('2 classes');
    expect(() => huber(logits, wanted)).toThrow("aren't of the shape");
    expect(() => huber(wanted, wanted, { delta: 0 })).toThrow('delta');
    expect(() => generalizedCrossEntropy(logits, tf.zeros([3], 'int32'), { q: 0 })).toThrow('q must be');
  });
});

describe('class weights', () => {
  it('balance classes as scikit-learn does', () => {
    expect([...balancedClassWeights([0, 0, 0, 1, 2, 2], 3)]).toEqual([6 / 9, 2, 1].map(Math.fround));
  });

  it('balance classes by their effective numbers', () => {
    const weights = balancedClassWeights([0, 0, 0, 1, 2, 2], 3, { beta: 0.9 });
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(3, 5);
    expect((weights[1] as number) / (weights[0] as number)).toBeCloseTo((1 - 0.9 ** 3) / (1 - 0.9), 5);
  });

  it('refuse what is no class, and a class without examples', () => {
    expect(() => balancedClassWeights([0, 3], 2)).toThrow('Label 1 is 3');
    expect(() => balancedClassWeights([0, 0], 2)).toThrow('Class 1 has no example');
  });
});
