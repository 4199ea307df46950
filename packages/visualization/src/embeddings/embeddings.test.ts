import { describe, expect, it } from 'vitest';
import { embedding, principalComponents, project } from '../index.ts';
import { mulberry32 } from '../random.ts';
import { nearest, symmetric } from './nearest.js';
import { symmetricEigen } from './pca.ts';
import { affinities, conditional, repulsion } from './tsne.js';
import { curve, memberships, powers } from './umap.js';

/** Lindsay Smith, "A Tutorial on Principal Components Analysis" (2002), § 3.1. */
const TUTORIAL = [
  [2.5, 2.4],
  [0.5, 0.7],
  [2.2, 2.9],
  [1.9, 2.2],
  [3.1, 3.0],
  [2.3, 2.7],
  [2, 1.6],
  [1, 1.1],
  [1.5, 1.6],
  [1.1, 0.9],
];

/** `each` points about each of 3 corners in 6 dimensions. */
function clusters(each: number): { points: number[][]; labels: string[] } {
  const random = mulberry32(7);
  const labels = Array.from({ length: 3 * each }, (_, i) => 'abc'[i % 3]!);
  const points = labels.map((_, i) =>
    Array.from({ length: 6 }, (_, d) => (d === i % 3 ? 8 : 0) + random() + random() - 1),
  );
  return { points, labels };
}

/** The share of points whose nearest neighbour is of their own class. */
function pure(places: readonly (readonly number[])[], labels: readonly string[]): number {
  const right = places.filter((place, i) => {
    const distance = (j: number): number =>
      j === i ? Infinity : Math.hypot(place[0]! - places[j]![0]!, place[1]! - places[j]![1]!);
    const nearest = places.reduce((best, _, j) => (distance(j) < distance(best) ? j : best), i === 0 ? 1 : 0);
    return labels[nearest] === labels[i];
  });
  return right.length / places.length;
}

describe('principal components', () => {
  it('are those of Smith’s tutorial', () => {
    const { components, variance, mean, coordinates, varianceRatio } = principalComponents(TUTORIAL);
    expect(mean[0]).toBeCloseTo(1.81, 12);
    expect(mean[1]).toBeCloseTo(1.91, 12);
    expect(variance[0]).toBeCloseTo(1.28402771, 8);
    expect(variance[1]).toBeCloseTo(0.0490833989, 9);
    expect(components[0]![0]).toBeCloseTo(0.677873399, 8);
    expect(components[0]![1]).toBeCloseTo(0.735178656, 8);
    expect(coordinates[0]![0]).toBeCloseTo(0.827970186, 8);
    expect(varianceRatio[0]! + varianceRatio[1]!).toBeCloseTo(1, 12);
  });

  it('of many dimensions are orthonormal, of decreasing variance, and uncorrelated', () => {
    const random = mulberry32(3);
    const points = Array.from({ length: 60 }, () =>
      Array.from({ length: 40 }, (_, d) => (random() - 0.5) / (1 + d / 4)),
    );
    const { components, variance, coordinates } = principalComponents(points, 5);
    for (let a = 0; a < 5; a++) {
      for (let b = 0; b < 5; b++) {
        const product = components[a]!.reduce((sum, value, i) => sum + value * components[b]![i]!, 0);
        expect(product).toBeCloseTo(a === b ? 1 : 0, 10);
        const covariance = coordinates.reduce((sum, place) => sum + place[a]! * place[b]!, 0) / 59;
        expect(covariance).toBeCloseTo(a === b ? variance[a]! : 0, 6);
      }
    }
    expect([...variance].sort((a, b) => b - a)).toEqual(variance);
  });

  it('of points on a line are one, and the rest has no variance', () => {
    const { varianceRatio } = principalComponents([
      [0, 0, 0],
      [1, 2, 2],
      [2, 4, 4],
      [3, 6, 6],
    ]);
    expect(varianceRatio[0]).toBeCloseTo(1, 12);
    expect(varianceRatio[1]).toBeCloseTo(0, 12);
  });

  it('rest on the eigenvectors of symmetric matrices', () => {
    const { eigenvalues, vectors } = symmetricEigen([
      [2, 1, 0],
      [1, 2, 0],
      [0, 0, 5],
    ]);
    [5, 3, 1].forEach((value, i) => {
      expect(eigenvalues[i]).toBeCloseTo(value, 12);
    });
    expect(vectors[0]!.map(Math.abs)).toEqual([0, 0, 1]);
  });
});

