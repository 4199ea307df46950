import { describe, expect, it } from 'vitest';
import { compareRuns } from './compare-runs.ts';
import { DecimatedCurve } from './decimated.ts';
import { gradientNorms } from './gradient-norms.ts';
import { learningRateFinder, suggestLearningRate } from './learning-rate-finder.ts';
import { type LiveDisplay, liveCurves } from './live.ts';
import { monitorResources, resourceUse } from './resources.ts';
import { smooth } from './smoothing.ts';

type Bundle = Record<string, unknown>;

/** A notebook that keeps what it is shown. */
function recorder(): { display: LiveDisplay; shown: Bundle[] } {
  const shown: Bundle[] = [];
  const update = async (value: unknown): Promise<void> => {
    shown.push(value as Bundle);
  };
  return {
    shown,
    display: {
      display(value) {
        shown.push(value as Bundle);
        return { update };
      },
    },
  };
}

const plot = (bundle: Bundle) =>
  bundle['application/vnd.plotly.v1+json'] as {
    data: Record<string, unknown>[];
    layout: Record<string, unknown>;
  };

describe('a curve in bounded memory', () => {
  it('keeps 512 values as they are, and merges neighbours beyond', () => {
    const curve = new DecimatedCurve();
    for (let i = 0; i < 512; i++) curve.add(i, i);
    expect(curve.curve().steps).toEqual(Array.from({ length: 512 }, (_, i) => i));
    curve.add(512, 512);
    expect(curve.curve().mean.slice(0, 2)).toEqual([0.5, 2.5]);
    for (let i = 513; i < 100_000; i++) curve.add(i, i);
    const { steps, mean, least, greatest } = curve.curve();
    expect(steps.length).toBeLessThanOrEqual(512);
    expect(mean).toEqual(steps);
    expect([least[0], greatest.at(-1)]).toEqual([0, 99_999]);
    expect(steps.every((step, i) => i === 0 || step > steps[i - 1]!)).toBe(true);
    expect(curve.curve(100).steps.length).toBeLessThanOrEqual(100);
  });

  it('leaves NaN out and says where it began', () => {
    const curve = new DecimatedCurve();
    curve.add(1, 5);
    curve.add(2, Number.NaN);
    curve.add(3, Infinity);
    expect(curve.curve().mean).toEqual([5]);
    expect(curve.broken).toEqual({ step: 2, value: Number.NaN });
  });
});

describe('live curves', () => {
  it('are drawn at most 5 times a second, in one place, and end with a picture', async () => {
    const { display, shown } = recorder();
    let now = 0;
    const curves = liveCurves({ display, now: () => now });
    for (let step = 0; step < 1000; step++) {
      now += 10;
      curves.log(step, { 'loss/train': 1 / (step + 1), 'loss/validation': 2 / (step + 1), rate: 1e-3 });
    }
    expect(curves.cost.frames).toBe(50);
    expect(shown).toHaveLength(50);
    await curves.close();
    expect(shown).toHaveLength(51);
    expect(shown[49]).not.toHaveProperty('image/png');
    expect(shown[50]).toHaveProperty('image/png');
    expect(shown[50]!['text/plain']).toBe('step 999  loss/train 0.001  loss/validation 0.002  rate 0.001');
    curves.log(1000, { rate: 1 });
    await curves.close();
    expect(shown).toHaveLength(51);
  });

  it('draw less often where drawing is slow, so that it stays under one percent', () => {
    const { display, shown } = recorder();
    let now = 0;
    const curves = liveCurves({
      display,
      // Each look at the clock costs 2 ms, so that a frame takes that long.
      now: () => {
        now += 2;
        return now;
      },
    });
    for (let step = 0; step < 5000; step++) curves.log(step, { loss: 1 });
    expect(curves.cost.milliseconds / now).toBeLessThan(0.01);
    expect(shown.length).toBeGreaterThan(10);
  });

  it('have a plot for each metric, a curve for each of its parts, and marks where NaN began', () => {
    const { display, shown } = recorder();
    const curves = liveCurves({ display, log: ['loss'] });
    curves.log(1, { 'loss/train': Number.NaN, 'loss/test': 2, '<b>': 3 });
    const { data, layout } = plot(shown[0]!);
    expect(data.map(({ name, xaxis, y }) => [name, xaxis, y])).toEqual([
      ['train', 'x', []],
      ['test', 'x', [2]],
      [undefined, 'x2', [3]],
    ]);
    expect((layout.yaxis as { type: string }).type).toBe('log');
    const texts = (layout.annotations as { text: string }[]).map(({ text }) => text);
    expect(texts).toEqual(['NaN from step 1', 'loss', '&lt;b&gt;']);
  });

  it('refuse what is no number, and need no notebook', async () => {
    const curves = liveCurves();
    expect(() => curves.log(1, { loss: '2' as never })).toThrow(
      /metric "loss" has to be a number, not string/,
    );
    expect(() => curves.figure()).toThrow('nothing was logged yet');
    curves.log(1, { loss: 2 });
    await curves.close();
    expect(curves.figure().alt).toContain('last 2');
    expect(curves.cost.frames).toBe(0);
  });
});

