import { describe, expect, it } from 'vitest';
import { estimateJaccard, jaccard, minHash, shingles } from './min-hash.ts';

describe('shingles', () => {
  it('are runs of words, in lower case and without punctuation', () => {
    expect([...shingles('A b, C. d a b c')]).toEqual(['a b c', 'b c d', 'c d a', 'd a b']);
    expect([...shingles('a b c', { size: 1 })]).toEqual(['a', 'b', 'c']);
  });

  it('can be runs of characters, never half of one', () => {
    expect([...shingles('😀a  b', { unit: 'character', size: 2 })]).toEqual(['😀a', 'a ', ' b']);
  });

  it('of a short text are the whole text, and of none are none', () => {
    expect([...shingles('one two')]).toEqual(['one two']);
    expect(shingles(' !').size).toBe(0);
    expect(() => shingles('a', { size: 0 })).toThrow('size is 0; give a whole number of at least 1');
  });
});

describe('the Jaccard similarity', () => {
  it('is the intersection over the union', () => {
    expect(jaccard(new Set(['a', 'b']), new Set(['b', 'c']))).toBe(1 / 3);
    expect(jaccard(new Set(), new Set())).toBe(1);
    expect(jaccard(new Set(), new Set(['a']))).toBe(0);
  });

  it('is estimated by MinHash, without bias and with the standard error of the theory', () => {
    const hashes = 128;
    for (const shared of [20, 50, 80, 95]) {
      const exact = shared / (200 - shared);
      const errors: number[] = [];
      for (let trial = 0; trial < 200; trial++) {
        const a = new Set(Array.from({ length: 100 }, (_, i) => `${trial} ${i}`));
        const b = new Set(Array.from({ length: 100 }, (_, i) => `${trial} ${i + 100 - shared}`));
        expect(jaccard(a, b)).toBe(exact);
        errors.push(estimateJaccard(minHash(a, { hashes }), minHash(b, { hashes })) - exact);
      }
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
      const theory = Math.sqrt((exact * (1 - exact)) / hashes);
      expect(Math.abs(mean)).toBeLessThan((4 * theory) / Math.sqrt(errors.length));
      expect(deviation).toBeGreaterThan(0.8 * theory);
      expect(deviation).toBeLessThan(1.2 * theory);
    }
  });

  it('is the same in every run, and its signatures depend on the seed', () => {
    const set = shingles('to be or not to be that is the question');
    expect([...minHash(set, { hashes: 2 })]).toEqual([
      ...minHash(new Set([...set].reverse()), { hashes: 2 }),
    ]);
    expect(minHash(set, { seed: 2 })).not.toEqual(minHash(set));
  });

  it('is not estimated of what can not be compared', () => {
    expect(() => estimateJaccard(new Uint32Array(2), new Uint32Array(3))).toThrow('lengths 2 and 3');
    expect(() => minHash(new Set(), { hashes: 0.5 })).toThrow('hashes is 0.5');
  });
});
