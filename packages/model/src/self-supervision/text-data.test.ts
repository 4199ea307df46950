import { random, tf } from '@quire/runtime';
import { describe, expect, it } from 'vitest';
import { chunkTokens } from './chunks.ts';
import { nextSentencePairs } from './next-sentence.ts';

describe('chunks of tokens', () => {
  const documents = [
    [1, 2, 3],
    [4, 5],
    [6, 7, 8, 9],
  ];
  const chunks = (options: Parameters<typeof chunkTokens>[1]) =>
    chunkTokens(documents, options).map((chunk) => [...chunk]);

  it('go over the ends of documents, which a separator marks', () => {
    expect(chunks({ length: 4 })).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    expect(chunks({ length: 4, separatorId: 0 })).toEqual([
      [1, 2, 3, 0],
      [4, 5, 0, 6],
      [7, 8, 9, 0],
    ]);
  });

  it('keep the rest where asked to, and overlap by a stride', () => {
    expect(chunks({ length: 7, keepRest: true })).toEqual([
      [1, 2, 3, 4, 5, 6, 7],
      [8, 9],
    ]);
    expect(chunks({ length: 4, keepRest: true })).toHaveLength(2); // one token predicts nothing
    expect(chunks({ length: 5, stride: 2 })).toEqual([
      [1, 2, 3, 4, 5],
      [3, 4, 5, 6, 7],
      [5, 6, 7, 8, 9],
    ]);
    expect(chunks({ length: 5, stride: 2, keepRest: true })).toHaveLength(3); // nothing new is left
  });

  it('are refused where there is too little', () => {
    expect(() => chunks({ length: 20 })).toThrow("9 tokens don't fill");
    expect(chunks({ length: 20, keepRest: true })).toHaveLength(1);
    expect(() => chunks({ length: 0 })).toThrow('length must be');
  });
});

describe('pairs of sentences', () => {
  const documents = Array.from({ length: 40 }, (_, d) =>
    Array.from({ length: 5 + (d % 7) }, (_, s) => `${d}.${s}`),
  );
  const pairs = (seed: number, length = 4) => {
    const key = random.key(seed);
    const made = nextSentencePairs(documents, { length, lengthOf: () => 1 }, key);
    key.dispose();
    return made;
  };
  const place = (sentence: string | undefined): [number, number] =>
    (sentence as string).split('.').map(Number) as [number, number];

  it('continue each other, or are of two documents, as their label says', () => {
    const made = pairs(1);
    for (const { first, second, label } of made) {
      const [document, last] = place(first.at(-1));
      const [other, next] = place(second[0]);
      if (label === 0) expect([other, next]).toEqual([document, last + 1]);
      else expect(other).not.toBe(document);
      for (const part of [first, second]) {
        const [d, from] = place(part[0]);
        expect(part).toEqual(part.map((_, i) => `${d}.${from + i}`));
      }
    }
    const share = made.filter(({ label }) => label === 1).length / made.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.15);
    expect(made.length).toBeGreaterThan(60);
  });

  it('leave out no sentence', () => {
    const seen = new Set(
      pairs(2).flatMap(({ first, second, label }) => (label === 0 ? [...first, ...second] : first)),
    );
    expect(seen.size).toBe(documents.flat().length);
  });

  it('are decided by the key, and keep no tensors', () => {
    const before = tf.memory().numTensors;
    expect(pairs(3)).toEqual(pairs(3));
    expect(pairs(3)).not.toEqual(pairs(4));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('need two documents', () => {
    const key = random.key(0);
    expect(() => nextSentencePairs([['a'], []], { length: 3, lengthOf: () => 1 }, key)).toThrow(
      'two documents',
    );
  });
});
