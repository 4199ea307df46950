import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { lookAhead } from './look-ahead.ts';

describe('looking ahead', () => {
  it('makes so many side by side, no more, and keeps their order', async () => {
    let [running, most, taken] = [0, 0, 0];
    function* items(): Generator<number> {
      for (let i = 0; i < 10; i++) {
        taken++;
        yield i;
      }
    }
    const made = lookAhead(
      items(),
      async (i) => {
        most = Math.max(most, ++running);
        await wait(i % 3 === 0 ? 8 : 1);
        running--;
        return i * i;
      },
      { count: 3 },
    );
    const seen: number[] = [];
    for await (const each of made) {
      seen.push(each);
      expect(taken).toBeLessThanOrEqual(seen.length + 3);
    }
    expect(seen).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
    expect(most).toBe(3);
  });

  it('makes the next while the one before it is used', async () => {
    const started: number[] = [];
    for await (const each of lookAhead([0, 1, 2], async (i) => started.push(i))) {
      expect(started.length).toBe(Math.min(3, each + 1));
    }
  });

  it('makes each when it is asked for, where nothing is to be made ahead', async () => {
    const started: number[] = [];
    for await (const each of lookAhead([0, 1, 2], async (i) => started.push(i), { count: 0 })) {
      expect(started.length).toBe(each);
    }
    expect(started).toEqual([0, 1, 2]);
  });

  it('disposes what nobody took, and ends its source', async () => {
    const disposed: number[] = [];
    let ended = false;
    function* items(): Generator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        ended = true;
      }
    }
    for await (const each of lookAhead(items(), async (i) => i, {
      count: 4,
      dispose: (made) => disposed.push(made),
    })) {
      if (each === 1) break;
    }
    expect(disposed).toEqual([2, 3, 4, 5]);
    expect(ended).toBe(true);
  });

  it('throws an error at its turn', async () => {
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      const made = lookAhead(
        [0, 1, 2, 3],
        async (i) => {
          if (i === 2) throw new Error('no picture');
          return i;
        },
        { count: 3 },
      );
      for await (const each of made) seen.push(each);
    };
    await expect(run()).rejects.toThrow('no picture');
    expect(seen).toEqual([0, 1]);
    await expect(lookAhead([1], async () => 1, { count: -1 }).next()).rejects.toThrow('count has to be');
  });
});
