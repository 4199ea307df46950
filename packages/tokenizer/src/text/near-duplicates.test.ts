import { describe, expect, it } from 'vitest';
import { jaccard, shingles } from './min-hash.ts';
import { bandRows, findNearDuplicates, removeNearDuplicates } from './near-duplicates.ts';

const TEXT =
  'When in the course of human events it becomes necessary for one people to dissolve the political bands which have connected them with another and to assume among the powers of the earth the separate and equal station to which the laws of nature entitle them';

/** `count` texts of 60 words, each second one the one before with `changes` words replaced. */
function corpus(count: number, changes: (i: number) => number): string[] {
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const words = Array.from({ length: 60 }, () => `w${Math.floor(random() * 5000)}`);
    texts.push(words.join(' '));
    for (let change = 0; change < changes(i); change++) words[Math.floor(random() * 60)] = `x${i}`;
    texts.push(words.join(' '));
  }
  return texts;
}

describe('near-duplicates', () => {
  it('are removed, and the first of a group stays', () => {
    const near = `${TEXT.replace('people', 'nation').toUpperCase()}!`;
    expect(removeNearDuplicates([TEXT, 'another text', near, TEXT, 'Another text.'])).toEqual([
      TEXT,
      'another text',
    ]);
    expect(findNearDuplicates([TEXT, near])).toEqual([
      { index: 1, of: 0, similarity: jaccard(shingles(TEXT), shingles(near)) },
    ]);
    expect(removeNearDuplicates([])).toEqual([]);
    expect(removeNearDuplicates(['', '!', 'a'])).toEqual(['', 'a']);
  });

  it('are those that comparing all pairs finds', () => {
    const texts = corpus(150, (i) => i % 6);
    const sets = texts.map((text) => shingles(text));
    for (const threshold of [0.5, 0.8]) {
      const expected: number[] = [];
      const kept: number[] = [];
      for (const [i, set] of sets.entries()) {
        if (kept.some((other) => jaccard(set, sets[other]!) >= threshold)) expected.push(i);
        else kept.push(i);
      }
      expect(expected.length).toBeGreaterThan(25);
      expect(findNearDuplicates(texts, { threshold }).map((each) => each.index)).toEqual(expected);
    }
  });

  it('by their signatures are nearly the same', () => {
    const texts = corpus(100, (i) => i % 6);
    const exact = new Set(findNearDuplicates(texts).map((each) => each.index));
    const estimated = findNearDuplicates(texts, { compare: 'estimate', hashes: 256 }).map(
      (each) => each.index,
    );
    const same = estimated.filter((index) => exact.has(index)).length;
    expect(same / (exact.size + estimated.length - same)).toBeGreaterThan(0.85);
  });

  it('are candidates at the threshold with a probability of 0.999', () => {
    expect(bandRows(0.8, 128)).toBe(5);
    expect(bandRows(1, 128)).toBe(128);
    expect(bandRows(0.01, 128)).toBe(1);
  });

  it('have a threshold above 0 and at most 1', () => {
    for (const threshold of [0, 1.1, Number.NaN]) {
      expect(() => findNearDuplicates([], { threshold })).toThrow('give a number above 0 and at most 1');
    }
  });
});
