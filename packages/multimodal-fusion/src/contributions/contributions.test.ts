import { expect, it } from 'vitest';
import { contributions, plotContributions } from './contributions.ts';

const GAME: Record<string, number> = {
  '': 10,
  a: 30,
  b: 20,
  c: 10,
  'a+b': 60,
  'a+c': 30,
  'b+c': 20,
  'a+b+c': 90,
};

/** The mean of what each adds over all orders. */
function byOrders(): Record<string, number> {
  const sums: Record<string, number> = { a: 0, b: 0, c: 0 };
  const orders = ['abc', 'acb', 'bac', 'bca', 'cab', 'cba'];
  const value = (of: string) => GAME[[...of].sort().join('+')]!;
  for (const order of orders) {
    for (let i = 0; i < 3; i++)
      sums[order[i]!]! += (value(order.slice(0, i + 1)) - value(order.slice(0, i))) / 6;
  }
  return sums;
}

it('gives the Shapley values that all orders give, which sum up, and ablations', async () => {
  const found = await contributions(['a', 'b', 'c'], (present) => GAME[present.join('+')]!);
  const wanted = byOrders();
  for (const { modality, shapley } of found.modalities) expect(shapley).toBeCloseTo(wanted[modality]!, 10);
  expect(found.modalities.reduce((sum, { shapley }) => sum + shapley, 0)).toBeCloseTo(80, 10);
  expect(found.modalities.map(({ ablation }) => ablation)).toEqual([70, 60, 30]);
  expect(found.modalities.map(({ alone }) => alone)).toEqual([30, 20, 10]);
  expect([found.none, found.all, found.scores.get('a+b')]).toEqual([10, 90, 60]);
  const { data } = plotContributions(found, { title: 'x' });
  expect(data.map(({ name }) => name)).toEqual(['ablation', 'Shapley value']);
});

it('refuses names twice and scores that are no numbers', async () => {
  await expect(contributions(['a', 'a'], () => 1)).rejects.toThrow('different modalities');
  await expect(contributions(['a'], () => Number.NaN)).rejects.toThrow('the score of nothing is NaN');
});
