import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type DecisionTreeNode,
  decisionPaths,
  decisionTree,
  errorSlices,
  hyperparameterImportance,
  hyperparameterImportances,
  hyperparameterMarginals,
  layerDecisions,
  learningCurves,
  logitLens,
  sliceErrors,
} from '../index.ts';
import { mulberry32 } from '../random.ts';
import { type Dimension, growTree, TreeVariance } from './functional-anova.ts';

const HOSTILE = '<img src=x onerror=hit()>%{x}';

describe('error slices', () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ kind: i < 10 ? 'a' : 'b', length: i }));
  const correct = rows.map((_, i) => i >= 8);

  it('have Wilson’s interval of their error rate, the surely worst first', () => {
    const { overall, slices } = sliceErrors(rows, correct, { by: 'kind' });
    expect(overall).toMatchObject({ size: 40, errors: 8, errorRate: 0.2 });
    expect(slices.map(({ slice, size, errors }) => [slice, size, errors])).toEqual([
      ['kind: a', 10, 8],
      ['kind: b', 30, 0],
    ]);
    // statsmodels' proportion_confint(8, 10, method='wilson').
    expect(slices[0]!.low).toBeCloseTo(0.4901625, 6);
    expect(slices[0]!.high).toBeCloseTo(0.9433178, 6);
    expect(slices[1]!.low).toBe(0);
  });

  it('of numbers are quarters, and every row is in one', () => {
    const { slices } = sliceErrors(rows, correct, { by: 'length' });
    expect(slices.map(({ slice }) => slice).sort()).toEqual([
      'length 19.5 to 29.25',
      'length 9.75 to 19.5',
      'length > 29.25',
      'length ≤ 9.75',
    ]);
    expect(slices.reduce((sum, { size }) => sum + size, 0)).toBe(40);
    const tied = sliceErrors({ n: [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8] }, new Array(14).fill(true));
    expect(tied.slices.reduce((sum, { size }) => sum + size, 0)).toBe(14);
  });

  it('are told by functions too, which see a row', () => {
    const { slices } = sliceErrors(rows, correct, {
      slices: { odd: ({ length }) => length % 2 === 1, part: ({ length }) => (length < 4 ? 'first' : null) },
    });
    expect(slices.map(({ slice, size, errors }) => [slice, size, errors])).toEqual([
      ['part: first', 4, 4],
      ['odd', 20, 4],
    ]);
  });

  it('are drawn with their sizes, in colours where the interval excludes the overall rate', () => {
    const figure = errorSlices(rows, correct, { by: 'kind' });
    expect(figure.data[0]).toMatchObject({
      x: [0.8, 0],
      marker: { color: ['#d55e00', '#009e73'] },
    });
    expect((figure.layout.annotations as { text: string }[]).map(({ text }) => text)).toEqual([
      'overall 20.0% of 40',
      '10',
      '30',
    ]);
    expect(figure.layout.shapes).toMatchObject([{ x0: 0.2, x1: 0.2 }]);
    const hostile = errorSlices({ [HOSTILE]: [HOSTILE, 'b'] }, [true, false]);
    expect(JSON.stringify(hostile)).not.toMatch(/<img|%\{x\}>/);
  });
});

describe('learning curves', () => {
  it('have the mean and one standard deviation of the folds, by size', () => {
    const figure = learningCurves({
      sizes: [100, 10],
      train: [1, 0.9],
      validation: [
        [0.8, 0.9],
        [0.4, 0.6],
      ],
    });
    expect(figure.data.map(({ name }) => name)).toEqual(['train', undefined, undefined, 'validation']);
    const [train, low, high, mean] = figure.data;
    expect(train).toMatchObject({ x: [10, 100], y: [0.9, 1] });
    for (const [trace, values] of [
      [low, [0.4, 0.8]],
      [mean, [0.5, 0.85]],
      [high, [0.6, 0.9]],
    ] as const) {
      (trace!.y as number[]).forEach((value, i) => {
        expect(value).toBeCloseTo(values[i]!, 12);
      });
    }
    expect(figure.alt).toBe('Learning curves of score: validation 0.5 at 10 examples, 0.85 at 100.');
  });

  it('of several models are told apart, and large ranges of sizes are logarithmic', () => {
    const own = { sizes: [10, 1000], train: [1, 1], validation: [0.5, 0.7] };
    const figure = learningCurves({ small: own, [HOSTILE]: own });
    expect(figure.data).toHaveLength(4);
    expect(figure.layout.xaxis).toMatchObject({ type: 'log' });
    expect(JSON.stringify(figure)).not.toMatch(/<img/);
  });
});