describe('nearest points', () => {
  it('are those that sorting all distances gives', () => {
    const random = mulberry32(9);
    const points = Float64Array.from({ length: 300 * 11 }, () => random());
    const { rows, squares } = nearest(points, 11, 7);
    const square = (i: number, j: number): number => {
      let sum = 0;
      for (let c = 0; c < 11; c++) sum += (points[11 * i + c]! - points[11 * j + c]!) ** 2;
      return sum;
    };
    for (let i = 0; i < 300; i++) {
      const sorted = Array.from({ length: 300 }, (_, j) => j)
        .filter((j) => j !== i)
        .sort((a, b) => square(i, a) - square(i, b));
      expect([...rows.subarray(7 * i, 7 * i + 7)]).toEqual(sorted.slice(0, 7));
      for (let k = 0; k < 7; k++) expect(squares[7 * i + k]).toBeCloseTo(square(i, sorted[k]!), 12);
    }
  });

  it('make a matrix symmetric', () => {
    // 0 -> 1, 1 -> 2, 2 -> 1
    const { starts, neighbours, weights } = symmetric(
      Uint32Array.of(1, 2, 1),
      Float64Array.of(0.5, 0.25, 0.125),
      1,
      (a, b) => a + b - a * b,
    );
    expect([...starts]).toEqual([0, 1, 3, 4]);
    expect([...neighbours]).toEqual([1, 2, 0, 1]);
    expect([...weights]).toEqual([0.5, 0.34375, 0.5, 0.34375]);
  });
});

describe('UMAP', () => {
  it('has the curve of umap-learn', () => {
    // find_ab_params(1, 0.1) and (1, 0.5) of umap-learn.
    for (const [minDistance, a, b] of [
      [0.1, 1.577, 0.8951],
      [0.5, 0.583, 1.334],
    ] as const) {
      const fitted = curve(minDistance);
      expect(fitted.a).toBeCloseTo(a, 2);
      expect(fitted.b).toBeCloseTo(b, 2);
    }
  });

  it('takes powers out of a table', () => {
    const powerOf = powers(0.9);
    for (let value = 1e-9; value < 1e9; value *= 1.37) {
      expect(Math.abs(powerOf(value) / value ** 0.9 - 1)).toBeLessThan(1 / 500);
    }
  });

  it('is sure of the nearest, and of log₂ of the number in all', () => {
    const random = mulberry32(2);
    const squares = Float64Array.from({ length: 14 }, () => 1 + random()).sort();
    const shares = memberships(squares, 14);
    expect(shares[0]).toBe(1);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(Math.log2(15), 4);
    expect([...shares]).toEqual([...shares].sort((a, b) => b - a));
    expect([...memberships(new Float64Array(14), 14)]).toEqual(new Array(14).fill(1));
  });
});

describe('t-SNE', () => {
  it('gives each point neighbours of the perplexity asked for', () => {
    const squares = Array.from({ length: 30 }, (_, i) => 100 + i * i);
    const entropy = conditional(squares, 8).reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
    expect(Math.exp(entropy)).toBeCloseTo(8, 3);
  });

  it('has symmetric affinities that sum to 1', () => {
    const { points } = clusters(10);
    const { starts, neighbours, weights } = affinities(Float64Array.from(points.flat()), 6, 5);
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const weight = (i: number, j: number): number => {
      for (let k = starts[i]!; k < starts[i + 1]!; k++) if (neighbours[k] === j) return weights[k]!;
      return 0;
    };
    for (let i = 0; i < 30; i++)
      for (let j = 0; j < i; j++) expect(weight(i, j)).toBeCloseTo(weight(j, i), 15);
  });

  it('pushes points apart as the sum over all pairs does, points in one place included', () => {
    const random = mulberry32(5);
    const places = Float64Array.from({ length: 120 }, () => 10 * random());
    places.set(places.subarray(0, 8), 60);
    const push = new Float64Array(120);
    let total = 0;
    for (let i = 0; i < 60; i++) {
      for (let j = 0; j < 60; j++) {
        if (i === j) continue;
        const [dx, dy] = [places[2 * i]! - places[2 * j]!, places[2 * i + 1]! - places[2 * j + 1]!];
        const near = 1 / (1 + dx * dx + dy * dy);
        total += near;
        push[2 * i]! += near * near * dx;
        push[2 * i + 1]! += near * near * dy;
      }
    }
    const exact = repulsion(places, 0);
    expect(exact.total).toBeCloseTo(total, 9);
    for (let i = 0; i < 120; i++) expect(exact.push[i]).toBeCloseTo(push[i]!, 9);
    const approximate = repulsion(places);
    expect(Math.abs(approximate.total / total - 1)).toBeLessThan(0.02);
  });
});

