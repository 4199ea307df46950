import { describe, expect, it } from 'vitest';
import { accuracy } from './accuracy.ts';
import { classificationReport } from './classification-report.ts';
import { confusionMatrix } from './confusion-matrix.ts';
import { DISPLAY } from './display.ts';
import { expectClose, readFixture } from './fixtures.ts';
import { type Average, averageScores, classScores, f1, precision, recall } from './precision-recall.ts';

interface Case {
  name: string;
  truth: string[];
  predicted: string[];
  labels: string[];
  averageOver: string[] | null;
  accuracy: number;
  confusion: Record<'none' | 'truth' | 'predicted' | 'all', number[][]>;
  scores: Record<string, (number | null)[] | (number | null)[][]>;
  report: string;
}
const cases = readFixture<Case[]>('classification');

describe.each(cases)('scikit-learn agrees on $name', (example) => {
  const { truth, predicted, labels } = example;

  it('about the accuracy', () => {
    expectClose(accuracy(truth, predicted), example.accuracy);
  });

  it.each(['none', 'truth', 'predicted', 'all'] as const)(
    'about the confusion matrix over %s',
    (normalize) => {
      const matrix = confusionMatrix(truth, predicted, { labels, normalize });
      expect(matrix.labels).toEqual(labels);
      expectClose(matrix.values, example.confusion[normalize]);
    },
  );

  it.each(Object.keys(example.scores))('about precision, recall and F1, %s', (key) => {
    const [average, zero] = key.split(' ') as [Average, string];
    const options = {
      labels,
      zeroDivision: Number(zero),
      ...(example.averageOver && { averageOver: example.averageOver }),
    };
    if (average === 'none') {
      const actual = [precision, recall, f1].map((metric) => [
        ...metric(truth, predicted, { ...options, average }).values(),
      ]);
      expectClose(actual, example.scores[key]);
      return;
    }
    const actual = [precision, recall, f1].map((metric) => metric(truth, predicted, { ...options, average }));
    expectClose(actual, example.scores[key]);
    expect(Object.values(averageScores(truth, predicted, { ...options, average }))).toEqual(actual);
  });

  it('about the report, to the character', () => {
    // Where nothing is right, scikit-learn's counts are floats and it writes the support as "3.0".
    const report = example.report.replaceAll(/(\d)\.0$/gm, '  $1');
    expect(classificationReport(truth, predicted, { labels, digits: 4 }).toString()).toBe(report);
  });
});

describe('labels', () => {
  it('are put in ascending order, numbers by value', () => {
    expect(confusionMatrix([10, 9], [9, 2]).labels).toEqual([2, 9, 10]);
    expect(classScores(['b', 'a'], ['b', 'B']).map((scores) => scores.label)).toEqual(['B', 'a', 'b']);
  });

  it('keep the order they are given in', () => {
    expect([...f1(['a', 'b'], ['a', 'b'], { labels: ['b', 'c', 'a'], average: 'none' }).keys()]).toEqual([
      'b',
      'c',
      'a',
    ]);
  });

  it('that are unknown are named with their place', () => {
    expect(() => confusionMatrix(['a', 'b'], ['a', 'x'], { labels: ['a', 'b'] })).toThrow(
      'confusionMatrix: predicted[1] is the unknown label "x"; known are "a", "b". Add it to labels, or correct predicted.',
    );
    expect(() => f1(['a', 'b'], ['a', 'b'], { averageOver: ['c'] })).toThrow(
      'averageOver[0] is the unknown label "c"',
    );
  });

  it('that are repeated, mixed, NaN or none are refused', () => {
    expect(() => precision(['a'], ['a'], { labels: ['a', 'b', 'a'] })).toThrow('labels[0] ("a") is repeated');
    expect(() => recall<string | number>(['a', 1], ['a', 'a'])).toThrow('truth[1] is 1; give labels');
    expect(() => recall([1], [Number.NaN])).toThrow('predicted[0] is NaN');
    expect(() => classScores(['a'], ['a'], { labels: [] })).toThrow('labels is empty');
  });
});

describe('lengths', () => {
  it('that differ are named', () => {
    for (const metric of [accuracy, confusionMatrix, precision, recall, f1, classificationReport]) {
      expect(() => metric(['a', 'b'], ['a'])).toThrow('truth has length 2 and predicted has length 1');
    }
  });

  it('of 0 are refused', () => {
    for (const metric of [accuracy, confusionMatrix, precision, recall, f1, classificationReport]) {
      expect(() => metric([], [])).toThrow('truth is empty; give at least one');
    }
  });
});

describe('a report', () => {
  it('shows itself as text and as a table, with labels escaped', () => {
    const bundle = classificationReport(['<b>&"\'', 'ok'], ['<b>&"\'', 'ok'])[DISPLAY]();
    expect(bundle['text/html']).toContain('&lt;b&gt;&amp;&quot;&#39;');
    expect(bundle['text/html']).not.toContain('<b>');
    expect(bundle['text/plain']).toContain('weighted avg');
  });

  it('holds the numbers it shows', () => {
    const report = classificationReport(['a', 'a', 'b'], ['a', 'b', 'b']);
    expect(report.accuracy).toBeCloseTo(2 / 3, 12);
    expect(report.classes[0]).toEqual({ label: 'a', precision: 1, recall: 0.5, f1: 2 / 3, support: 2 });
    expect(report.macroAverage.precision).toBe(0.75);
    expect(report.support).toBe(3);
  });
});

describe('a confusion matrix', () => {
  it('shows itself as text and as a table', () => {
    const matrix = confusionMatrix(['<a', 'b', 'b'], ['<a', '<a', 'b']);
    const bundle = matrix[DISPLAY]();
    expect(bundle['text/plain']).toBe(
      'true \\ predicted  <a  b\n              <a   1  0\n               b   1  1',
    );
    expect(bundle['text/html']).toContain('<th>&lt;a</th>');
  });
});
