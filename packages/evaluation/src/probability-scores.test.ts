import { describe, expect, it } from 'vitest';
import { expectClose, readFixture } from './fixtures.ts';
import { brierScore, logLoss } from './probability-scores.ts';

interface Case {
  name: string;
  truth: string[];
  probabilities: number[][];
  labels: string[];
  logLoss: number;
  brierScore: number;
}

describe('scikit-learn agrees', () => {
  it.each(readFixture<Case[]>('probability-scores'))(
    'on $name',
    ({ truth, probabilities, labels, ...expected }) => {
      expectClose(logLoss(truth, probabilities, { labels }), expected.logLoss, 'log loss');
      expectClose(brierScore(truth, probabilities, { labels }), expected.brierScore, 'Brier score');
    },
  );
});

describe('probabilities', () => {
  it('have their columns in the order of the labels', () => {
    expect(logLoss(['b'], [[0.25, 0.75]], { labels: ['b', 'a'] })).toBeCloseTo(-Math.log(0.25), 12);
  });

  it.each([logLoss, brierScore])('are checked by %o', (metric) => {
    expect(() => metric(['a'], [])).toThrow('truth has length 1 and probabilities has length 0');
    expect(() => metric([], [])).toThrow('truth is empty');
    expect(() =>
      metric(
        ['a', 'b'],
        [
          [1, 0],
          [0.5, 0.4],
        ],
      ),
    ).toThrow('probabilities[1] sums to 0.9');
    expect(() =>
      metric(
        ['a', 'b'],
        [
          [1, 0],
          [Number.NaN, 1],
        ],
      ),
    ).toThrow('probabilities[1][0] is NaN');
    expect(() => metric(['a', 'b'], [1.5, 0])).toThrow('probabilities[0] is 1.5; give a number from 0 to 1');
    expect(() =>
      metric(
        ['a', 'b'],
        [
          [0.2, 0.3, 0.5],
          [1, 0, 0],
        ],
      ),
    ).toThrow('has 3 classes and there are 2 labels');
    expect(() =>
      metric(
        ['a', 'x'],
        [
          [1, 0],
          [0, 1],
        ],
        { labels: ['a', 'b'] },
      ),
    ).toThrow('truth[1] is the unknown label "x"');
  });
});
