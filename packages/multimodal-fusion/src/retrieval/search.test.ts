import { tf } from '@quire/runtime';
import { expect, it } from 'vitest';
import type { Picture } from '../pictures/picture.ts';
import { pictureGrid, recallAtK, search } from './search.ts';

const queries = tf.tensor2d([
  [1, 0],
  [0, 2],
]);
const items = tf.tensor2d([
  [0, 1],
  [3, 0],
  [3, 5],
  [-1, 1],
]);

it('finds what has the greatest dot products, the earlier of equal ones first', () => {
  expect(search(queries, items, 3)).toEqual([
    [
      { index: 1, score: 3 },
      { index: 2, score: 3 },
      { index: 0, score: 0 },
    ],
    [
      { index: 2, score: 10 },
      { index: 0, score: 2 },
      { index: 3, score: 2 },
    ],
  ]);
  expect(() => search(queries, tf.zeros([1, 3]), 1)).toThrow('Queries have 2 numbers, and items 3.');
  expect(() => search(queries, items, 0)).toThrow('k must be');
});

it('recall@k is the share of queries with a hit, beside what chance gives', () => {
  const found = search(queries, items, 2);
  expect(recallAtK(found, [[2], [3]], { k: 2, items: 4 })).toEqual({ recall: 0.5, chance: 0.5 });
  // Two right ones of four, two drawn: none with 2/4 × 1/3.
  expect(
    recallAtK(
      found,
      [
        [0, 1],
        [3, 1],
      ],
      { k: 2, items: 4 },
    ).chance,
  ).toBeCloseTo(5 / 6, 10);
  expect(recallAtK(found, [[2], [2]], { k: 1, items: 4 })).toEqual({ recall: 0.5, chance: 0.25 });
  expect(() => recallAtK(found, [[0], []], { k: 2, items: 4 })).toThrow('Query 1 has no right item.');
  expect(() => recallAtK(found, [[0], [1]], { k: 3, items: 4 })).toThrow('Recall@3 needs 3');
});

it('shows what was found as a grid, a row for each query', async () => {
  const pictures = Array.from(
    { length: 4 },
    (_, i): Picture => ({ data: new Uint8Array(12).fill(60 * i), height: 2, width: 2, channels: 3 }),
  );
  const grid = pictureGrid(search(queries, items, 2), pictures, { queries: ['dog', 'cat'] });
  const svg = await grid.toSvg();
  expect(svg.match(/<image/g)?.length).toBe(4);
  for (const label of ['>dog<', '>cat<', '>3.00<', '>10.00<', '>2.00<']) expect(svg).toContain(label);
  expect(() => pictureGrid([[], []], pictures)).toThrow('same number of found pictures');
  const other = { ...pictures[0]!, width: 1 };
  expect(() => pictureGrid(search(queries, items, 2), [other, ...pictures.slice(1)])).toThrow('one size');
});