describe('a projection', () => {
  const { points, labels } = clusters(25);

  for (const method of ['pca', 'tsne', 'umap'] as const) {
    it(`by ${method} keeps classes apart, and is the same for the same seed`, async () => {
      const first = await project(points, { method, iterations: 300 });
      expect(first).toHaveLength(75);
      expect(first.flat().every(Number.isFinite)).toBe(true);
      expect(pure(first, labels)).toBeGreaterThan(0.97);
      expect(await project(points, { method, iterations: 300 })).toEqual(first);
      if (method === 'umap') expect(await project(points, { method, seed: 2 })).not.toEqual(first);
    });
  }

  it('leaves the main thread free and ends when it is told to', async () => {
    const many = clusters(700).points;
    const controller = new AbortController();
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks === 20) controller.abort(new Error('enough'));
    }, 5);
    const job = project(many, { method: 'tsne', iterations: 100_000, signal: controller.signal });
    await expect(job).rejects.toThrow('enough');
    clearInterval(timer);
    await expect(project(many, { method: 'umap', signal: controller.signal })).rejects.toThrow('enough');
  });

  it('tells how far it is', async () => {
    const many = clusters(500).points;
    for (const method of ['tsne', 'umap'] as const) {
      const told: number[] = [];
      await project(many, { method, iterations: 300, onProgress: (share) => told.push(share) });
      expect(told.length).toBeGreaterThan(1);
      expect(told).toEqual([...told].sort((a, b) => a - b));
      expect(told[0]).toBeGreaterThan(0);
      expect(told.at(-1)).toBeLessThanOrEqual(1);
    }
  });

  it('tells what is wrong', async () => {
    const cases: [Promise<unknown>, string | RegExp][] = [
      [project([[1, 2]]), 'project: there is 1 point; at least 2 are needed.'],
      [project([[1], [Number.NaN]]), /points hold NaN at \[1, 0\]/],
      [project([1, 2] as never), /points has to have 2 dimensions, and has 1/],
      [project(points, { method: 'lda' as never }), /method is 'pca', 'tsne' or 'umap', not "lda"/],
      [project(points, { method: 'tsne', perplexity: 100 }), /perplexity has to be from 1 to 74, not 100/],
      [project(points, { method: 'umap', minDistance: -1 }), /minDistance has to be from 0 to 1/],
      [embedding(points, { color: ['a'] }), 'embedding: there are 75 points and 1 entries of color.'],
      [
        embedding(points.slice(0, 2), { pictures: ['javascript:1', 'x'] }),
        'embedding: picture 0 has to be a data URL of PNG, JPEG, GIF or WebP.',
      ],
    ];
    for (const [made, message] of cases) await expect(made).rejects.toThrow(message);
    expect(() => principalComponents(points, 7)).toThrow(/there are 1 to 6 components, not 7/);
  });
});

describe('an embedding', () => {
  const { points, labels } = clusters(4);

  it('has each point’s class, and its text under the pointer, escaped', async () => {
    const text = points.map((_, i) => `<i>${i}%{x}`);
    const figure = await embedding(points, { color: labels, text });
    expect(figure.data.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(figure.data[1]?.text).toEqual([1, 4, 7, 10].map((i) => `&lt;i&gt;${i}&#37;{x}`));
    expect(figure.data[1]?.hovertemplate).toBe('%{text}<extra>b</extra>');
    expect(figure.alt).toBe('12 points placed by PCA, of 3 classes.');
    expect(JSON.stringify(figure)).not.toContain('<i>');
  });

  it('of 10,000 points is drawn by WebGL', async () => {
    const random = mulberry32(1);
    const many = Float32Array.from({ length: 40_000 }, random);
    const figure = await embedding({ shape: [10_000, 4], data: many }, { color: many.subarray(0, 10_000) });
    expect(figure.data).toHaveLength(1);
    expect(figure.data[0]).toMatchObject({ type: 'scattergl', marker: { showscale: true } });
  });

  it('has a picture in each point’s place', async () => {
    const source = 'data:image/png;base64,iVBORw0KGgo=';
    const figure = await embedding(points, { pictures: points.map(() => source) });
    expect(figure.layout.images).toHaveLength(12);
    const [{ x, y }] = figure.layout.images as [{ x: number; y: number }];
    expect([x, y]).toEqual([(figure.data[0]!.x as number[])[0], (figure.data[0]!.y as number[])[0]]);
  });
});