describe('smooth', () => {
  it('has no pull to 0 at the beginning, and leaves gaps', () => {
    expect(smooth([5, 5, 5], 0.9)).toEqual([5, 5, 5]);
    // (0.5 * 0.5 * 1 + 0.5 * 4) / 0.75
    expect(smooth([1, Number.NaN, 4], 0.5)).toEqual([1, Number.NaN, 3]);
    expect(() => smooth([1], 1)).toThrow(RangeError);
  });
});

describe('compareRuns', () => {
  it('draws a line through what was logged, with gaps where that was NaN', () => {
    const rows = [0.9, null, Number.NaN, null, 0.8].map((loss, step) => ({ step, loss, other: step }));
    const [loss] = compareRuns({ rows }, { metrics: ['loss'] }).data;
    expect(loss).toMatchObject({ x: [0, 2, 4], y: [0.9, Number.NaN, 0.8] });
  });

  const a = [
    { step: 0, loss: 2, accuracy: 0.5 },
    { step: 1, loss: 1, accuracy: 0.6 },
  ];

  it('has a plot for each metric and a colour for each run', () => {
    const { data } = compareRuns<object>({ a, b: { step: [0, 1], loss: [3, 2] } });
    expect(data.map(({ name, xaxis, y }) => [name, xaxis, y])).toEqual([
      ['a', 'x', [2, 1]],
      ['b', 'x', [3, 2]],
      ['a', 'x2', [0.5, 0.6]],
    ]);
    expect(data.map(({ line }) => (line as { color: string }).color)).toEqual([
      '#0072b2',
      '#d55e00',
      '#0072b2',
    ]);
  });

  it('says what is missing', () => {
    expect(() => compareRuns({})).toThrow('there is no run');
    expect(() => compareRuns({ a }, { metrics: ['f1'] })).toThrow('no run has a column "f1"');
    expect(() => compareRuns({ a }, { x: 'epoch' })).toThrow('no column "epoch"');
  });
});

describe('gradientNorms', () => {
  it('are powers of ten, by layer, with gaps where there is none', () => {
    const { data } = gradientNorms({ first: [1, 10], last: [0.1, 0] });
    expect(data[0]).toMatchObject({
      z: [
        [0, 1],
        [-1, Number.NaN],
      ],
      y: ['first', 'last'],
    });
    expect(() => gradientNorms({ a: [1], b: [1, 2] })).toThrow('"a" has 1 norms, "b" 2');
  });
});

describe('the learning-rate finder', () => {
  const rates = Array.from({ length: 100 }, (_, i) => 10 ** (-6 + (6 * i) / 99));

  it('suggests where the loss falls steepest', () => {
    // A falling logistic curve is steepest in its middle, 1e-3, until it diverges.
    const losses = rates.map(
      (rate) => 2 / (1 + Math.exp(3 * Math.log10(rate / 1e-3))) + (rate > 0.1 ? (rate - 0.1) * 1e3 : 0) + 0.5,
    );
    expect(Math.log10(suggestLearningRate(rates, losses, 0)!)).toBeCloseTo(-3, 1);
    const figure = learningRateFinder({ rates, losses }, { smoothing: 0 });
    expect(figure.data).toHaveLength(3);
    expect((figure.data[0]!.x as number[]).at(-1)).toBeLessThan(0.2);
  });

  it('suggests nothing where it never falls', () => {
    expect(
      suggestLearningRate(
        rates,
        rates.map((_, i) => i),
      ),
    ).toBeUndefined();
    expect(() => suggestLearningRate([1, 1], [1, 2])).toThrow(/ascend/);
    expect(() => suggestLearningRate([1], [1, 2])).toThrow('1 rates and 2 losses');
  });
});

describe('monitorResources', () => {
  it('sees a busy loop that leaves the main thread no time', async () => {
    const monitor = monitorResources({ interval: 0.02 });
    await monitor.started;
    const end = performance.now() + 500;
    while (performance.now() < end);
    const samples = await monitor.stop();
    expect(samples.length).toBeGreaterThan(1);
    expect(Math.max(...samples.map(({ cpu }) => cpu))).toBeGreaterThan(0.1);
    expect(samples.at(-1)!.memory).toBeGreaterThan(1e7);
    expect(resourceUse(samples).data).toHaveLength(2);
    expect(await monitor.stop()).toBe(samples);
    expect(() => resourceUse([])).toThrow('there is no sample');
  });
});
