import { describe, expect, it } from 'vitest';
import { filterNormalizedDirections, lossLandscape, lossPlane, pathDirections } from '../index.ts';

const length = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

describe('filter-normalized directions', () => {
  it('have each filter’s length, and leave biases as they are', () => {
    // Columns of lengths 5 and 2.
    const kernel = [
      [3, 0],
      [4, 2],
    ];
    for (const direction of filterNormalizedDirections({ kernel, bias: [7, 7] })) {
      expect(length([direction[0]!, direction[2]!])).toBeCloseTo(5, 12);
      expect(length([direction[1]!, direction[3]!])).toBeCloseTo(2, 12);
      expect([direction[4], direction[5]]).toEqual([0, 0]);
    }
  });

  it('may have filters along the first axis, as PyTorch has them', () => {
    const [direction] = filterNormalizedDirections(
      {
        kernel: [
          [3, 4],
          [0, 2],
        ],
      },
      { filterAxis: 'first' },
    );
    expect(length(direction.subarray(0, 2))).toBeCloseTo(5, 12);
    expect(length(direction.subarray(2))).toBeCloseTo(2, 12);
  });

  it('are the same for one seed, and differ from each other', () => {
    const kernel = { shape: [8, 8], data: new Float32Array(64).fill(1) };
    const [a, b] = filterNormalizedDirections({ kernel }, { seed: 3 });
    expect(filterNormalizedDirections({ kernel }, { seed: 3 })[0]).toEqual(a);
    expect(a).not.toEqual(b);
    expect(filterNormalizedDirections({ kernel }, { seed: 4 })[0]).not.toEqual(a);
  });
});

describe('directions of a path', () => {
  it('hold a path that lies in a plane, which ends at 0', () => {
    const trajectory = [
      [4, 0, 1],
      [2, 1, 1],
      [1, 1, 1],
      [0, 0, 1],
    ];
    const { directions, path, varianceRatio } = pathDirections(trajectory);
    expect(varianceRatio[0]! + varianceRatio[1]!).toBeCloseTo(1, 10);
    trajectory.forEach((point, n) => {
      const again = [0, 0, 1].map(
        (end, i) => end + path.x[n]! * directions[0][i]! + path.y[n]! * directions[1][i]!,
      );
      point.forEach((value, i) => {
        expect(again[i]).toBeCloseTo(value, 8);
      });
    });
    expect([path.x.at(-1), path.y.at(-1)]).toEqual([0, 0]);
  });
});

describe('a loss plane', () => {
  it('is the loss at the center and both directions added to it', async () => {
    const plane = await lossPlane(
      (p) => p[0]! ** 2 + 10 * p[1]!,
      [1, 2],
      [
        [1, 0],
        [0, 1],
      ],
      { points: 3, yRange: [0, 4] },
    );
    expect(plane).toEqual({
      x: [-1, 0, 1],
      y: [0, 2, 4],
      losses: [
        [20, 21, 24],
        [40, 41, 44],
        [60, 61, 64],
      ],
    });
    const figure = lossLandscape(plane, { path: { x: [1, 0], y: [4, 2] } });
    expect(figure.data.map(({ type }) => type)).toEqual(['contour', 'scatter', 'scatter']);
    expect(figure.data[2]).toMatchObject({ x: [0], y: [2] });
    expect(lossLandscape(plane, { kind: 'surface', log: true }).data[0]).toMatchObject({ type: 'surface' });
    expect(figure.alt).toBe(
      'Loss over a plane of parameters, 20 to 64. With the path of training, 2 points.',
    );
  });

  it('refuses what does not fit, and says why', async () => {
    await expect(lossPlane(() => 0, [1], [[1, 2], [1]])).rejects.toThrow(
      /the center has 1 numbers, and the directions 2 and 1/,
    );
    await expect(lossPlane(() => 0, [1], [[1], [1]], { points: 1 })).rejects.toThrow(
      /points has to be a whole number/,
    );
    const plane = { x: [0], y: [0], losses: [[1]] };
    expect(() => lossLandscape(plane, { kind: 'x' as never })).toThrow(/kind is 'contour' or 'surface'/);
    expect(() => lossLandscape(plane, { path: { x: [1], y: [] } })).toThrow(/two arrays of one length/);
    expect(() => filterNormalizedDirections({})).toThrow('there are no parameters');
  });
});
