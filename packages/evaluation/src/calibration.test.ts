import { describe, expect, it } from 'vitest';
import { type CalibrationOptions, calibrationBins, expectedCalibrationError } from './calibration.ts';
import { expectClose, readFixture } from './fixtures.ts';

interface Case {
  name: string;
  confidences: number[];
  correct: boolean[];
  bins: number;
  strategy: NonNullable<CalibrationOptions['strategy']>;
  accuracy: number[];
  confidence: number[];
  count: number[];
  ece: number;
}

describe('scikit-learn’s calibration curve agrees', () => {
  it.each(readFixture<Case[]>('calibration'))('on $name, $bins bins, $strategy', (example) => {
    const { confidences, correct, bins, strategy } = example;
    const actual = calibrationBins(confidences, correct, { bins, strategy });
    expectClose(
      actual.map((bin) => bin.accuracy),
      example.accuracy,
      'accuracy',
    );
    expectClose(
      actual.map((bin) => bin.meanConfidence),
      example.confidence,
      'confidence',
    );
    expectClose(
      actual.map((bin) => bin.count),
      example.count,
      'count',
    );
    expectClose(expectedCalibrationError(confidences, correct, { bins, strategy }), example.ece, 'ECE');
  });
});

describe('calibration', () => {
  it('is perfect where confidence equals accuracy, and 15 equal bins are the default', () => {
    expect(expectedCalibrationError([0.5, 0.5, 1], [true, false, true])).toBe(0);
    expect(calibrationBins([0.03], [true])).toEqual([
      { lower: 0, upper: 1 / 15, count: 1, meanConfidence: 0.03, accuracy: 1 },
    ]);
  });

  it.each([calibrationBins, expectedCalibrationError])('is refused for wrong input by %o', (metric) => {
    expect(() => metric([0.5], [])).toThrow('confidences has length 1 and correct has length 0');
    expect(() => metric([], [])).toThrow('confidences is empty');
    expect(() => metric([0.5, Number.NaN], [true, true])).toThrow('confidences[1] is NaN');
    expect(() => metric([1.01], [true])).toThrow('confidences[0] is 1.01; give a number from 0 to 1');
    expect(() => metric([0.5], [true], { bins: 2.5 })).toThrow('bins is 2.5');
    expect(() => metric([0.5], [true], { strategy: 'x' as 'equal-mass' })).toThrow('strategy is "x"');
  });
});
