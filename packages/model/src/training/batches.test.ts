import { describe, expect, it } from 'vitest';
import { type BatchOrder, epochBatches } from './batches.ts';

const order: BatchOrder = { examples: 103, batchSize: 8, shuffle: true, seed: 5, dropLast: false };
const sorted = (batches: Int32Array[]): number[] =>
  batches.flatMap((batch) => [...batch]).sort((a, b) => a - b);

describe('batches of an epoch', () => {
  it('hold every example once, in an order of the seed and the epoch', () => {
    const first = epochBatches(order, 0);
    expect(sorted(first)).toEqual(Array.from({ length: 103 }, (_, i) => i));
    expect(first.map((batch) => batch.length)).toEqual([...new Array(12).fill(8), 7]);
    expect(epochBatches(order, 0)).toEqual(first);
    expect(epochBatches(order, 1)).not.toEqual(first);
    expect(epochBatches({ ...order, seed: 6 }, 0)).not.toEqual(first);
  });

  it('leave out what does not fill a batch where asked to', () => {
    const batches = epochBatches({ ...order, dropLast: true }, 2);
    expect(batches.map((batch) => batch.length)).toEqual(new Array(12).fill(8));
    expect(new Set(sorted(batches)).size).toBe(96);
  });

  it('keep the given order without shuffling', () => {
    expect(epochBatches({ ...order, shuffle: false }, 3)[1]).toEqual(
      Int32Array.of(8, 9, 10, 11, 12, 13, 14, 15),
    );
  });

  it('put examples of similar length together', () => {
    const lengths = Array.from({ length: 103 }, (_, i) => (i * 37) % 61);
    const padded = (batches: Int32Array[]): number =>
      batches.reduce(
        (sum, batch) => sum + batch.length * Math.max(...[...batch].map((i) => lengths[i] as number)),
        0,
      );
    const bucketed = epochBatches({ ...order, lengths }, 0);
    expect(sorted(bucketed)).toEqual(Array.from({ length: 103 }, (_, i) => i));
    expect(padded(bucketed)).toBeLessThan(0.7 * padded(epochBatches(order, 0)));
    expect(Math.max(...[...(bucketed[0] as Int32Array)].map((i) => lengths[i] as number))).toBe(60);
  });

  it('draw examples by their weights', () => {
    const weights = Array.from({ length: 103 }, (_, i) => (i < 3 ? 25 : i < 53 ? 0 : 0.5));
    const counts = new Array(103).fill(0);
    for (let epoch = 0; epoch < 200; epoch++) {
      const batches = epochBatches({ ...order, weights }, epoch);
      expect(batches.flatMap((batch) => [...batch]).length).toBe(103);
      for (const i of batches.flatMap((batch) => [...batch])) counts[i]++;
    }
    expect(Math.max(...counts.slice(3, 53))).toBe(0);
    expect(Math.min(...counts.slice(53))).toBeGreaterThan(50);
    for (const i of [0, 1, 2]) expect(counts[i] / (200 * 103)).toBeCloseTo(0.25, 1);
    expect(epochBatches({ ...order, weights }, 1)).toEqual(epochBatches({ ...order, weights }, 1));
  });
});
