import { describe, expect, it } from 'vitest';
import { operatorTimes, saliencyOverlay } from '../index.ts';

describe('time by operator', () => {
  const rows = ['MatMul', 'Add', 'Softmax', '<b>'].map((operator, i) => ({
    operator,
    count: i + 1,
    milliseconds: [5, 0.5, 2, 1][i]!,
  }));

  it('has the longest first, and adds up what is left out', () => {
    const { data, layout } = operatorTimes(rows, { most: 2 });
    expect(data[0]).toMatchObject({ x: [5, 2, 1.5], y: ['MatMul × 1', 'Softmax × 3', '2 others'] });
    expect((layout.title as { text: string }).text).toBe('8.50 ms a run');
    expect(JSON.stringify(operatorTimes(rows))).not.toContain('<b>');
  });

  it('tells what is wrong', () => {
    expect(() => operatorTimes([])).toThrow('operatorTimes: there is no operator.');
    expect(() => operatorTimes([{ operator: 'Add', count: 1, milliseconds: Number.NaN }])).toThrow(
      'operatorTimes: the time of operator 0, "Add", has to be at least 0, not NaN.',
    );
  });
});

describe('saliency over a picture', () => {
  it('may be coarser than the picture, and tells where it is strongest', async () => {
    const drawing = saliencyOverlay({ shape: [8, 8, 3], data: new Float32Array(192) }, [
      [0, 0.5],
      [-2, 1],
    ]);
    expect(drawing.alt).toContain('the strongest, -2, is at row 1, column 0 of 2 by 2');
    expect((await drawing.toSvg()).match(/<image /g)).toHaveLength(3);
  });

  it('tells what is wrong', () => {
    const image = [
      [0, 1],
      [1, 0],
    ];
    expect(() => saliencyOverlay(image, [[Number.NaN]])).toThrow(
      'saliencyOverlay: values hold NaN at [0, 0].',
    );
    expect(() => saliencyOverlay([[[1, 2]]], [[1]])).toThrow(/1, 3 or 4 channels, not 2/);
    expect(() => saliencyOverlay(image, [[1]], { opacity: 2 })).toThrow(/opacity has to be above 0/);
    expect(() => saliencyOverlay(image, [1])).toThrow(/values has to have 2 dimensions/);
  });
});