describe('functional ANOVA', () => {
  it('of a tree is what averaging over all of the space gives', () => {
    const random = mulberry32(3);
    const make = (categories: number): Dimension => ({
      categories,
      values: Float64Array.from({ length: 40 }, () =>
        categories > 0 ? Math.floor(categories * random()) : random(),
      ),
    });
    const dimensions = [make(0), make(3), make(0)];
    const target = Float64Array.from({ length: 40 }, () => random());
    const leaves = growTree(
      dimensions,
      target,
      Uint32Array.from(target, (_, i) => i),
    );
    expect(leaves).toHaveLength(40);
    const tree = new TreeVariance(leaves);
    // The cells between all boundaries, with their volumes.
    const cells = dimensions.map(({ categories }, d) => {
      if (categories > 0)
        return Array.from({ length: categories }, (_, at) => ({ at, size: 1 / categories }));
      const cuts = [...new Set(leaves.flatMap(({ sides }) => [sides[d]!.low, sides[d]!.high]))].sort(
        (a, b) => a - b,
      );
      return cuts.slice(1).map((high, i) => ({ at: (cuts[i]! + high) / 2, size: high - cuts[i]! }));
    });
    const answer = (point: number[]): number =>
      leaves.find(({ sides }) =>
        sides.every(({ low, high, set }, d) =>
          set ? set[point[d]!] === 1 : point[d]! > low && point[d]! < high,
        ),
      )!.mean;
    const grid = cells[0]!.flatMap((a) =>
      cells[1]!.flatMap((b) =>
        cells[2]!.map((c) => ({
          point: [a.at, b.at, c.at],
          size: a.size * b.size * c.size,
          value: answer([a.at, b.at, c.at]),
        })),
      ),
    );
    const mean = grid.reduce((sum, { size, value }) => sum + size * value, 0);
    expect(tree.mean).toBeCloseTo(mean, 10);
    expect(tree.variance).toBeCloseTo(
      grid.reduce((sum, { size, value }) => sum + size * (value - mean) ** 2, 0),
      10,
    );
    for (const kept of [[0], [1], [2], [0, 1], [1, 2], [0, 2]]) {
      const marginals = new Map<string, { size: number; sum: number }>();
      for (const { point, size, value } of grid) {
        const key = kept.map((d) => point[d]).join();
        const own = marginals.get(key) ?? { size: 0, sum: 0 };
        marginals.set(key, { size: own.size + size, sum: own.sum + size * value });
      }
      const variance = [...marginals.values()].reduce(
        (total, { size, sum }) => total + size * (sum / size - mean) ** 2,
        0,
      );
      expect(tree.marginalVariance(kept)).toBeCloseTo(variance, 10);
      if (kept.length > 1) continue;
      const [d] = kept as [number];
      for (const { at } of cells[d]!) {
        const own = marginals.get(String(at))!;
        expect(tree.marginal(d, at)).toBeCloseTo(own.sum / own.size, 10);
      }
    }
  });

  it('has Optuna’s importances', () => {
    const fixture = JSON.parse(
      readFileSync(new URL('../../fixtures/fanova.json', import.meta.url), 'utf8'),
    ) as { importances: Record<string, number>; trials: Record<string, number>[] };
    const all = hyperparameterImportances(fixture.trials, {
      objective: 'accuracy',
      ranges: { exponent: [-5, -1], dropout: [0, 0.5], momentum: [0, 1], decay: [0, 1] },
    });
    for (const [name, importance] of Object.entries(fixture.importances)) {
      const own = all.find(({ parameters }) => parameters.length === 1 && parameters[0] === name)!;
      expect(Math.abs(own.importance - importance), name).toBeLessThan(0.04);
    }
  });

  it('finds the shares of a function whose shares are known, categories included', () => {
    // The variances of a, 2 b and the step are 1/12, 4/12 and 2/9.
    const random = mulberry32(1);
    const trials = Array.from({ length: 600 }, () => {
      const [a, b, kind, none] = [random(), random(), 'xyz'[Math.floor(3 * random())]!, random()];
      return { a, b, kind, none, y: a + 2 * b + (kind === 'y' ? 1 : 0) };
    });
    const whole = 1 / 12 + 4 / 12 + 2 / 9;
    const all = hyperparameterImportances(trials, { objective: 'y' });
    const of = (name: string): number => all.find(({ parameters }) => parameters.join() === name)!.importance;
    expect(Math.abs(of('b') - 4 / 12 / whole)).toBeLessThan(0.04);
    expect(Math.abs(of('a') - 1 / 12 / whole)).toBeLessThan(0.04);
    expect(Math.abs(of('kind') - 2 / 9 / whole)).toBeLessThan(0.04);
    expect(of('none')).toBeLessThan(0.01);
    expect(all.map(({ parameters }) => parameters.length)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    const product = trials.map(({ a, b }) => ({ a, b, y: (a < 0.5 ? -1 : 1) * (b < 0.5 ? -1 : 1) }));
    const [, , pair] = hyperparameterImportances(product, { objective: 'y' });
    expect(pair!.parameters).toEqual(['a', 'b']);
    expect(pair!.importance).toBeGreaterThan(0.9);
  });

  it('is the same for the same seed, and does not depend on the objective’s unit', () => {
    const random = mulberry32(2);
    const trials = Array.from({ length: 40 }, () => {
      const a = random();
      return { a, b: random(), y: a };
    });
    const first = hyperparameterImportances(trials, { objective: 'y' });
    expect(hyperparameterImportances(trials, { objective: 'y' })).toEqual(first);
    expect(hyperparameterImportances(trials, { objective: 'y', seed: 2 })).not.toEqual(first);
    const scaled = trials.map((row) => ({ ...row, y: 1e6 + 1e-2 * row.y }));
    hyperparameterImportances(scaled, { objective: 'y' }).forEach(({ importance }, i) => {
      expect(importance).toBeCloseTo(first[i]!.importance, 2);
    });
  });

  it('is drawn, with the mean at each value of a parameter', () => {
    const random = mulberry32(4);
    const trials = Array.from({ length: 120 }, (_, i) => {
      const rate = 10 ** (-4 * random());
      return { rate, [HOSTILE]: i % 2 ? HOSTILE : 'plain', y: i === 7 ? Number.NaN : 2 * Math.log10(rate) };
    });
    const options = { objective: 'y', log: ['rate'] };
    const bars = hyperparameterImportance(trials, options);
    expect((bars.data[0]!.x as number[])[0]).toBeGreaterThan(0.95);
    expect(bars.alt).toContain('from 119 trials (1 without a result left out): rate ');
    const marginals = hyperparameterMarginals(trials, options);
    const curve = marginals.data.filter(({ mode }) => mode === 'lines').at(-1)!;
    (curve.y as number[]).forEach((value, i) => {
      expect(Math.abs(value - 2 * Math.log10((curve.x as number[])[i]!))).toBeLessThan(0.5);
    });
    for (const figure of [bars, marginals]) expect(JSON.stringify(figure)).not.toMatch(/<img/);
  });
});

describe('decision paths', () => {
  it('go from the base through each feature’s contribution, the least important first', () => {
    const figure = decisionPaths(
      [
        [1, -3, 0.5],
        [2, 1, 0],
      ],
      { base: 10, features: ['a', 'b', 'c'] },
    );
    expect(figure.data.map(({ x }) => x)).toEqual([
      [10, 10.5, 11.5, 8.5],
      [10, 10, 12, 13],
    ]);
    expect((figure.layout.yaxis as { ticktext: string[] }).ticktext).toEqual(['base', 'c', 'a', 'b']);
    expect(decisionPaths([1, -3, 0.5], { order: 'given' }).data[0]!.x).toEqual([0, 1, -2, -1.5]);
  });

  it('add up what is left out, and may be told as probabilities', () => {
    const figure = decisionPaths([0.1, 0.2, 3, -1], { most: 3, link: 'logit', values: [1, 2, 'x', 4] });
    expect((figure.layout.yaxis as { ticktext: string[] }).ticktext).toEqual([
      'base',
      '2 others',
      'feature 3 = 4',
      'feature 2 = x',
    ]);
    const path = figure.data[0]!.x as number[];
    expect(path[0]).toBe(0.5);
    expect(path[1]).toBeCloseTo(1 / (1 + Math.exp(-0.3)), 12);
    expect(path.at(-1)).toBeCloseTo(1 / (1 + Math.exp(-2.3)), 12);
  });

  it('by layer tell where the decision is settled', () => {
    const figure = layerDecisions(
      [
        [0.5, 0.4, 0.1],
        [0.3, 0.6, 0.1],
        [0.1, 0.8, 0.1],
      ],
      { classes: ['a', '<b>', 'c'], layers: ['in', 'mid', 'out'], most: 2, truth: 2 },
    );
    expect(figure.data.map(({ name }) => name)).toEqual(['&lt;b&gt;', 'a', 'c']);
    expect(figure.alt).toContain('the decision is "<b>" from layer "mid" on');
    expect((figure.layout.xaxis as { ticktext: string[] }).ticktext[0]).toBe('in<br>a');
  });

  it('of a language model have a token in each cell', () => {
    const figure = logitLens(
      [
        ['x', '\n'],
        ['y', '<b>'],
      ],
      [
        [0.1, 0.2],
        [0.9, 0.8],
      ],
    );
    expect((figure.layout.annotations as { text: string }[]).map(({ text }) => text)).toEqual([
      'x',
      '↵',
      'y',
      '&lt;b&gt;',
    ]);
  });
});

describe('a decision tree', () => {
  const tree: DecisionTreeNode = {
    feature: 'age',
    threshold: 30,
    left: { value: 'no', count: 4, share: 0.75 },
    right: { feature: HOSTILE, threshold: 0.5, left: { value: 1.5 }, right: { value: HOSTILE } },
  };

  it('tells the path of an example and draws it strongly', async () => {
    const drawing = decisionTree(tree, { example: { age: 30 } });
    expect(drawing.alt).toBe('Decision tree of depth 2 with 3 leaves; the path: age = 30 ≤ 30, decided: no.');
    const svg = await drawing.toSvg();
    expect(svg.match(/<path /g)).toHaveLength(4);
    expect(svg.match(/<path [^>]*stroke="#d55e00"/g)).toHaveLength(1);
    expect(svg.match(/<rect [^>]*stroke="#d55e00"/g)).toHaveLength(2);
    expect(svg).not.toContain('<img');
  });
});

describe('bad input', () => {
  it('is refused with what was wrong and where', () => {
    const trials = [1, 2, 3, 4, 5].map((x) => ({ x, kind: x === 2 ? null : 'k', y: x }));
    const cases: [() => unknown, string | RegExp][] = [
      [() => errorSlices([{ a: 1 }], [2]), /correct has to hold true or false, 1 or 0; at 0 it holds 2/],
      [() => errorSlices([{ a: 1 }], [1, 0]), 'errorSlices: there are 1 rows and 2 entries of correct.'],
      [() => errorSlices([{ a: 1 }], [1], { leastSize: 5 }), /no slice has 5 rows/],
      [() => learningCurves({ sizes: [1, 1], validation: [1, 2] }), /a size occurs twice in sizes/],
      [
        () => learningCurves({ m: { sizes: [1, 2], validation: [1] } }),
        /there are 2 sizes and 1 scores of validation of "m"/,
      ],
      [() => learningCurves({ sizes: [0], validation: [1] }), /sizes holds 0 at 0; a size is above 0/],
      [() => hyperparameterImportance(trials, { objective: 'z' }), /the data has no column "z"/],
      [() => hyperparameterImportance(trials, { objective: 'y' }), /"kind" is missing in trial 1/],
      [
        () => hyperparameterImportance(trials.slice(2), { objective: 'y' }),
        /3 trials have a finite "y"; at least 4/,
      ],
      [
        () => hyperparameterImportance(trials, { objective: 'y', parameters: ['x'], ranges: { x: [1, 3] } }),
        /the range of "x" is \[1, 3\], and a trial has 4/,
      ],
      [
        () => hyperparameterImportance(trials, { objective: 'y', parameters: ['x'], log: ['q'] }),
        /"q" is no parameter/,
      ],
      [() => decisionPaths([[1], [Number.NaN]]), /row 1 of contributions holds NaN at 0/],
      [() => decisionPaths([[1], [2]], { highlight: [2] }), /highlight holds 2; decisions are numbered/],
      [
        () => decisionPaths([1, 2], { features: ['a'] }),
        /there are 2 contributions of a decision and 1 features/,
      ],
      [() => layerDecisions([[0.5, 1.5]]), /row 0 of probabilities holds 1.5 at 1; it has to be from 0 to 1/],
      [() => logitLens([['a']], [[0.5, 0.5]]), /there are 2 probabilities of row 0 and 1 predictions/],
      [
        () => decisionTree({ feature: 'a', threshold: 1, left: { value: 1 } }),
        /the root asks for "a" and needs threshold, left and right/,
      ],
      [
        () =>
          decisionTree(
            { feature: 'a', threshold: 1, left: { value: 1 }, right: { value: 2 } },
            { example: { b: 1 } },
          ),
        /the example has no number for "a"/,
      ],
    ];
    for (const [make, message] of cases) expect(make).toThrow(message);
  });
});
