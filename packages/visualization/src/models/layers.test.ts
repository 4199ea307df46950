import { describe, expect, it } from 'vitest';
import {
  activationHistograms,
  attentionLines,
  DISPLAY,
  type Figure,
  featureMaps,
  filters,
  quantizationError,
  quantizationErrors,
  weightHistograms,
} from '../index.ts';

const HOSTILE = '<img src=x onerror=hit()>%{x}';
const notes = (figure: Figure): string[] =>
  (figure.layout.annotations as { text: string }[]).map(({ text }) => text);

describe('histograms by layer', () => {
  it('count every finite number that is not 0, and tell zeros, NaN and infinities', () => {
    const figure = weightHistograms({
      a: [-1, 1, 2, 3],
      b: [0, 0, 1, Number.NaN, Infinity, 2],
    });
    const counts = figure.data.map(({ customdata }) =>
      (customdata as number[]).reduce((sum, count) => sum + count, 0),
    );
    expect(counts).toEqual([4, 2]);
    expect(notes(figure)).toEqual(['1.3 ± 1.5', '0.75 ± 0.83<br>33.3% zero, 1 NaN, 1 infinite']);
    expect(figure.alt).toContain('Not all finite: b.');
  });

  it('of activations tell how many units are dead', () => {
    // (3, 4): the second and the third unit are 0 for all three inputs.
    const layer = { shape: [3, 4], data: [1, 0, 0, 2, 0, 0, 0, 3, 2, 0, 0, 0] };
    expect(notes(activationHistograms({ layer }))).toEqual(['0.7 ± 1<br>66.7% zero, 50% of units dead']);
  });

  it('over time have a plot for each layer and a curve for each step, of many steps those evenly spread', () => {
    const steps = Array.from({ length: 100 }, (_, step) => ({
      step,
      layers: { a: [step, 1], b: [[1], [2]] },
    }));
    const figure = weightHistograms(steps);
    expect(figure.data).toHaveLength(48);
    expect(new Set(figure.data.map(({ xaxis }) => xaxis))).toEqual(new Set(['x', 'x2']));
    expect([figure.data[0]!.name, figure.data[23]!.name]).toEqual(['0', '99']);
  });

  it('of equal numbers are drawn too', () => {
    expect(weightHistograms({ a: [3, 3] }).toJSON().data[0]!.x).toContain(2.5);
    expect(weightHistograms({ a: [Number.NaN] }).alt).toContain('Not all finite: a.');
  });
});

describe('channels', () => {
  const pixel = async (promise: Promise<string>): Promise<number> =>
    ((await promise).match(/<image /g) ?? []).length;

  it('are found in either format', async () => {
    const last = { shape: [2, 3, 4], data: Float32Array.from({ length: 24 }, (_, i) => i) };
    const first = {
      shape: [4, 2, 3],
      data: Float32Array.from({ length: 24 }, (_, i) => (i % 6) * 4 + Math.floor(i / 6)),
    };
    expect(await featureMaps(first, { dataFormat: 'channelsFirst' }).toSvg()).toBe(
      await featureMaps(last).toSvg(),
    );
    expect(await pixel(featureMaps(last).toSvg())).toBe(4);
    const hwio = { shape: [1, 2, 2, 3], data: Float32Array.from({ length: 12 }, (_, i) => i - 5) };
    const oihw = {
      shape: [3, 2, 1, 2],
      // (o, i, 0, x) is at (0, x, i, o) there.
      data: Float32Array.from({ length: 12 }, (_, k) => {
        const [o, i, x] = [Math.floor(k / 4), Math.floor(k / 2) % 2, k % 2];
        return x * 6 + i * 3 + o - 5;
      }),
    };
    expect(await filters(oihw, { kernelFormat: 'OIHW' }).toSvg()).toBe(await filters(hwio).toSvg());
    expect(await pixel(filters(hwio).toSvg())).toBe(6);
  });

  it('that are 0 everywhere are counted', () => {
    expect(
      featureMaps([
        [
          [0, 1],
          [0, 2],
        ],
      ]).alt,
    ).toContain('2 channels of 2 by 1, 1 of them 0 everywhere');
  });

  it('share a range when asked to', async () => {
    const maps = [[[1, 10]], [[0, 0]]];
    const sources = async (normalize: 'channel' | 'shared'): Promise<string[]> =>
      [...(await featureMaps(maps, { normalize }).toSvg()).matchAll(/href="([^"]+)"/g)].map(
        ([, url]) => url!,
      );
    const [a, b] = await sources('channel');
    expect(a).toBe(b);
    const [c, d] = await sources('shared');
    expect(c).not.toBe(d);
    expect(d).toBe(b);
  });

  it('of a filter with 3 inputs are one picture in colour', async () => {
    const kernel = { shape: [3, 3, 3, 5], data: new Float32Array(135).fill(0.5) };
    expect(await pixel(filters(kernel).toSvg())).toBe(5);
  });
});

