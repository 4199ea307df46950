import { describe, expect, it } from 'vitest';
import { attentionGrid, attentionLines, attentionRollout, DISPLAY } from '../index.ts';

const uniform = (n: number): number[][] =>
  Array.from({ length: n }, () => Array.from({ length: n }, () => 1 / n));
const identity = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));

describe('attention rollout', () => {
  it('of one layer is the mean of its heads and the residual', () => {
    const rollout = attentionRollout([
      [
        [
          [1, 0],
          [0.5, 0.5],
        ],
        [
          [0, 1],
          [0.5, 0.5],
        ],
      ],
    ]);
    expect(rollout).toEqual([
      [0.75, 0.25],
      [0.25, 0.75],
    ]);
  });

  it('multiplies the layers, the last from the left', () => {
    // A1 = [[1, 0], [1, 0]], A2 = [[0, 1], [0, 1]]; with the residual of one half:
    // [[0.5, 0.5], [0, 1]] times [[1, 0], [0.5, 0.5]].
    const rollout = attentionRollout([
      [
        [
          [1, 0],
          [1, 0],
        ],
      ],
      [
        [
          [0, 1],
          [0, 1],
        ],
      ],
    ]);
    expect(rollout).toEqual([
      [0.75, 0.25],
      [0.5, 0.5],
    ]);
  });

  it('has rows that sum to 1, however heads are fused', () => {
    const weights = [
      [uniform(3), identity(3)],
      [identity(3), uniform(3)],
    ];
    for (const heads of ['mean', 'max', 'min'] as const) {
      for (const row of attentionRollout(weights, { heads })) {
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      }
    }
  });

  it('of layers that attend to themselves only is the identity', () => {
    expect(attentionRollout([[identity(4)], [identity(4)]])).toEqual(identity(4));
  });
});

describe('a grid of attention maps', () => {
  const weights = [[uniform(4), identity(4)]];

  it('tells each map’s strongest pair and entropy', async () => {
    const svg = await attentionGrid(weights, { tokens: ['a', 'b', 'c', '<d>'] }).toSvg();
    expect(svg).toContain('layer 0, head 1\nstrongest: &quot;a&quot; → &quot;a&quot; 1\nmean entropy 0<');
    // log 4
    expect(svg).toContain('mean entropy 1.386');
    expect(svg.match(/<image /g)).toHaveLength(2);
  });

  it('takes tensors and flat numbers with a shape', () => {
    const data = Float32Array.from(weights.flat(3));
    const flat = attentionGrid({ shape: [1, 2, 4, 4], data });
    const tensor = attentionGrid({ shape: [1, 2, 4, 4], dataSync: () => data });
    expect(flat.alt).toBe('Attention maps of 1 layers with 2 heads, 4 by 4 tokens.');
    expect(tensor.alt).toBe(flat.alt);
  });
});

describe('attention as lines', () => {
  it('has a line for each weight that is not small, in the head’s colour', async () => {
    const svg = await attentionLines([identity(3), uniform(3)], ['a', 'b', 'c'], { least: 0.4 }).toSvg();
    expect(svg.match(/<path [^>]*stroke="#0072b2"/g)).toHaveLength(3);
    expect(svg.match(/<path [^>]*stroke="#d55e00"/g)).toBeNull();
  });

  it('of one head needs no head, and of two texts takes the keys’ tokens', async () => {
    const drawing = attentionLines([[0.25, 0.75, 0]], ['x'], { keys: ['a', 'b', 'c'] });
    expect(drawing.alt).toBe(
      'Attention of 1 head between 1 and 3 tokens as lines; the strongest from "x" to "b", 0.75.',
    );
  });

  it('is escaped, in labels and under the pointer', async () => {
    const page = await attentionLines(identity(1), ['<script>"'])[DISPLAY]();
    expect(page['text/html']).not.toContain('<script');
    expect(page['text/html']).toContain('&lt;script&gt;');
  });
});

describe('bad input', () => {
  it('is refused with what was wrong and where', () => {
    const cases: [() => unknown, string | RegExp][] = [
      [
        () => attentionGrid([[uniform(2), [[1, 0], [1]]]]),
        /weights\[0\]\[1\]\[1\] has to have 2 entries, as the first has, not 1/,
      ],
      [
        () => attentionGrid(uniform(2)),
        'attentionGrid: weights has to have 4 dimensions, and has 2: [2, 2].',
      ],
      [
        () =>
          attentionGrid([
            [
              uniform(2),
              [
                [0, 1],
                [Number.NaN, 1],
              ],
            ],
          ]),
        /at \[0, 1, 1, 0\] there is NaN/,
      ],
      [() => attentionGrid([[[[3, -2]]]]), /Are these scores before the softmax\?/],
      [
        () => attentionGrid([[uniform(2)]], { tokens: ['a'] }),
        'attentionGrid: there are 2 queries in weights and 1 tokens.',
      ],
      [
        () => attentionGrid({ shape: [1, 1, 2, 2], data: [1] }),
        /has 1 numbers, and its shape \[1, 1, 2, 2\] needs 4/,
      ],
      [() => attentionLines(uniform(2), ['a', 'b'], { heads: [1] }), /there is no head 1; there are 1/],
      [() => attentionRollout([[[[0.5, 0.5]]]]), /maps have to be square, and are 1 by 2/],
      [() => attentionRollout([[uniform(2)]], { residual: 2 }), /residual has to be from 0 to 1, not 2/],
      [() => attentionRollout([[uniform(2)]], { heads: 'sum' as never }), /heads is 'mean', 'max' or 'min'/],
    ];
    for (const [make, message] of cases) expect(make).toThrow(message);
  });
});
