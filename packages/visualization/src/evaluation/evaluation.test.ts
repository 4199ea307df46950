import { describe, expect, it } from 'vitest';
import {
  confusionHeatmap,
  type Figure,
  precisionRecallCurve,
  reliabilityDiagram,
  rocCurve,
  thresholdExplorer,
  thresholdScores,
} from '../index.ts';
import { bootstrapBand, countsOf, interpolated, precisionRecallOf, rank, rocOf, stepped } from './binary.ts';
import { normalQuantile, wilson } from './intervals.ts';

// The example of scikit-learn's documentation of roc_curve and average_precision_score.
const truth = [0, 0, 1, 1];
const scores = [0.1, 0.4, 0.35, 0.8];

describe('a ROC curve', () => {
  it('is scikit-learn’s', () => {
    const curve = rocOf(countsOf(rank('roc', truth, scores)));
    expect(curve.x).toEqual([0, 0, 0.5, 0.5, 1]);
    expect(curve.y).toEqual([0, 0.5, 0.5, 1, 1]);
    expect(curve.area).toBe(0.75);
  });

  it('takes equal scores in one step, so that no order of the examples is better than another', () => {
    expect(rocOf(countsOf(rank('roc', [1, 0, 1, 0], [1, 1, 1, 1])))).toEqual({
      x: [0, 1],
      y: [0, 1],
      area: 0.5,
    });
  });

  it('is drawn with its area, the band by bootstrap, and chance', () => {
    const figure = rocCurve(truth, { a: scores, '<b>': [1, 2, 3, 4] }, { resamples: 20 });
    expect(figure.data).toHaveLength(7);
    expect(figure.data[3]?.name).toMatch(/^a, AUC 0\.750 \[/);
    expect(figure.data[6]?.name).toMatch(/^&lt;b&gt;, AUC 1\.000 \[1\.000, 1\.000\]$/);
    expect(figure.data[0]).toMatchObject({ x: [0, 1], y: [0, 1] });
  });

  it('has at most 1,000 points, the first and the last among them', () => {
    const many = Array.from({ length: 5000 }, (_, i) => Math.sin(i) + (i % 2));
    const { data } = rocCurve(
      many.map((_, i) => i % 2 === 1),
      many,
      { resamples: 0 },
    );
    const x = data[1]!.x as number[];
    expect([x.length, x[0], x.at(-1)]).toEqual([1000, 0, 1]);
  });
});

describe('a precision-recall curve', () => {
  it('has scikit-learn’s average precision', () => {
    const curve = precisionRecallOf(countsOf(rank('pr', truth, scores)));
    expect(curve.x).toEqual([0, 0.5, 0.5, 1, 1]);
    expect(curve.y).toEqual([1, 1, 1 / 2, 2 / 3, 2 / 4]);
    expect(curve.area).toBeCloseTo(0.8333333333333333, 12);
  });

  it('has the share of positives as chance', () => {
    expect(precisionRecallCurve([1, 0, 0, 0], [4, 3, 2, 1]).data[0]?.y).toEqual([0.25, 0.25]);
  });
});

describe('a band by bootstrap', () => {
  const noise = Array.from({ length: 400 }, (_, i) => Math.sin(i * i));
  const is = noise.map((_, i) => i % 2 === 0);
  const ranked = rank(
    'roc',
    is,
    noise.map((value, i) => value + (is[i] ? 0.7 : 0)),
  );
  const band = (options: object) => bootstrapBand('roc', ranked, rocOf, interpolated, options)!;

  it('is the same for the same seed and another for another', () => {
    expect(band({ seed: 3, resamples: 50 })).toEqual(band({ seed: 3, resamples: 50 }));
    expect(band({ seed: 4, resamples: 50 })).not.toEqual(band({ seed: 3, resamples: 50 }));
  });

  it('goes around the curve and its area, and is narrower for less confidence', () => {
    const { area } = rocOf(countsOf(ranked));
    const wide = band({ resamples: 300 });
    const narrow = band({ resamples: 300, confidence: 0.5 });
    expect(wide.interval[0]).toBeLessThan(area);
    expect(wide.interval[1]).toBeGreaterThan(area);
    expect(narrow.interval[1] - narrow.interval[0]).toBeLessThan(wide.interval[1] - wide.interval[0]);
    const heights = interpolated(rocOf(countsOf(ranked)), wide.x);
    const inside = heights.filter((y, i) => y >= wide.low[i]! - 1e-9 && y <= wide.high[i]! + 1e-9);
    expect(inside.length).toBeGreaterThan(95);
  });

  it('has about the standard error that theory gives the area', () => {
    // Hanley and McNeil, "The Meaning and Use of the Area under a ROC Curve" (1982).
    const { area } = rocOf(countsOf(ranked));
    const [q1, q2] = [area / (2 - area), (2 * area ** 2) / (1 + area)];
    const n = 200;
    const error = Math.sqrt(
      (area * (1 - area) + (n - 1) * (q1 - area ** 2) + (n - 1) * (q2 - area ** 2)) / (n * n),
    );
    const [low, high] = band({ resamples: 500 }).interval;
    expect((high - low) / (2 * 1.96)).toBeGreaterThan(0.75 * error);
    expect((high - low) / (2 * 1.96)).toBeLessThan(1.25 * error);
  });

  it('reads curves between their points', () => {
    expect(interpolated({ x: [0, 0, 0.5, 1], y: [0, 0.5, 0.5, 1], area: 0 }, [0, 0.25, 0.75, 1])).toEqual([
      0.5, 0.5, 0.75, 1,
    ]);
    expect(stepped({ x: [0, 0.5, 1], y: [1, 0.8, 0.6], area: 0 }, [0, 0.2, 0.5, 0.9, 1])).toEqual([
      1, 0.8, 0.8, 0.6, 0.6,
    ]);
  });
});

describe('a confusion matrix', () => {
  const confusion = {
    labels: ['a', '<b>'],
    values: [
      [3, 1],
      [0, 0],
    ],
  };

  it('has counts in its cells and shares as colours; a class without examples has none', () => {
    const { data, layout } = confusionHeatmap(confusion);
    expect(data[0]?.z).toEqual([
      [0.75, 0.25],
      [0, 0],
    ]);
    expect((layout.annotations as { text: string }[]).map(({ text }) => text)).toEqual(['3', '1', '0', '0']);
    expect(confusionHeatmap(confusion, { share: 'predicted' }).data[0]?.z).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect(confusionHeatmap(confusion, { share: 'none' }).data[0]?.z).toEqual(confusion.values);
  });

  it('is described by its accuracy and its commonest confusion', () => {
    expect(confusionHeatmap(confusion).alt).toBe(
      'Confusion matrix of 2 classes, 4 examples, accuracy 75.0%; most often "a" was taken for "<b>" (1).',
    );
    expect(JSON.stringify(confusionHeatmap(confusion))).not.toContain('<b>');
  });
});

describe('a reliability diagram', () => {
  const bins = [
    { lower: 0, upper: 0.5, count: 10, meanConfidence: 0.3, accuracy: 0.4 },
    { lower: 0.5, upper: 1, count: 30, meanConfidence: 0.9, accuracy: 0.7 },
  ];

  it('has the expected calibration error, and gaps by their direction', () => {
    const figure = reliabilityDiagram(bins);
    expect(figure.alt).toContain('expected calibration error 0.175');
    expect(figure.data.map(({ name }) => name)).toEqual([
      'accuracy',
      'overconfident',
      'underconfident',
      'predictions',
    ]);
    expect(figure.data[1]).toMatchObject({ base: [0.3, 0.7], y: [null, expect.closeTo(0.2, 12)] });
    expect(reliabilityDiagram(bins.slice(0, 1)).data).toHaveLength(3);
  });

  it('has Wilson’s intervals', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 7);
    expect(normalQuantile(0.005)).toBeCloseTo(-2.5758293035489004, 7);
    const [low, high] = wilson(0, 10, 1.959963984540054);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.2775327998628892, 10);
    const [lower, upper] = wilson(0.5, 20, 1.959963984540054);
    expect(lower).toBeCloseTo(0.2992980081982124, 10);
    expect(upper).toBeCloseTo(0.7007019918017876, 10);
  });
});

