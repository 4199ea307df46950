import { describe, expect, it } from 'vitest';
import { type Case, median, ratioOf, runCases, table } from './harness.ts';
import { replaceSection } from './results.ts';

const quiet = { rounds: 3, budget: 10_000, report: () => {} };

describe('the harness', () => {
  it('takes ratios pair by pair, in the rounds that both were measured in', () => {
    expect(median([3, 1, 2, 10])).toBe(2.5);
    expect(ratioOf([2, 4, undefined], [1, 4, 5])).toEqual({ median: 1.5, min: 1, max: 2 });
    expect(ratioOf([1], [undefined])).toBeNull();
  });

  it('measures everyone in turn, after a warm-up that is not counted', async () => {
    const order: string[] = [];
    let n = 0;
    const one: Case = {
      name: 'case',
      unit: 'ms',
      lowerIsBetter: true,
      ours: async () => {
        order.push('ours');
        n += 1;
        return n * 10;
      },
      peers: { peer: async () => order.push('peer') && 10 },
    };
    const [row] = await runCases([one], quiet);
    expect(order).toEqual(['ours', 'peer', 'ours', 'peer', 'peer', 'ours', 'ours', 'peer']);
    expect(row).toMatchObject({
      ours: 30,
      peers: { peer: 10 },
      ratio: { peer: { median: 3, min: 2, max: 4 } },
    });
  });

  it('says why a peer has no number', async () => {
    const one: Case = {
      name: 'case | odd',
      unit: 'ms',
      lowerIsBetter: true,
      ours: async () => 1,
      peers: {
        broken: async () => ({ unavailable: 'cannot' }),
        throwing: () => Promise.reject(new Error('threw')),
      },
    };
    const rows = await runCases([one], quiet);
    expect(rows[0]?.ratio).toEqual({ broken: null, throwing: null });
    expect(table(rows)).toContain('| case \\| odd | ms | 1 | cannot |  | threw |  |  |');
  });
});

describe('rounds', () => {
  const counted = async (rounds: number | undefined, budget: number): Promise<[number, string]> => {
    let times = 0;
    let said = '';
    const one: Case = {
      name: 'slow',
      unit: 'ms',
      lowerIsBetter: true,
      ours: () => new Promise((resolve) => setTimeout(resolve, 20, ++times)),
      peers: {},
      ...(rounds === undefined ? {} : { rounds }),
    };
    await runCases([one], { ...quiet, budget, report: (text) => (said += text) });
    return [times, said];
  };

  it('are fewer where a case asks for fewer, and one round has no warm-up', async () => {
    expect((await counted(2, 10_000))[0]).toBe(3);
    expect((await counted(1, 10_000))[0]).toBe(1);
    expect((await counted(9, 10_000))[0]).toBe(4);
  });

  it('are left out when the time is up, which is said', async () => {
    const [times, said] = await counted(undefined, 30);
    expect(times).toBe(2);
    expect(said).toContain('slow: 1 of 3 rounds, for lack of time');
  });
});

describe('RESULTS.md', () => {
  it('keeps other areas, and the notes of the one that is replaced', () => {
    const first = replaceSection('', 'kernel', '## kernel\n\nold\n');
    const noted = `${first}\n### Notes\n\nkept\n\n## runtime\n\nother\n`;
    const replaced = replaceSection(noted, 'kernel', '## kernel\n\nnew\n');
    expect(replaced).toContain('new\n\n### Notes\n\nkept\n\n## runtime\n\nother');
    expect(replaced).not.toContain('old');
    expect(replaceSection(first, 'runtime', '## runtime\n\nx\n')).toMatch(/old[\s\S]*## runtime/);
  });
});