describe('quantization error', () => {
  it('is the ratio of powers in dB, and the mean and greatest distance', () => {
    const [row, exact] = quantizationErrors({
      a: { original: [3, 4, 0], dequantized: [3, 4.5, 0] },
      b: { original: [[1]], dequantized: [[1]] },
    });
    expect(row).toEqual({
      layer: 'a',
      count: 3,
      sqnr: 20,
      maxError: 0.5,
      meanError: 0.5 / 3,
    });
    expect(exact!.sqnr).toBe(Infinity);
  });

  it('has the worst layer on top when asked to', () => {
    const layers = {
      good: { original: [1], dequantized: [1.01] },
      bad: { original: [1], dequantized: [1.5] },
    };
    expect(quantizationError(layers).data[0]!.y).toEqual(['good', 'bad']);
    expect(quantizationError(layers, { order: 'worst' }).data[0]!.y).toEqual(['bad', 'good']);
  });
});

describe('attention of all layers', () => {
  const one = [
    [0.9, 0.1],
    [0.2, 0.8],
  ];
  const weights = [
    [one, one],
    [
      one,
      [
        [0.5, 0.5],
        [1, 0],
      ],
    ],
  ];

  it('has a switch for the layer and one for each head, and all strong lines in the page', async () => {
    const page = (await attentionLines(weights, ['a', HOSTILE], { layer: 1, least: 0.15 })[DISPLAY]())[
      'text/html'
    ] as string;
    expect(page).not.toContain('<img');
    expect(page.match(/<option/g)).toHaveLength(2);
    expect(page.match(/type="checkbox"/g)).toHaveLength(2);
    const packed = JSON.parse(page.match(/previousElementSibling, (\["[^\]]*"\])/)![1]!) as string[];
    const layers = packed.map((text) => {
      const bytes = Buffer.from(text, 'base64');
      return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
    });
    expect(layers[0]).toHaveLength(4 * 6);
    expect(layers[1]!.slice(0, 4)).toEqual([1, 1, 0, 65_535]);
  });

  it('shows the chosen layer in its picture', async () => {
    const drawing = attentionLines(weights, ['a', 'b'], { layer: 1, heads: [1], least: 0.6 });
    expect(drawing.alt).toContain('1 head of layer 1 of 2');
    expect((await drawing.toSvg()).match(/<path /g)).toHaveLength(1);
    expect(() => attentionLines(weights, ['a', 'b'], { layer: 2 })).toThrow(/no layer 2; there are 2/);
  });
});

describe('names that are hostile', () => {
  it('are shown as typed', () => {
    const figures = [
      weightHistograms({ [HOSTILE]: [1, 2] }),
      weightHistograms([{ step: 1, layers: { [HOSTILE]: [1, 2] } }]),
      quantizationError({ [HOSTILE]: { original: [1], dequantized: [2] } }),
    ];
    for (const figure of figures) {
      expect(JSON.stringify(figure)).not.toContain('<img');
      expect(JSON.stringify(figure)).not.toContain('hit()>%{');
    }
  });
});

describe('bad input', () => {
  it('is refused with what was wrong and where', () => {
    const cases: [() => unknown, string | RegExp][] = [
      [() => weightHistograms({}), 'weightHistograms: there is no layer.'],
      [() => weightHistograms({ a: 'x' as never }), /weightHistograms: "a" has to be nested arrays/],
      [() => weightHistograms([]), 'weightHistograms: there is no step.'],
      [
        () =>
          weightHistograms([
            { step: 1, layers: { a: [1] } },
            { step: 2, layers: { b: [1] } },
          ]),
        /step 2 has no layer "a"/,
      ],
      [() => weightHistograms({ a: [1] }, { bins: 1 }), /bins has to be a whole number from 2/],
      [() => weightHistograms({ a: [1] }, { range: [1, 1] }), /range has to be \[low, high\]/],
      [() => featureMaps([[1]]), /maps has to have 3 or 4 dimensions/],
      [() => featureMaps({ shape: [2, 1, 1, 1], data: [1, 2] }), /maps are of 2 pictures/],
      [() => featureMaps([[[1]]], { normalize: 'x' as never }), /normalize is 'channel' or 'shared'/],
      [() => featureMaps([[[1]]], { dataFormat: 'NCHW' as never }), /dataFormat is 'channelsLast' or/],
      [() => filters([[[[1]]]], { kernelFormat: 'x' as never }), /kernelFormat is 'HWIO' or 'OIHW'/],
      [() => quantizationErrors({}), 'quantizationErrors: there is no layer.'],
      [
        () => quantizationErrors({ a: { original: [1], dequantized: [1, 2] } }),
        /"a" has the shape \[1\], and dequantized \[2\]/,
      ],
      [
        () => quantizationErrors({ a: { original: [1], dequantized: [Number.NaN] } }),
        /"a" holds 1 at 0, and dequantized NaN/,
      ],
    ];
    for (const [make, message] of cases) expect(make).toThrow(message);
  });
});
