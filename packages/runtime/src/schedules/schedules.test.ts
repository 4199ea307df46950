import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { jit } from '../jit/jit.ts';
import * as tf from '../tf.ts';
import {
  constant,
  cosine,
  exponential,
  linear,
  multiStep,
  oneCycle,
  reduceOnPlateau,
  type Schedule,
  stepDecay,
} from './index.ts';

const { schedules, measurements } = JSON.parse(
  readFileSync(new URL('../../fixtures/optimizers.json', import.meta.url), 'utf8'),
) as { schedules: Record<string, number[]>; measurements: number[] };

const SCHEDULES: Record<string, Schedule> = {
  constant: constant(0.1),
  stepDecay: stepDecay(0.1, { stepSize: 8, gamma: 0.5 }),
  multiStep: multiStep(0.1, { milestones: [5, 20, 21], gamma: 0.3 }),
  exponential: exponential(0.1, { gamma: 0.95 }),
  linear: linear(0.1, { start: 0.25, end: 0.5, steps: 30 }),
  cosine: cosine(0.1, { steps: 50, minimum: 0.01 }),
  'cosine, warm-up': cosine(0.1, { steps: 50, warmUp: 10 }),
  oneCycle: oneCycle(0.1, { steps: 51 }),
};

describe('learning rates are PyTorch’s', () => {
  for (const [name, schedule] of Object.entries(SCHEDULES)) {
    test(`${name}, eager and compiled`, async () => {
      const compiled = jit(schedule);
      for (const [i, wanted] of (schedules[name] as number[]).entries()) {
        const step = tf.scalar(i, 'int32');
        expect(Math.abs(schedule(step).arraySync() - wanted), `update ${i}`).toBeLessThan(1e-7);
        expect(Math.abs((await (await compiled(step)).array()) - wanted)).toBeLessThan(1e-7);
      }
      expect(compiled.compilations).toBe(1);
    });
  }

  test('reduceOnPlateau', () => {
    const plateau = reduceOnPlateau(0.1, { factor: 0.5, patience: 3, cooldown: 2, minimum: 0.02 });
    let state = plateau.init();
    const found = measurements.map((measurement) => {
      const { learningRate } = state;
      state = plateau.update(measurement, state);
      return learningRate;
    });
    expect(found).toEqual(schedules.reduceOnPlateau);
    expect(new Set(found).size).toBeGreaterThan(3);
  });
});

test('a cosine stays at its minimum when it is over', () => {
  const schedule = cosine(0.1, { steps: 10, minimum: 0.02 });
  expect(schedule(tf.scalar(25, 'int32')).arraySync()).toBeCloseTo(0.02, 7);
});

test('a plateau of accuracies is one from above', () => {
  const plateau = reduceOnPlateau(1, { mode: 'max', patience: 0, factor: 0.5 });
  const better = plateau.update(0.6, plateau.init());
  expect(better.learningRate).toBe(1);
  expect(plateau.update(0.5, better).learningRate).toBe(0.5);
});

test('what can’t be a schedule is refused', () => {
  expect(() => stepDecay(0.1, { stepSize: 0 })).toThrow('stepSize must be a positive integer');
  expect(() => cosine(0.1, { steps: 10, warmUp: 10 })).toThrow('steps - warmUp must be a positive integer');
  expect(() => reduceOnPlateau(0.1, { factor: 1 })).toThrow('factor must be between 0 and 1');
});