describe('a threshold explorer', () => {
  it('has each threshold’s counts', () => {
    const rows = thresholdScores(truth, scores, 8);
    expect(rows[0]).toMatchObject({
      threshold: 0.1,
      truePositives: 2,
      falsePositives: 2,
      recall: 1,
      accuracy: 0.5,
    });
    expect(rows.at(-1)).toMatchObject({
      threshold: 0.8,
      truePositives: 1,
      falsePositives: 0,
      trueNegatives: 2,
      falseNegatives: 1,
      precision: 1,
      accuracy: 0.75,
    });
    for (const { threshold, ...row } of rows) {
      const predicted = scores.map((score) => score >= threshold);
      expect(row.truePositives).toBe(predicted.filter((is, i) => is && truth[i] === 1).length);
      expect(row.falsePositives).toBe(predicted.filter((is, i) => is && truth[i] === 0).length);
    }
  });

  it('stands at the greatest F1 at first, or where it is told', () => {
    const active = (figure: Figure) => (figure.layout.sliders as { active: number }[])[0]!.active;
    const rows = thresholdScores(truth, scores);
    const best = Math.max(...rows.map(({ f1 }) => f1));
    expect(rows[active(thresholdExplorer(truth, scores))]!.f1).toBe(best);
    expect(active(thresholdExplorer(truth, scores, { threshold: 0.79 }))).toBe(48);
  });
});

describe('bad input', () => {
  it('is refused with what was wrong and where', () => {
    const cases: [() => unknown, string | RegExp][] = [
      [() => rocCurve([1, 0], [1]), 'rocCurve: there are 2 entries of truth and 1 scores.'],
      [() => rocCurve([1, 0], { a: [1, Number.NaN] }), /scores of "a" holds NaN at 1/],
      [() => rocCurve([1, 2], [1, 2]), /truth has to hold true or false, 1 or 0; at 1 it holds 2/],
      [() => rocCurve([true, true], [1, 2]), /truth has no negative example/],
      [() => rocCurve([true, false], {}), 'rocCurve: there is no model.'],
      [
        () => rocCurve([true, false], [1, 2], { confidence: 95 }),
        /confidence has to be between 0 and 1, not 95/,
      ],
      [() => rocCurve([true, false], [1, 2], { resamples: 0.5 }), /resamples has to be a whole number/],
      [() => confusionHeatmap({ labels: ['a'], values: [[1, 2]] }), /values are 1 by 2 for 1 labels/],
      [
        () => confusionHeatmap({ labels: ['a'], values: [[Number.NaN]] }),
        /values\[0\]\[0\] has to be a count, not NaN/,
      ],
      [() => reliabilityDiagram([]), 'reliabilityDiagram: there is no bin.'],
      [
        () => reliabilityDiagram([{ lower: 0, upper: 1, count: 1, meanConfidence: 80, accuracy: 1 }]),
        /meanConfidence of bin 0 has to be from 0 to 1, not 80/,
      ],
      [() => thresholdExplorer([1, 0], [1, 2], { steps: 1 }), /steps has to be a whole number from 2 to 200/],
    ];
    for (const [make, message] of cases) expect(make).toThrow(message);
  });
});
