import { expect, test } from 'vitest';
import { Lattice } from './lattice.ts';

interface Edge {
  from: number;
  to: number;
  piece: number;
  score: number;
}

/** Every way, by trying them all. */
function ways(edges: readonly Edge[], length: number, from = 0): Edge[][] {
  if (from === length) return [[]];
  return edges
    .filter((edge) => edge.from === from)
    .flatMap((edge) => ways(edges, length, edge.to).map((rest) => [edge, ...rest]));
}

function latticeOf(edges: readonly Edge[], length: number, lattice = new Lattice()): Lattice {
  lattice.begin(length);
  for (let place = 0; place < length; place++) {
    lattice.at(place);
    for (const { from, to, piece, score } of edges) {
      if (from === place) lattice.add(from, to, piece, score);
    }
  }
  return lattice;
}

const scoreOf = (way: readonly Edge[]): number => way.reduce((sum, { score }) => sum + score, 0);

function randomEdges(length: number): Edge[] {
  let seed = length;
  const edges: Edge[] = [];
  for (let from = 0; from < length; from++) {
    for (let to = from + 1; to <= Math.min(length, from + 4); to++) {
      seed = (seed * 48271) % 2147483647;
      if (to === from + 1 || seed % 3 > 0) {
        edges.push({ from, to, piece: edges.length % 7, score: -10 * (seed / 2147483647) });
      }
    }
  }
  return edges;
}

test.each([1, 2, 5, 9])('expected pieces and the best way of %i characters', (length) => {
  const edges = randomEdges(length);
  const all = ways(edges, length);
  const total = all.reduce((sum, way) => sum + Math.exp(scoreOf(way)), 0);
  const wanted = new Float64Array(7);
  for (const way of all) {
    for (const { piece } of way)
      wanted[piece] = (wanted[piece] as number) + 3 * (Math.exp(scoreOf(way)) / total);
  }
  const lattice = latticeOf(randomEdges(12), 12);
  latticeOf(edges, length, lattice);
  const expected = new Float64Array(7);
  lattice.addExpected(3, expected);
  expected.forEach((value, piece) => {
    expect(value).toBeCloseTo(wanted[piece] as number, 10);
  });
  const best = all.reduce((a, b) => (scoreOf(b) > scoreOf(a) ? b : a));
  expect(lattice.best().pieces).toEqual(best.map(({ piece }) => piece).reverse());
  expect(lattice.best().score).toBeCloseTo(scoreOf(best), 10);
});

test('where there is no way, there are no pieces', () => {
  expect(latticeOf([{ from: 0, to: 1, piece: 1, score: -1 }], 2).best().pieces).toEqual([]);
});

test('a word longer than any before has room', () => {
  const edges = Array.from({ length: 2000 }, (_, from) => ({ from, to: from + 1, piece: 1, score: -3 }));
  const expected = new Float64Array(2);
  const lattice = latticeOf(edges, 2000);
  lattice.addExpected(1, expected);
  expect(expected[1]).toBeCloseTo(2000, 6);
});
